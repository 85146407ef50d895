"""When cars come, how long they stay, what they need and when they come again: drawn as real homes have it."""

from bisect import bisect_right
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from .home_charging import (
    ARRIVALS,
    BACK_AFTER,
    BACK_AFTER_SHARES,
    BACK_BEFORE_H,
    BACK_SHARE,
    ENERGIES,
    MEAN_VISITS_PER_DAY,
    MORROW_FROM_H,
    SHARES,
    STAYS_BEFORE_REST,
    STAYS_BEFORE_WORK,
)
from .life import HOUR_S, Life

_SATURDAY = 5
#: A cable does not go from one car into the next in no time.
_BETWEEN_H = 0.1
_TRIES = 12

type Rows = Sequence[tuple[float, Sequence[float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A car's stay at the charger in the plant's seconds, and what its battery lacks on arrival."""

    arrive_s: float
    depart_s: float
    need_kwh: float


def arrival_hour(rng: Random, day: datetime) -> float:
    """Draw the local hour at which a car comes on a day."""
    return rng.choices(range(24), weights=ARRIVALS[day.weekday()])[0] + rng.random()


def stay_hours(rng: Random, day: datetime, hour: float) -> float:
    """Draw how long a car stays that comes at a local hour of a day."""
    deciding = day if hour < MORROW_FROM_H else day + timedelta(days=1)
    rows = STAYS_BEFORE_REST if deciding.weekday() >= _SATURDAY else STAYS_BEFORE_WORK
    return _quantile(_row(rows, hour), rng.random())


def energy_kwh(rng: Random, stay_h: float) -> float:
    """Draw what a car takes that stays so long."""
    return _quantile(_row(ENERGIES, stay_h), rng.random())


def visits(rng: Random, life: Life, *, battery_kwh: float, per_day: float = MEAN_VISITS_PER_DAY) -> Generator[Visit]:
    """Yield a car's visits for ever, in order and without overlap; `per_day` is the share of days with any."""
    day = life.local(0.0)
    free_s = 0.0
    while True:
        hour = _free_hour(rng, life, day, free_s) if rng.random() < per_day else None
        while hour is not None:
            stay_h = stay_hours(rng, day, hour)
            need_kwh = min(battery_kwh, energy_kwh(rng, stay_h))
            arrive_s = life.at(day, hour)
            if arrive_s < free_s:
                break
            depart_s = arrive_s + life.seconds(stay_h * HOUR_S)
            free_s = depart_s + life.seconds(_BETWEEN_H * HOUR_S)
            # People's time runs faster than the power: a need shrinks with the stay.
            yield Visit(arrive_s=arrive_s, depart_s=depart_s, need_kwh=life.seconds(need_kwh))
            hour = _back(rng, hour + stay_h)
        day += timedelta(days=1)


def _free_hour(rng: Random, life: Life, day: datetime, free_s: float) -> float | None:
    """Draw when a car comes on a day on which another may still be there; None: it is there all day."""
    drawn = (arrival_hour(rng, day) for _ in range(_TRIES))
    return next((hour for hour in drawn if life.at(day, hour) >= free_s), None)


def _back(rng: Random, left_hour: float) -> float | None:
    """Draw the hour at which a car that left is back on the same day; None: not on this day."""
    if left_hour >= BACK_BEFORE_H or rng.random() >= BACK_SHARE:
        return None
    hour = left_hour + _quantile(BACK_AFTER, rng.random(), BACK_AFTER_SHARES)
    return hour if hour < 24.0 else None


def _row(rows: Rows, value: float) -> Sequence[float]:
    return next(row for least, row in reversed(rows) if least <= value)


def _quantile(row: Sequence[float], share: float, shares: Sequence[float] = SHARES) -> float:
    """Return what `share` of all stay below, straight between the shares that are known."""
    after = bisect_right(shares, share)
    low, high = shares[after - 1], shares[after]
    return row[after - 1] + (row[after] - row[after - 1]) * (share - low) / (high - low)
