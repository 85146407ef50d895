"""From when on the sums that others made of the ledger are out of date, EVSE by EVSE.

The mark is part of the transaction that changes energy or cost, so that no crash can part them.
Who renews the sums takes the marks first and gives them up when the renewed ones are safe.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.engine import Connection

from ..core.moment import instant_of, us_of
from .schema import charging_period, runtime_setting, session
from .upsert import upsert

_FROM = "sums_stale_from_us"
_TAKEN = "sums_taken_from_us"
#: Made once: that takes longer than to run it.
_MARKS: Final = select(runtime_setting.c.owner_id, runtime_setting.c.value).where(
    runtime_setting.c.owner_id.in_(bindparam("of_evses", expanding=True)),
    runtime_setting.c.name == bindparam("named"),
)


def mark_stale(connection: Connection, evse_id: str, since: datetime) -> None:
    """Note that energy or cost of an EVSE changed at or after an instant."""
    mark_evses_stale(connection, {evse_id: since})


def mark_evses_stale(connection: Connection, since: Mapping[str, datetime]) -> None:
    """Note that energy or cost of EVSEs changed, each at or after its instant."""
    known = _marks(connection, tuple(sorted(since)), _FROM)
    earlier = {id_: at for id_, at in since.items() if id_ not in known or us_of(at) < known[id_]}
    _put(connection, _FROM, earlier)


def mark_session_stale(connection: Connection, session_id: str) -> None:
    """Note that all that the ledger has of a session's energy and cost changes."""
    mark_sessions_stale(connection, {session_id})


def mark_sessions_stale(connection: Connection, session_ids: Collection[str]) -> None:
    """Note that all that the ledger has of the energy and cost of sessions changes."""
    if not session_ids:
        return
    one, period = session.c, charging_period.c
    # While a session is moved, the one is where it was and the other where it will be.
    starts = (
        select(one.evse_id, func.min(one.start)).where(one.id.in_(session_ids)).group_by(one.evse_id),
        select(one.evse_id, func.min(period.start))
        .join_from(charging_period, session)
        .where(period.session_id.in_(session_ids))
        .group_by(one.evse_id),
    )
    first: dict[str, datetime] = {}
    for query in starts:
        for evse_id, start in connection.execute(query).tuples():
            first[evse_id] = min(start, first.get(evse_id, start))
    mark_evses_stale(connection, first)


def take_stale(connection: Connection, evse_ids: Iterable[str]) -> dict[str, datetime]:
    """Return from when on the sums of EVSEs have to be renewed; those that are up to date are left out."""
    wanted = tuple(evse_ids)
    marks = _marks(connection, wanted, _FROM)
    taken = _marks(connection, wanted, _TAKEN)
    for evse_id, mark in marks.items():
        taken[evse_id] = min(mark, taken.get(evse_id, mark))
    _put(connection, _TAKEN, {evse_id: instant_of(taken[evse_id]) for evse_id in marks})
    _delete(connection, tuple(marks), _FROM)
    return {evse_id: instant_of(mark) for evse_id, mark in taken.items()}


def renewed(connection: Connection, evse_ids: Iterable[str]) -> None:
    """Note that the sums are renewed from where they were taken to be stale."""
    _delete(connection, tuple(evse_ids), _TAKEN)


def _marks(connection: Connection, evse_ids: tuple[str, ...], name: str) -> dict[str, int]:
    found = connection.execute(_MARKS, {"of_evses": evse_ids, "named": name}).tuples()
    return {evse_id: int(value) for evse_id, value in found}


def _put(connection: Connection, name: str, since: Mapping[str, datetime]) -> None:
    marks = sorted(since.items())
    rows = [{"owner_id": evse_id, "name": name, "value": us_of(at), "changed_at": at} for evse_id, at in marks]
    upsert(connection, runtime_setting, rows)


def _delete(connection: Connection, evse_ids: tuple[str, ...], name: str) -> None:
    one = runtime_setting.c
    connection.execute(delete(runtime_setting).where(one.owner_id.in_(evse_ids), one.name == name))
