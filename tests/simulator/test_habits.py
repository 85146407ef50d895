"""Visits are drawn as the homes that the figures were fitted to behaved."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from random import Random
from statistics import median

import pytest

from simulator.plant.habits import Visit, arrival_hour, energy_kwh, stay_hours, visits
from simulator.plant.life import Life

START = datetime(2026, 1, 4, 23, 0, tzinfo=UTC)  # midnight in Berlin
MONDAY, FRIDAY, SATURDAY = (datetime(2026, 1, day, tzinfo=UTC) for day in (5, 9, 10))

#: What the homes show over all sessions: the share of them that stays shorter, or takes less, than this.
STAYS_H = {0.05: 0.83, 0.1: 1.4, 0.25: 3.48, 0.5: 11.17, 0.75: 15.78, 0.9: 21.63, 0.95: 31.5}
ENERGIES_KWH = {0.05: 1.87, 0.1: 2.88, 0.25: 5.25, 0.5: 9.11, 0.75: 16.5, 0.9: 26.86, 0.95: 36.39}
#: Sessions per weekday, from Monday on.
PER_WEEKDAY = (5127, 5037, 5229, 5174, 5036, 4461, 4716)


def some_visits(count: int, **options: float) -> list[Visit]:
    life = Life(START, pace=options.pop("pace", 1.0))
    return list(islice(visits(Random(1), life, battery_kwh=60.0, **options), count))


def sessions(count: int) -> list[tuple[float, float]]:
    """Draw stay and energy of sessions that fall on the weekdays as those of the homes do."""
    rng = Random(4)
    drawn = []
    for weekday in rng.choices(range(7), weights=PER_WEEKDAY, k=count):
        day = MONDAY + timedelta(days=weekday)
        stay_h = stay_hours(rng, day, arrival_hour(rng, day))
        drawn.append((stay_h, energy_kwh(rng, stay_h)))
    return drawn


def furthest(values: Iterable[float], known: dict[float, float]) -> float:
    """Return how far the shares below the known quantiles are from what they should be, at most."""
    ordered = sorted(values)
    return max(abs(bisect_left(ordered, value) / len(ordered) - share) for share, value in known.items())


def test_visits_follow_each_other_and_never_overlap() -> None:
    planned = some_visits(500, per_day=1.0)
    assert all(visit.arrive_s < visit.depart_s for visit in planned)
    assert all(earlier.depart_s < later.arrive_s for earlier, later in pairwise(planned))
    assert all(0 < visit.need_kwh <= 60.0 for visit in planned)


def test_stays_and_energies_are_those_of_the_homes_all_along() -> None:
    drawn = sessions(20_000)
    assert furthest((stay_h for stay_h, _ in drawn), STAYS_H) < 0.025
    assert furthest((energy for _, energy in drawn), ENERGIES_KWH) < 0.025


def test_cars_that_come_in_the_evening_stay_the_night_and_those_at_noon_may_go_soon() -> None:
    rng = Random(2)
    assert median(stay_hours(rng, MONDAY, 19.5) for _ in range(4000)) == pytest.approx(12.2, rel=0.05)
    assert median(stay_hours(rng, MONDAY, 12.5) for _ in range(4000)) == pytest.approx(4.3, rel=0.1)
    assert median(stay_hours(rng, MONDAY, 22.0) for _ in range(4000)) == pytest.approx(10.2, rel=0.05)


def test_night_before_a_free_day_is_longer() -> None:
    rng = Random(3)
    nights = {day: median(stay_hours(rng, day, 19.5) for _ in range(4000)) for day in (MONDAY, FRIDAY)}
    assert nights[FRIDAY] - nights[MONDAY] == pytest.approx(3.0, abs=0.5)


def test_who_stays_for_half_an_hour_takes_little_and_who_stays_the_night_may_take_much() -> None:
    rng = Random(5)
    assert median(energy_kwh(rng, 0.5) for _ in range(4000)) == pytest.approx(2.22, rel=0.1)
    assert median(energy_kwh(rng, 13.0) for _ in range(4000)) == pytest.approx(10.9, rel=0.1)


def test_most_cars_come_in_the_afternoon_of_a_working_day_and_from_noon_on_at_the_weekend() -> None:
    rng = Random(6)
    monday = [arrival_hour(rng, MONDAY) for _ in range(8000)]
    saturday = [arrival_hour(rng, SATURDAY) for _ in range(8000)]
    assert sum(15 <= hour < 22 for hour in monday) / 8000 == pytest.approx(0.65, abs=0.02)
    assert sum(15 <= hour < 22 for hour in saturday) / 8000 == pytest.approx(0.53, abs=0.02)
    assert sum(11 <= hour < 15 for hour in saturday) / 8000 == pytest.approx(0.236, abs=0.02)


def test_days_between_plug_ins_are_those_of_a_home_that_plugs_in_on_half_of_its_days() -> None:
    life = Life(START)
    days = sorted({life.local(visit.arrive_s).date() for visit in some_visits(6000, per_day=0.48)})
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
    # Of homes that plug in on 40 to 60 of a hundred days.
    for at_most, share in {1: 0.548, 2: 0.768, 3: 0.885, 4: 0.932}.items():
        assert bisect_left(gaps, at_most + 1) / len(gaps) == pytest.approx(share, abs=0.11)


def test_car_that_left_in_the_afternoon_is_often_back_on_the_same_day() -> None:
    life = Life(START)
    planned = some_visits(6000, per_day=0.6)
    came_and_went = back = 0
    for earlier, later in pairwise(planned):
        came, left, again = (life.local(at_s) for at_s in (earlier.arrive_s, earlier.depart_s, later.arrive_s))
        if came.date() == left.date() and left.hour < 22:
            came_and_went += 1
            back += again.date() == left.date()
    assert came_and_went > 500
    assert back / came_and_went == pytest.approx(0.52, abs=0.08)


def test_faster_life_shortens_stays_and_needs_alike() -> None:
    slow, fast = some_visits(200, per_day=1.0), some_visits(200, per_day=1.0, pace=24.0)
    assert [v.arrive_s for v in fast] == pytest.approx([v.arrive_s / 24 for v in slow])
    assert [v.need_kwh for v in fast] == pytest.approx([v.need_kwh / 24 for v in slow])
