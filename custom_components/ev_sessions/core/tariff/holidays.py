"""Which days are holidays, by what a sensor of workdays or a calendar says, and what was known before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

_DAY = timedelta(days=1)
#: An event that is longer is no holiday, but somebody's sabbatical.
_LONGEST = 31
_MONDAY_TO_FRIDAY = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHolidays:
    """The holidays that were ever seen, by who told; they stay known when nobody tells them any more."""

    days: Mapping[str, frozenset[date]]

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """Read what `to_data` wrote."""
        found = data if isinstance(data, Mapping) else {}
        return cls(days={source: frozenset(map(date.fromisoformat, days)) for source, days in found.items()})

    def to_data(self) -> dict[str, list[str]]:
        """Return them as plain JSON."""
        return {source: sorted(day.isoformat() for day in days) for source, days in self.days.items()}

    def told(self, source: str, days: Iterable[date], first: date, last: date) -> KnownHolidays:
        """Return them after a source told all of [first, last]; what it told of other days stays."""
        before = (day for day in self.days.get(source, ()) if not first <= day <= last)
        now = (day for day in days if first <= day <= last)
        return KnownHolidays(days={**self.days, source: frozenset((*before, *now))})

    def of(self, sources: Iterable[str], today: date) -> frozenset[date]:
        """Return the holidays: those of the sources, and of the past those of all that there ever were."""
        now = frozenset(sources)
        return frozenset(day for source, days in self.days.items() for day in days if source in now or day < today)


def days_off(workdays: Mapping[date, bool]) -> frozenset[date]:
    """Return the days that are no workdays but by their weekday should be: most of that weekday are workdays."""
    usual: dict[int, int] = {}
    for day, works in workdays.items():
        usual[day.weekday()] = usual.get(day.weekday(), 0) + (1 if works else -1)
    return frozenset(day for day, works in workdays.items() if not works and usual[day.weekday()] > 0)


def is_day_off(today: date, *, works: bool) -> bool:
    """Return whether a day is a holiday of which only is known whether it is a workday."""
    return not works and today.weekday() in _MONDAY_TO_FRIDAY


def whole_days(events: Iterable[Mapping[str, Any]]) -> frozenset[date]:
    """Return the days of a calendar's events that take whole days; their end is the day after the last."""
    found: set[date] = set()
    for event in events:
        try:
            start, end = (date.fromisoformat(str(event.get(name))) for name in ("start", "end"))
        except ValueError:
            # With a time of day it is an appointment.
            continue
        found |= {start + number * _DAY for number in range(min((end - start).days, _LONGEST))}
    return frozenset(found)
