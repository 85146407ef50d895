"""When a source that has to be asked for its prices is asked: seldom, not with everybody else, and less after failures.

A market publishes the next day's prices once, at a time of its own; a forecast that moves
all day is asked for every so often. `chance` is a random part of 1 from outside.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

#: When prices are due everybody asks: ours come within so long after.
_SPREAD_S = 600.0
#: A first failure is mended soon, a lasting one is waited for: twice as long each time.
_FIRST_RETRY_S = 60.0
_LONGEST_RETRY_S = 3600.0
#: Of a wait that is not to the second, at most this part more or less.
_JITTER = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When there is news: each day of `zone` at `due`, of the next day; without `due` every `every_s`."""

    zone: tzinfo
    due: time | None = None
    every_s: float = 3600.0

    def day_of(self, at: datetime) -> date:
        """Return the day of the source's calendar."""
        return at.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """Return the instant at which a day of the source ends."""
        return datetime.combine(day + timedelta(days=1), time(0), self.zone).astimezone(UTC)

    def missing(self, at: datetime, known: Collection[date]) -> tuple[date, ...]:
        """Return the days to ask for at an instant, where those are known already."""
        today = self.day_of(at)
        if self.due is None:
            return (today,)
        wanted = [today]
        if at >= self._due_on(today, self.due):
            wanted.append(today + timedelta(days=1))
        return tuple(day for day in wanted if day not in known)

    def wait_s(self, at: datetime, known: Collection[date], failures: int, chance: float) -> float:
        """Return how long nobody has to ask, after so many failures in a row."""
        if failures:
            wait_s = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 2.0 ** min(failures - 1, 10))
            return _about(wait_s, chance)
        if self.due is None:
            return _about(self.every_s, chance)
        if self.missing(at, known):
            return 0.0
        today = self.day_of(at)
        following = self._due_on(today, self.due)
        if following <= at:
            following = self._due_on(today + timedelta(days=1), self.due)
        return (following - at).total_seconds() + chance * _SPREAD_S

    def _due_on(self, day: date, due: time) -> datetime:
        return datetime.combine(day, due, self.zone).astimezone(UTC)


def _about(wait_s: float, chance: float) -> float:
    return wait_s * (1.0 - _JITTER + 2.0 * _JITTER * chance)
