"""What moving the start or end of an ended session does to its periods and durations.

A person may say that the car came or went at another time; the energy stays as the register
told it. So energy is never cut off: only time without energy is taken away, and time that is
added has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..moment import instant_of, us_of
from ..quarter import next_quarter_us
from ..reading import Activity
from .durations import lasted
from .session import ChargingPeriod, Session

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


def with_bounds(
    session: Session, periods: Sequence[ChargingPeriod], start: datetime, end: datetime, zone: ZoneInfo
) -> Moved:
    """Return an ended session with new bounds; SessionBoundsError where they cannot be.

    `zone` is the session's: time that is added is cut at its quarter hours.
    """
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
    before = empty_periods(start, min(session.start, end), Activity.PREPARING, zone)
    after = empty_periods(max(session.end, start), end, Activity.FINISHING, zone)
    whole = [*((None, one) for one in before), *kept, *((None, one) for one in after)]
    moved = tuple(replace(period, index=index) for index, (_, period) in enumerate(whole))
    return Moved(
        session=with_durations(session, moved, start, end),
        periods=moved,
        origins=tuple(origin for origin, _ in whole),
    )


def _cut(period: ChargingPeriod, start: datetime, end: datetime) -> ChargingPeriod:
    if (start, end) == (period.start, period.end):
        return period
    return replace(period, start=start, end=end, duration_ms=(end - start) // _MILLISECOND)


def empty_periods(start: datetime, end: datetime, activity: Activity, zone: ZoneInfo) -> list[ChargingPeriod]:
    """Return periods without energy from start to end, cut at the quarter hours."""
    found: list[ChargingPeriod] = []
    while start < end:
        edge = min(end, instant_of(next_quarter_us(us_of(start), zone)))
        duration_ms = (edge - start) // _MILLISECOND
        found.append(ChargingPeriod(index=0, start=start, end=edge, duration_ms=duration_ms, activity=activity))
        start = edge
    return found


def with_durations(session: Session, periods: Sequence[ChargingPeriod], start: datetime, end: datetime) -> Session:
    """Return the session with durations that follow from its periods."""
    moved = replace(
        session,
        start=start,
        end=end,
        connected_ms=0,
        charging_ms=0,
        waiting_ms=0,
        paused_ms=0,
        idle_ms=0,
        period_count=len(periods),
    )
    for period in periods:
        moved = lasted(moved, period.activity, period.duration_ms)
    return moved
