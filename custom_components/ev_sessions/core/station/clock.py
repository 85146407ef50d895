"""A station's clock beside ours, and when what it tells has happened.

Stations say when something happened, and their clocks are off by a time zone, by a
battery, or by decades; or right, and the message was queued for hours. A message that is
told at once shows the drift: what fits "now" is now. An hour in the past is a queue or a
slow clock. What came right after our answer to something else may have waited for that answer,
and says nothing. Of the rest, messages that keep the same distance from their arrival tell of a
clock: three are enough of one that nothing is known of; a clock that was seen to be right since the
station started has to be contradicted for longer, and so has one that only tells of the time
before it connected, which is how a queue looks that is told as slowly as it was filled.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from ..sessions.transaction import TimedBy

#: What is told at once arrives within so long: network, a busy station, whole seconds.
_AT_ONCE_S: Final = 5.0
_AHEAD_S: Final = 2.0
#: Nothing is queued for longer than this.
_LONGEST_QUEUE: Final = timedelta(days=92)
#: So many messages in a row keep their distance from their arrival before a clock counts as slow.
_ENOUGH: Final = 3
_ENOUGH_OF_BEFORE: Final = 10
#: A clock that was right has to be that slow for so long.
_ENOUGH_AGAINST: Final = timedelta(minutes=15)
#: What comes sooner after our last answer may have waited for it; a station that is free sends when something happens.
_FREE_S: Final = 1.0
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
    alike_since: datetime | None = None  # when the first of them came
    known: bool = False  # something was told at once, or in the future, since the station has started
    connected_at: datetime | None = None
    answered_at: datetime | None = None  # when its last call got its answer


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
        return _known(watch, behind_s, behind_s, arrived_at)
    if behind_s < 0:
        # Nobody tells the future: the clock is fast by this at least, and by more where this one was queued.
        queued = watch.drift_s is not None and behind_s > watch.drift_s + _AT_ONCE_S
        return _known(watch, watch.drift_s if queued else behind_s, behind_s, arrived_at)
    if _may_have_waited(watch, arrived_at):
        return watch
    is_alike = watch.alike_since is not None and abs(behind_s - watch.behind_s) <= _SAME_S
    since = watch.alike_since if is_alike and watch.alike_since is not None else arrived_at
    late = replace(
        watch,
        behind_s=behind_s,
        heard_at=arrived_at,
        alike=watch.alike + 1 if is_alike else 1,
        alike_since=since,
    )
    if late.known:
        is_slow = arrived_at - since >= _ENOUGH_AGAINST
    else:
        of_before = late.connected_at is not None and told < late.connected_at
        is_slow = late.alike >= (_ENOUGH_OF_BEFORE if of_before else _ENOUGH)
    return replace(late, drift_s=min(behind_s, watch.behind_s)) if is_slow else late


def connected(watch: ClockWatch, at: datetime) -> ClockWatch:
    """Take note that the station has connected."""
    return replace(watch, connected_at=at)


def booted(watch: ClockWatch) -> ClockWatch:
    """Take note that the station has started: a clock without a battery begins anew."""
    return replace(watch, known=False, alike_since=None)


def answered(watch: ClockWatch, at: datetime) -> ClockWatch:
    """Take note that a call of the station got its answer: the next one may have waited for that."""
    return replace(watch, answered_at=at)


def _known(watch: ClockWatch, drift_s: float | None, behind_s: float, arrived_at: datetime) -> ClockWatch:
    return replace(watch, drift_s=drift_s, behind_s=behind_s, heard_at=arrived_at, alike_since=None, known=True)


def _may_have_waited(watch: ClockWatch, arrived_at: datetime) -> bool:
    """Tell whether a message is part of a queue, or of one moment that is told in several."""
    return any(
        before is not None and (arrived_at - before).total_seconds() < least_s
        for before, least_s in ((watch.heard_at, _LEAST_STEP_S), (watch.answered_at, _FREE_S))
    )


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
