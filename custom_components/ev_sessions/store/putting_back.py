"""What sessions were before a person changed them: kept with the change, so that it can be put back whole."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
import json
from typing import Any, Final
import zlib

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from ..core.moment import instant_of, us_of
from .audit import SESSION_BEFORE, record
from .erasing import erase_session
from .errors import RefusedEditError
from .schema import (
    audit,
    charging_period,
    charging_transaction,
    correction,
    costing,
    costing_line,
    fields,
    session,
    signed_record,
    trace_chunk,
)
from .stale import mark_session_stale
from .traces import append_trace, in_chunks, unpacked

#: In an order in which each row comes after those that it refers to.
_TABLES: Final = (session, charging_period, costing, costing_line, correction)
_LINKED: Final = (charging_transaction, signed_record)


def keep_before(
    connection: Connection,
    session_ids: Sequence[str],
    *,
    made: Sequence[str] = (),
    site_id: str,
    who: str,
    at: datetime,
) -> None:
    """Keep what sessions are, before they are changed and others are `made` of them."""
    edit_id = ulid_now()
    affected = [*session_ids, *made]
    old: dict[str, Any] = {"edit": edit_id, "sessions": affected, "rows": _text_of(connection, session_ids)}
    for session_id in affected:
        # Once whole; the others lead to it.
        said: dict[str, Any] = old if session_id == affected[0] else {"edit": edit_id, "see": affected[0]}
        last = _newest(connection, session_id)
        said = {**said, "number": 1 if last is None else last["number"] + 1}
        record(
            connection,
            site_id=site_id,
            at=at,
            who=who,
            action="keep",
            subject=SESSION_BEFORE,
            subject_id=_key(session_id),
            old=said,
        )


def put_back(connection: Connection, session_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put back what sessions were before the last change of one of them; return those that are, and those that were.

    Refused where there is none, or where another of them was changed since.
    """
    newest = _newest(connection, session_id)
    if newest is None:
        raise RefusedEditError("nothing_to_undo")
    whole = newest if "see" not in newest else _newest(connection, newest["see"])
    if whole is None or whole["edit"] != newest["edit"]:
        raise RefusedEditError("changed_since")
    affected: list[str] = whole["sessions"]
    for other in affected:
        last = _newest(connection, other)
        if last is None or last["edit"] != whole["edit"]:
            raise RefusedEditError("changed_since")
    rows = json.loads(zlib.decompress(b64decode(whole["rows"])))
    _replace(connection, affected, rows)
    connection.execute(
        delete(audit).where(
            audit.c.subject == SESSION_BEFORE,
            audit.c.subject_id.in_([_key(one) for one in affected]),
            audit.c.id.in_(_ids_of_edit(connection, affected, whole["edit"])),
        )
    )
    return tuple(row["id"] for row in rows["session"]), tuple(affected)


def _key(session_id: str) -> str:
    return f"{session_id}/before"


def _newest(connection: Connection, session_id: str) -> dict[str, Any] | None:
    """Return what is kept of the last change of a session; the order is told by numbers, as clocks are set."""
    query = select(audit.c.old).where(audit.c.subject == SESSION_BEFORE, audit.c.subject_id == _key(session_id))
    return max(connection.scalars(query), key=lambda kept: int(kept["number"]), default=None)


def _ids_of_edit(connection: Connection, affected: Iterable[str], edit_id: str) -> list[str]:
    query = select(audit.c.id, audit.c.old).where(
        audit.c.subject == SESSION_BEFORE, audit.c.subject_id.in_([_key(one) for one in affected])
    )
    return [row.id for row in connection.execute(query) if row.old["edit"] == edit_id]


def _replace(connection: Connection, affected: Sequence[str], rows: dict[str, list[dict[str, Any]]]) -> None:
    for session_id in affected:
        mark_session_stale(connection, session_id)
    samples = [
        sample
        for data in connection.scalars(
            select(trace_chunk.c.data).where(trace_chunk.c.session_id.in_(affected)).order_by(trace_chunk.c.first_at)
        )
        for sample in unpacked(data)
    ]
    for session_id in affected:
        erase_session(connection, session_id)
    for table in _TABLES:
        known = [_decoded(row) for row in rows[table.name]]
        if known:
            connection.execute(insert(table), known)
    for table in _LINKED:
        for row in rows[table.name]:
            connection.execute(update(table).where(table.c.id == row["id"]).values(session_id=row["session_id"]))
    for row in sorted((_decoded(row) for row in rows["session"]), key=lambda row: row["start"]):
        mine = [one for one in samples if row["start"] <= one.at and (row["end"] is None or one.at <= row["end"])]
        samples = [one for one in samples if one not in mine]
        for chunk in in_chunks(mine):
            append_trace(connection, row["id"], chunk)
    for row in rows["session"]:
        mark_session_stale(connection, row["id"])


def _text_of(connection: Connection, session_ids: Sequence[str]) -> str:
    rows: dict[str, list[dict[str, Any]]] = {}
    of_costings = select(costing.c.id).where(costing.c.session_id.in_(session_ids))
    for table in _TABLES:
        column = table.c.id if table is session else None
        if table is costing_line:
            query = select(*fields(table)).where(table.c.costing_id.in_(of_costings))
        else:
            query = select(*fields(table)).where((table.c.session_id if column is None else column).in_(session_ids))
        rows[table.name] = [_encoded(row) for row in connection.execute(query).mappings()]
    for table in _LINKED:
        linked = select(table.c.id, table.c.session_id).where(table.c.session_id.in_(session_ids))
        rows[table.name] = [dict(row) for row in connection.execute(linked).mappings()]
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def _encoded(row: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$us": us_of(value)}
    return {"$decimal": format(value, "f")} if isinstance(value, Decimal) else value


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _rich(value) for name, value in row.items()}


def _rich(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"$us"}:
        return instant_of(value["$us"])
    return Decimal(value["$decimal"]) if isinstance(value, dict) and value.keys() == {"$decimal"} else value
