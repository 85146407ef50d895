"""A station's clock beside ours, and when what it tells has happened.

Stations say when something happened, and their clocks are off by a time zone, by a
battery, or by decades; or right, and the message was queued for hours. A message that is
told at once shows the drift: what fits "now" is now. An hour in the past is a queue or a
slow clock; messages that keep the same distance from their arrival tell of a clock, while
a queue that is worked off does not.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ..transaction import TimedBy

#: What is told at once arrives within so long: network, a busy station, whole seconds.
_AT_ONCE_S: Final = 5.0
_AHEAD_S: Final = 2.0
#: Nothing is queued for longer than this.
_LONGEST_QUEUE: Final = timedelta(days=92)
#: So many messages in a row keep their distance from their arrival before a clock counts as slow.
_ENOUGH: Final = 3
#: Messages that come closer together say nothing: a queue, or one moment told in several.
_LEAST_STEP_S: Final = 4.0
_SAME_S: Final = 2.0
_FIRST_YEAR: Final = 1970  # a clock that was never set
_LAST_YEAR: Final = 2200


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWatch:
    """What is known of a station's clock. `drift_s` is ours minus its: positive is a slow clock."""

    drift_s: float | None = None
    behind_s: float = 0.0  # by how much the last message was late, or its clock slow
    heard_at: datetime | None = None
    alike: int = 0  # messages in a row that were late by the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """An instant and whose clock it is of."""

    at: datetime
    timed_by: TimedBy


def told_instant(text: object) -> datetime | None:
    """Return the UTC instant that a station wrote; None where it is none. Without an offset it is UTC (OCPP-J)."""
    if not isinstance(text, str):
        return None
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def heard(watch: ClockWatch, told: datetime | None, arrived_at: datetime) -> ClockWatch:
    """Learn from a message that was told to have happened at an instant."""
    if told is None:
        return watch
    behind_s = (arrived_at - told).total_seconds()
    if _is_now(behind_s):
        return ClockWatch(drift_s=behind_s, behind_s=behind_s, heard_at=arrived_at)
    if behind_s < 0:
        # Nobody tells the future: the clock is fast by this at least, and by more where this one was queued.
        queued = watch.drift_s is not None and behind_s > watch.drift_s + _AT_ONCE_S
        return ClockWatch(drift_s=watch.drift_s if queued else behind_s, behind_s=behind_s, heard_at=arrived_at)
    if watch.heard_at is not None and (arrived_at - watch.heard_at).total_seconds() < _LEAST_STEP_S:
        return watch
    alike = watch.alike + 1 if abs(behind_s - watch.behind_s) <= _SAME_S else 1
    drift_s = min(behind_s, watch.behind_s) if alike >= _ENOUGH else watch.drift_s
    return ClockWatch(drift_s=drift_s, behind_s=behind_s, heard_at=arrived_at, alike=alike)


def dated(watch: ClockWatch, told: datetime | None, arrived_at: datetime) -> Dated:
    """Return when something happened: the station's time where that can be, put right by its drift, else ours."""
    if told is None:
        return Dated(at=arrived_at, timed_by=TimedBy.ARRIVAL)
    if _is_now((arrived_at - told).total_seconds()):
        return Dated(at=min(told, arrived_at), timed_by=TimedBy.STATION)
    if watch.drift_s is not None and not _is_now(watch.drift_s):
        put_right = told + timedelta(seconds=watch.drift_s)
        if _can_be(put_right, arrived_at):
            return Dated(at=min(put_right, arrived_at), timed_by=TimedBy.CORRECTED)
    if _can_be(told, arrived_at):
        return Dated(at=told, timed_by=TimedBy.STATION)
    return Dated(at=arrived_at, timed_by=TimedBy.ARRIVAL)


def _is_now(behind_s: float) -> bool:
    return -_AHEAD_S <= behind_s <= _AT_ONCE_S


def _can_be(at: datetime, arrived_at: datetime) -> bool:
    return timedelta(seconds=-_AHEAD_S) <= arrived_at - at <= _LONGEST_QUEUE
