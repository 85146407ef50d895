"""Where local clock time has its boundaries, as instants: also in the nights when clocks are set."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


def local_boundaries(start: datetime, end: datetime, minutes: Iterable[int], zone: tzinfo) -> set[datetime]:
    """Return the instants inside (start, end) at which what the wall clock says may matter.

    These are the given minutes of each local day (0 is midnight), twice where the clock
    shows them twice, and the instants at which the clock is set: an hour that it skips takes
    its boundaries with it, one that it repeats makes what was over come again.
    """
    found = set(_clock_changes(start, end, zone))
    wanted = tuple(minutes)
    day = start.astimezone(zone).date()
    last = end.astimezone(zone).date()
    while day <= last:
        found.update(_of_day(day, wanted, zone))
        day += _DAY
    return {instant for instant in found if start < instant < end}


@lru_cache(maxsize=256)  # the periods of a session ask for the same day again and again
def _of_day(day: date, minutes: tuple[int, ...], zone: tzinfo) -> frozenset[datetime]:
    """Return the instants at which the wall clock shows these minutes of a local day."""
    found = set()
    for minute in minutes:
        for fold in (0, 1):
            wall = datetime.combine(day, time(*divmod(minute, 60)), zone).replace(fold=fold)
            instant = wall.astimezone(UTC)
            # A time that the clock skips comes back as another: it is no boundary.
            if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
                found.add(instant)
    return frozenset(found)


def _clock_changes(start: datetime, end: datetime, zone: tzinfo) -> Iterable[datetime]:
    """Yield the instants in (start, end] at which the offset of the zone changes.

    Looked for day by day: no zone changes it twice within one.
    """
    before = start
    while before < end:
        after = min(before + _DAY, end)
        if _offset(before, zone) != _offset(after, zone):
            yield _change_between(before, after, zone)
        before = after


def _change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the first whole minute of the offset that holds `after`."""
    low, high = 0, -((before - after) // _MINUTE)
    origin = before.replace(second=0, microsecond=0)
    offset = _offset(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(origin + middle * _MINUTE, zone) == offset:
            low = middle
        else:
            high = middle
    return origin + high * _MINUTE


def _offset(at: datetime, zone: tzinfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
