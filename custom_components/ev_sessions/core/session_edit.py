"""What moving the start or end of an ended session does to its periods and durations.

A person may say that the car came or went at another time; the energy stays as the register
told it. So energy is never cut off: only time without energy is taken away, and time that is
added has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from .reading import Activity
from .session import ChargingPeriod, Session

#: All zones of today are whole quarter hours from UTC, so these are local ones as well.
_QUARTER_HOUR = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class SessionBoundsError(ValueError):
    """The new bounds are no bounds of this session; `reason` is a word for translation."""

    def __init__(self, reason: str) -> None:
        """Keep the word."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A session within its new bounds. `origins` has, per period, its former index, or None."""

    session: Session
    periods: tuple[ChargingPeriod, ...]
    origins: tuple[int | None, ...]


def with_bounds(session: Session, periods: Sequence[ChargingPeriod], start: datetime, end: datetime) -> Moved:
    """Return an ended session with new bounds; SessionBoundsError where they cannot be."""
    if session.end is None:
        raise SessionBoundsError("session_open")
    if end <= start:
        raise SessionBoundsError("end_before_start")
    kept: list[tuple[int | None, ChargingPeriod]] = []
    for period in periods:
        inner_start, inner_end = max(period.start, start), min(period.end, end)
        if inner_start < inner_end:
            kept.append((period.index, _cut(period, inner_start, inner_end)))
        elif period.energy_mwh:
            raise SessionBoundsError("energy_outside")
    before = _empty(start, min(session.start, end), Activity.PREPARING)
    after = _empty(max(session.end, start), end, Activity.FINISHING)
    whole = [*((None, one) for one in before), *kept, *((None, one) for one in after)]
    moved = tuple(replace(period, index=index) for index, (_, period) in enumerate(whole))
    return Moved(
        session=_durations(session, moved, start, end),
        periods=moved,
        origins=tuple(origin for origin, _ in whole),
    )


def _cut(period: ChargingPeriod, start: datetime, end: datetime) -> ChargingPeriod:
    if (start, end) == (period.start, period.end):
        return period
    return replace(period, start=start, end=end, duration_ms=(end - start) // _MILLISECOND)


def _empty(start: datetime, end: datetime, activity: Activity) -> list[ChargingPeriod]:
    """Return periods without energy from start to end, cut at the quarter hours."""
    found: list[ChargingPeriod] = []
    while start < end:
        edge = min(end, _EPOCH + ((start - _EPOCH) // _QUARTER_HOUR + 1) * _QUARTER_HOUR)
        duration_ms = (edge - start) // _MILLISECOND
        found.append(ChargingPeriod(index=0, start=start, end=edge, duration_ms=duration_ms, activity=activity))
        start = edge
    return found


def _durations(session: Session, periods: Sequence[ChargingPeriod], start: datetime, end: datetime) -> Session:
    """Return the session with durations that follow from its periods."""
    charging = [index for index, one in enumerate(periods) if one.activity is Activity.CHARGING]
    sums = dict.fromkeys(("charging_ms", "waiting_ms", "paused_ms", "idle_ms"), 0)
    for index, one in enumerate(periods):
        if one.activity is Activity.CHARGING:
            name = "charging_ms"
        elif one.activity is Activity.SUSPENDED_EVSE:
            name = "paused_ms"
        elif not charging or index < charging[0]:
            name = "waiting_ms"
        else:
            name = "paused_ms" if index < charging[-1] else "idle_ms"
        sums[name] += one.duration_ms
    return replace(
        session,
        start=start,
        end=end,
        connected_ms=sum(sums.values()),
        period_count=len(periods),
        charging_ms=sums["charging_ms"],
        waiting_ms=sums["waiting_ms"],
        paused_ms=sums["paused_ms"],
        idle_ms=sums["idle_ms"],
    )
