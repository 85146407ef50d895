"""Mean powers of quarter hours at the grid: the whole import, and what of it the chargers drew.

A quarter hour is kept; means over half hours and hours are made of quarters that follow
each other, by the local clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from ..moment import Now

QUARTER_S = 900
#: Between two looks that are farther apart nobody knows what was drawn.
_UNSEEN_S = 60.0
#: Of less than this part of a quarter hour no mean is known.
_LEAST_PART = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalMean:
    """What was imported in [start, start + length): energies in W·s over the time that was seen, in s.

    `cars_ws` is what the chargers drew of it.
    """

    start: datetime
    length_s: float = QUARTER_S
    grid_ws: float = 0.0
    cars_ws: float = 0.0
    seen_s: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether enough was seen for a mean."""
        return self.seen_s >= _LEAST_PART * self.length_s

    @property
    def mean_kw(self) -> float:
        """The mean import of what was seen, in kW."""
        return self.grid_ws / self.seen_s / 1000.0 if self.seen_s else 0.0

    @property
    def without_cars_kw(self) -> float:
        """The mean import as it would have been without the cars, in kW; never below nothing."""
        return max(0.0, self.grid_ws - self.cars_ws) / self.seen_s / 1000.0 if self.seen_s else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanMeter:
    """The running quarter hour. Between two looks the power is that of the first one."""

    running: IntervalMean | None = None
    last: Now | None = None
    grid_w: float | None = None
    cars_w: float = 0.0

    def look(self, grid_w: float | None, cars_w: float, now: Now) -> tuple[MeanMeter, tuple[IntervalMean, ...]]:
        """Return the meter after one more look, and the quarter hours that are over.

        `grid_w` is positive for import, None while nobody knows it.
        """
        start = quarter_of(now.utc)
        running = self.running or IntervalMean(start=start)
        done: list[IntervalMean] = []
        passed_s = 0.0 if self.last is None else now.monotonic_s - self.last.monotonic_s
        is_seen = self.grid_w is not None and 0.0 < passed_s <= _UNSEEN_S
        into_s = passed_s if is_seen else 0.0
        if running.start != start:
            # What was drawn before the boundary belongs to the quarter hour before it.
            into_s = min(into_s, max(0.0, (now.utc - start).total_seconds()))
            done.append(self._with(running, passed_s - into_s if is_seen else 0.0))
            running = IntervalMean(start=start)
        running = self._with(running, into_s)
        return replace(self, running=running, last=now, grid_w=grid_w, cars_w=cars_w), tuple(done)

    def _with(self, one: IntervalMean, seconds: float) -> IntervalMean:
        grid_w = max(0.0, self.grid_w or 0.0)
        return replace(
            one,
            grid_ws=one.grid_ws + grid_w * seconds,
            # The cars cannot have imported more than the house did.
            cars_ws=one.cars_ws + min(grid_w, max(0.0, self.cars_w)) * seconds,
            seen_s=one.seen_s + seconds,
        )


def quarter_of(at: datetime) -> datetime:
    """Return the beginning of the quarter hour that holds an instant; all zones share them."""
    return datetime.fromtimestamp(at.timestamp() // QUARTER_S * QUARTER_S, UTC)


def joined(quarters: Iterable[IntervalMean], minutes: int, zone: tzinfo) -> tuple[IntervalMean, ...]:
    """Return means over 15, 30 or 60 minutes of the local clock, in order; an hour that comes twice is two."""
    found: dict[datetime, IntervalMean] = {}
    for one in quarters:
        local = one.start.astimezone(zone)
        start = one.start - timedelta(minutes=local.minute % minutes)
        whole = found.get(start, IntervalMean(start=start, length_s=minutes * 60.0))
        found[start] = replace(
            whole,
            grid_ws=whole.grid_ws + one.grid_ws,
            cars_ws=whole.cars_ws + one.cars_ws,
            seen_s=whole.seen_s + one.seen_s,
        )
    return tuple(found[start] for start in sorted(found))
