"""Visits are drawn as the homes that the figures were fitted to behaved."""

from datetime import UTC, datetime
from itertools import islice, pairwise
from random import Random
from statistics import median

import pytest

from simulator.plant.habits import Visit, stay_hours, visits
from simulator.plant.life import Life

START = datetime(2026, 1, 4, 23, 0, tzinfo=UTC)  # midnight in Berlin


def some_visits(count: int, **options: float) -> list[Visit]:
    life = Life(START, pace=options.pop("pace", 1.0))
    return list(islice(visits(Random(1), life, battery_kwh=60.0, **options), count))


def test_visits_follow_each_other_and_never_overlap() -> None:
    planned = some_visits(500, per_day=1.0)
    assert all(visit.arrive_s < visit.depart_s for visit in planned)
    assert all(earlier.depart_s < later.arrive_s for earlier, later in pairwise(planned))
    assert all(0 < visit.need_kwh <= 60.0 for visit in planned)


def test_median_energy_is_that_of_the_homes() -> None:
    assert median(visit.need_kwh for visit in some_visits(3000)) == pytest.approx(9.11, rel=0.08)


def test_cars_that_come_in_the_evening_stay_the_night_and_those_at_noon_may_go_soon() -> None:
    rng = Random(2)
    assert median(stay_hours(rng, 19.5) for _ in range(4000)) == pytest.approx(12.53, rel=0.15)
    assert median(stay_hours(rng, 12.5) for _ in range(4000)) == pytest.approx(4.2, rel=0.35)
    assert median(stay_hours(rng, 22.0) for _ in range(4000)) == pytest.approx(10.52, rel=0.2)


def test_most_cars_come_in_the_afternoon_and_evening() -> None:
    life = Life(START)
    hours = [life.local(visit.arrive_s).hour for visit in some_visits(2000)]
    share = sum(15 <= hour <= 21 for hour in hours) / len(hours)
    assert share == pytest.approx(0.63, abs=0.06)


def test_faster_life_shortens_stays_and_needs_alike() -> None:
    slow, fast = some_visits(200, per_day=1.0), some_visits(200, per_day=1.0, pace=24.0)
    assert [v.arrive_s for v in fast] == pytest.approx([v.arrive_s / 24 for v in slow])
    assert [v.need_kwh for v in fast] == pytest.approx([v.need_kwh / 24 for v in slow])
