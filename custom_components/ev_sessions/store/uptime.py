"""When EVSEs were down, or nobody watched them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.engine import Connection

from ..core.statistics.uptime import Cause, Interval
from .schema import unknown_interval
from .upsert import upsert


def put_intervals(connection: Connection, evse_id: str, intervals: Iterable[Interval]) -> None:
    """Write intervals of an EVSE; one with the same start goes on, or has ended."""
    rows = {
        one.start: {"evse_id": evse_id, "start": one.start, "end": one.end, "cause": one.cause.value}
        for one in intervals
    }
    upsert(connection, unknown_interval, list(rows.values()))


def intervals_of(
    connection: Connection, evse_ids: Iterable[str], start: datetime, end: datetime
) -> dict[str, tuple[Interval, ...]]:
    """Return the intervals of EVSEs that overlap [start, end), in order of time."""
    one = unknown_interval.c
    query = select(one.evse_id, one.start, one.end, one.cause).where(
        one.evse_id.in_(tuple(evse_ids)), one.start < end, or_(one.end.is_(None), one.end > start)
    )
    return _by_evse(connection, query.order_by(one.evse_id, one.start))


def intervals_going_on(connection: Connection) -> dict[str, tuple[Interval, ...]]:
    """Return the intervals that have no end yet, by EVSE."""
    one = unknown_interval.c
    return _by_evse(connection, select(one.evse_id, one.start, one.end, one.cause).where(one.end.is_(None)))


def _by_evse(connection: Connection, query: Select[Any]) -> dict[str, tuple[Interval, ...]]:
    found: dict[str, list[Interval]] = {}
    for row in connection.execute(query):
        found.setdefault(row.evse_id, []).append(Interval(start=row.start, end=row.end, cause=Cause(row.cause)))
    return {evse_id: tuple(intervals) for evse_id, intervals in found.items()}
