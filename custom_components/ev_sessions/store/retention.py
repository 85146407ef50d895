"""What is not kept for ever: samples that only help to look back a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.engine import Connection

from ..core.moment import us_of
from .audit import OUTSIDE
from .schema import audit, interval_mean, outgoing, register_checkpoint, session_event, trace_chunk, unknown_interval
from .steps import TRACKER

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how long what grows with time is kept.

    Sessions, periods, costs and what people did are kept for ever.
    """

    trace: timedelta = timedelta(days=731)
    checkpoints: timedelta = timedelta(days=35)  # after that the last one of each day
    events: timedelta = timedelta(days=1_096)
    tracker_notes: timedelta = timedelta(days=366)
    unknown_intervals: timedelta = timedelta(days=1_096)
    interval_means: timedelta = timedelta(days=1_096)
    limits_from_outside: timedelta = timedelta(days=731)  # of circuits; §14a EnWG asks for two years
    outgoing: timedelta = timedelta(days=93)


def prune(connection: Connection, now: datetime, keep: Retention | None = None) -> dict[str, int]:
    """Delete what is older than it is kept; return the number of rows by table."""
    keep = keep or Retention()
    plain = {
        trace_chunk: trace_chunk.c.last_at < now - keep.trace,
        session_event: session_event.c.at < now - keep.events,
        audit: or_(
            and_(audit.c.at < now - keep.tracker_notes, audit.c.who == TRACKER),
            and_(audit.c.at < now - keep.limits_from_outside, audit.c.who == OUTSIDE),
        ),
        unknown_interval: unknown_interval.c.end < now - keep.unknown_intervals,
        interval_mean: interval_mean.c.start < now - keep.interval_means,
        outgoing: outgoing.c.created_at < now - keep.outgoing,
    }
    counts = {
        table.name: connection.execute(delete(table).where(condition)).rowcount for table, condition in plain.items()
    }
    counts[register_checkpoint.name] = _thin_checkpoints(connection, now - keep.checkpoints)
    return counts


def _thin_checkpoints(connection: Connection, before: datetime) -> int:
    """Leave the last checkpoint of each EVSE and day of UTC."""
    at = register_checkpoint.c.at
    removed = 0
    for evse_id in connection.scalars(select(register_checkpoint.c.evse_id).distinct()).all():
        mine = register_checkpoint.c.evse_id == evse_id
        kept: set[int] = set()
        instants = connection.scalars(select(at).where(mine, at < before).order_by(at.desc())).all()
        for instant in instants:
            day = us_of(instant) // _DAY_US
            if day in kept:
                removed += connection.execute(delete(register_checkpoint).where(mine, at == instant)).rowcount
            kept.add(day)
    return removed
