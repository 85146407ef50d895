"""When an EVSE could not be used, or nobody watched it: intervals between which it was well.

Down is a source that is silent, or a charger that reports a fault. What nobody watched
(Home Assistant was off) is neither up nor down. How long it lasted is told by the
monotonic clock where somebody set the other one meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ..moment import Now

#: What lasts less is a hiccup of the network or of a restart, and is not kept.
LEAST = timedelta(seconds=60)
#: After a start, so long may a source be silent before that is its own fault.
GRACE_S = 300.0
#: By more than this the wall clock was set; less is the drift of clocks.
_SET_S = 2.0


class Cause(StrEnum):
    """Why an interval is none in which the EVSE was well."""

    SILENT = "silent"
    FAULT = "fault"
    UNWATCHED = "unwatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """[start, end) with its cause; `end` None while it goes on."""

    start: datetime
    end: datetime | None
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """What holds since when; `cause` None is well. `kept`: the ledger has the interval that goes on.

    `started_s` is the start of Home Assistant, in monotonic s.
    """

    started_s: float
    since: Now
    cause: Cause | None
    kept: bool = False

    @classmethod
    def begin(
        cls, now: Now, watched_until: datetime | None, going_on: Iterable[Interval]
    ) -> tuple[Uptime, tuple[Interval, ...]]:
        """Return the beginning after a start, and what went on when we last watched, closed."""
        until = now.utc if watched_until is None else min(now.utc, watched_until)
        closed = tuple(replace(one, end=max(one.start, until)) for one in going_on)
        since = Now(utc=until, monotonic_s=now.past_s(until))
        return cls(started_s=now.monotonic_s, since=since, cause=Cause.UNWATCHED), closed

    def look(self, now: Now, *, online: bool, fault: bool) -> tuple[Uptime, tuple[Interval, ...]]:
        """Return what holds now, and the intervals that are to be kept by that."""
        cause = self._cause(now, online=online, fault=fault)
        lasted = self._lasted(now)
        if cause is self.cause:
            if cause in {None, Cause.UNWATCHED} or self.kept or lasted < LEAST:
                return self, ()
            return replace(self, kept=True), (Interval(start=self.since.utc, end=None, cause=cause),)
        over: tuple[Interval, ...] = ()
        if self.cause is not None and (self.kept or lasted >= LEAST):
            over = (Interval(start=self.since.utc, end=self.since.utc + lasted, cause=self.cause),)
        return replace(self, since=now, cause=cause, kept=False), over

    def _lasted(self, now: Now) -> timedelta:
        if abs(now.wall_jump_s(self.since)) <= _SET_S:
            return max(timedelta(0), now.utc - self.since.utc)
        return timedelta(seconds=now.monotonic_s - self.since.monotonic_s)

    def _cause(self, now: Now, *, online: bool, fault: bool) -> Cause | None:
        if online:
            return Cause.FAULT if fault else None
        # Other integrations take their time after a start.
        waits = self.cause is Cause.UNWATCHED and now.monotonic_s - self.started_s < GRACE_S
        return Cause.UNWATCHED if waits else Cause.SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Downtime:
    """How much of a span was down, and how much nobody watched, in ms."""

    span_ms: int = 0
    down_ms: int = 0
    unwatched_ms: int = 0

    @property
    def availability(self) -> float | None:
        """The share of the watched time that was up, 0 to 1; None where nobody watched."""
        watched_ms = self.span_ms - self.unwatched_ms
        return None if watched_ms <= 0 else round(1 - self.down_ms / watched_ms, 6)

    def __add__(self, other: Downtime) -> Downtime:
        """Return the sum over two spans, or of two EVSEs."""
        return Downtime(
            span_ms=self.span_ms + other.span_ms,
            down_ms=self.down_ms + other.down_ms,
            unwatched_ms=self.unwatched_ms + other.unwatched_ms,
        )


def downtime_in(start: datetime, end: datetime, intervals: Iterable[Interval]) -> Downtime:
    """Return what of [start, end) was down or unwatched; what lies in two intervals counts for the earlier."""
    if end <= start:
        return Downtime()
    down_ms = unwatched_ms = 0
    counted_to = start
    for one in sorted(intervals, key=lambda each: each.start):
        until = end if one.end is None else min(one.end, end)
        part_ms = ms_of(until - max(one.start, counted_to))
        if part_ms <= 0:
            continue
        counted_to = until
        if one.cause is Cause.UNWATCHED:
            unwatched_ms += part_ms
        else:
            down_ms += part_ms
    return Downtime(span_ms=ms_of(end - start), down_ms=down_ms, unwatched_ms=unwatched_ms)


def ms_of(span: timedelta) -> int:
    """Return whole milliseconds."""
    return span // timedelta(milliseconds=1)
