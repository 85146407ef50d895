"""What can be told again of rows that a damaged file lost, from those that it did not lose.

A session is told by its charging periods; an EVSE, its charger and its site by the sessions
that refer to them. So energy and cost stay in the ledger when the page of a session is gone.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, delete, insert, literal_column, select, table, union_all, update
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from ..core.sessions.durations import lasted
from ..core.sessions.session import EndReason, Session, SessionStatus
from .costings import count_unpriced
from .listing import periods_of
from .owners import owner_of
from .schema import METADATA, audit, charger, charger_attributes, charging_period, evse, session, site
from .steps import new_session_row

#: What stands where a word was lost; the next start writes what is known now.
_LOST = "?"
_NO_CURRENCY = "XXX"


def rebuild(connection: Connection, at: datetime) -> dict[str, int]:
    """Write rows that others refer to and that are missing; return their numbers by table."""
    return {
        "site": _rebuild_sites(connection),
        "charger": _rebuild_chargers(connection, at),
        "evse": _rebuild_evses(connection, at),
        "session": _rebuild_sessions(connection),
    }


def _missing(connection: Connection, known: FromClause, *referring: ColumnElement[str]) -> list[str]:
    """Return ids that the columns refer to and that are no `id` of the table."""
    asked = union_all(*(select(column.label("id")).where(column.is_not(None)) for column in referring)).subquery()
    query = select(asked.c.id).distinct().where(asked.c.id.not_in(select(known.c.id))).order_by(asked.c.id)
    return list(connection.scalars(query))


def _rebuild_sites(connection: Connection) -> int:
    missing = _missing(connection, site, session.c.site_id, charger.c.site_id, audit.c.site_id)
    for site_id in missing:
        zone = connection.scalar(select(session.c.time_zone).where(session.c.site_id == site_id).limit(1))
        currency = connection.scalar(
            select(charging_period.c.currency)
            .join(session, session.c.id == charging_period.c.session_id)
            .where(session.c.site_id == site_id)
            .limit(1)
        )
        row = {"id": site_id, "name": _LOST, "time_zone": zone or "UTC", "currency": currency or _NO_CURRENCY}
        connection.execute(insert(site).values(row))
    return len(missing)


def _rebuild_chargers(connection: Connection, at: datetime) -> int:
    missing = _missing(connection, charger, evse.c.charger_id)
    for charger_id in missing:
        query = select(session.c.site_id).join_from(session, evse).where(evse.c.charger_id == charger_id).limit(1)
        _put_charger(connection, charger_id, connection.scalar(query), at)
    nameless = select(charger.c.id).where(charger.c.id.not_in(select(charger_attributes.c.charger_id)))
    for charger_id in connection.scalars(nameless).all():
        _put_attributes(connection, charger_id, at)
    return len(missing)


def _rebuild_evses(connection: Connection, at: datetime) -> int:
    missing = _missing(connection, evse, session.c.evse_id, charging_period.c.evse_id)
    for evse_id in missing:
        charger_id = ulid_now()
        site_id = connection.scalar(select(session.c.site_id).where(session.c.evse_id == evse_id).limit(1))
        _put_charger(connection, charger_id, site_id, at)
        connection.execute(insert(evse).values(id=evse_id, charger_id=charger_id, number=1))
    return len(missing)


def _put_charger(connection: Connection, charger_id: str, site_id: str | None, at: datetime) -> None:
    """Write a charger of which only its place is known; out of use, so that another can take it over."""
    if site_id is None:
        site_id = connection.scalar(select(site.c.id).order_by(site.c.id).limit(1)) or _lost_site(connection)
    connection.execute(insert(charger).values(id=charger_id, site_id=site_id, created_at=at, archived_at=at))
    _put_attributes(connection, charger_id, at)


def _lost_site(connection: Connection) -> str:
    row = {"id": ulid_now(), "name": _LOST, "time_zone": "UTC", "currency": _NO_CURRENCY}
    connection.execute(insert(site).values(row))
    return row["id"]


def _put_attributes(connection: Connection, charger_id: str, at: datetime) -> None:
    row = {"charger_id": charger_id, "valid_from": at, "subentry_id": charger_id, "name": _LOST, "transport": _LOST}
    connection.execute(insert(charger_attributes).values(row | {"details": {}}))


def _rebuild_sessions(connection: Connection) -> int:
    missing = _missing(connection, session, charging_period.c.session_id)
    for session_id in missing:
        priced = periods_of(connection, (session_id,))[session_id]
        periods = [one.period for one in priced]
        whole = Session(
            id=session_id,
            start=periods[0].start,
            end=periods[-1].end,
            status=SessionStatus.ENDED,
            end_reason=EndReason.UNKNOWN,
            energy_mwh=sum(one.energy_mwh for one in periods),
            estimated_mwh=sum(one.estimated_mwh for one in periods),
            solar_mwh=_sum_known(one.solar_mwh for one in periods),
            settled=True,
            period_count=periods[-1].index + 1,
        )
        for one in periods:
            whole = lasted(whole, one.activity, one.duration_ms)
        evse_id = connection.scalar(
            select(charging_period.c.evse_id).where(charging_period.c.session_id == session_id).limit(1)
        )
        owner = owner_of(connection, str(evse_id))
        connection.execute(insert(session).values(new_session_row(owner, whole, origin="salvage")))
    count_unpriced(connection, set(missing))
    return len(missing)


def _sum_known(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def settle_references(connection: Connection) -> dict[str, int]:
    """Let go of references to what is lost: where they may be empty they are emptied, else the row is dropped.

    Returns the numbers of dropped rows by table.
    """
    dropped: dict[str, int] = {}
    while found := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
        for name, row_id, _, key in found:
            column = _column_of(connection, name, key)
            here = literal_column("rowid") == row_id
            if METADATA.tables[name].columns[column.key].nullable:
                connection.execute(update(METADATA.tables[name]).where(here).values({column.key: None}))
            elif connection.execute(delete(table(name)).where(here)).rowcount:
                dropped[name] = dropped.get(name, 0) + 1
    return dropped


def _column_of(connection: Connection, name: str, key: int) -> Any:
    """Return the column of a table's foreign key, by SQLite's number of it."""
    keys = connection.exec_driver_sql(f"PRAGMA foreign_key_list({name})").fetchall()
    column_name = next(row[3] for row in keys if row[0] == key)
    return next(column for column in METADATA.tables[name].columns if column.name == column_name)
