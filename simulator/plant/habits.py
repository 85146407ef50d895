"""When cars come, how long they stay, and what they need: figures fitted to real homes.

Fitted to 34,761 home charging sessions of 267 users at 12 places in Norway, 2018-2021 (Soerensen et al., Data in
Brief 2024, doi 10.1016/j.dib.2024.110883; CC BY 4.0); sessions under 0.1 h or 0.3 kWh and stays over 72 h left
out. Only these figures are here, none of the rows.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from math import exp
from random import Random

from .life import HOUR_S, Life

# Arrivals per thousand in each local hour.
_WORKDAY = (16, 9, 6, 8, 9, 3, 4, 9, 15, 15, 19, 25, 30, 36, 60, 96, 125, 89, 77, 84, 90, 78, 63, 36)
_WEEKEND = (32, 17, 11, 12, 12, 5, 4, 7, 12, 13, 24, 36, 50, 59, 68, 83, 83, 83, 87, 83, 70, 59, 57, 33)

# From which hour of arrival on: the share of stays of at most 6 h; mean and deviation of ln(hours) of those
# short stays; the same of the long ones.
_STAYS = (
    (0, 0.169, 1.18, 0.81, 2.51, 0.45),
    (6, 0.656, 0.82, 0.77, 2.50, 0.65),
    (11, 0.600, 0.74, 0.74, 2.95, 0.55),
    (15, 0.403, 0.60, 0.76, 2.89, 0.40),
    (18, 0.211, 0.41, 0.81, 2.70, 0.37),
    (21, 0.078, 0.31, 0.93, 2.48, 0.38),
)
_SHORT_AT_MOST_H = 6.0

# Mean and deviation of ln(kWh) per session.
_ENERGY = (2.19, 0.892)

# A user plugs in on so many days of a hundred (mean); the house of a demo is one of the busier ones.
MEAN_VISITS_PER_DAY = 0.46


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A car's stay at the charger in the plant's seconds, and what its battery lacks on arrival."""

    arrive_s: float
    depart_s: float
    need_kwh: float


def stay_hours(rng: Random, arrival_hour: float) -> float:
    """Draw how long a car stays that arrives at a local hour."""
    figures = next(row for row in reversed(_STAYS) if row[0] <= arrival_hour)
    _, short_share, short_mean, short_deviation, long_mean, long_deviation = figures
    if rng.random() < short_share:
        return min(_SHORT_AT_MOST_H, exp(rng.gauss(short_mean, short_deviation)))
    return max(_SHORT_AT_MOST_H, exp(rng.gauss(long_mean, long_deviation)))


def visits(rng: Random, life: Life, *, battery_kwh: float, per_day: float = MEAN_VISITS_PER_DAY) -> Generator[Visit]:
    """Yield a car's visits for ever, in order and without overlap."""
    day = life.local(0.0)
    free_s = 0.0
    while True:
        weights = _WEEKEND if day.weekday() >= 5 else _WORKDAY
        if rng.random() < per_day:
            hour = rng.choices(range(24), cum_weights=list(accumulate(weights)))[0] + rng.random()
            arrive_s = life.at(day, hour)
            stay_s = life.seconds(stay_hours(rng, hour) * HOUR_S)
            need_kwh = min(battery_kwh, exp(rng.gauss(*_ENERGY)))
            if arrive_s >= free_s:
                free_s = arrive_s + stay_s + life.seconds(0.25 * HOUR_S)
                # People's time runs faster than the power: a need shrinks with the stay.
                yield Visit(arrive_s=arrive_s, depart_s=arrive_s + stay_s, need_kwh=life.seconds(need_kwh))
        day += timedelta(days=1)
