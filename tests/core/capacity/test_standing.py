"""The peak of a month, the cars' part of it, and what may be drawn at no more cost."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import combinations
from math import inf
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.capacity import (
    CapacityScheme,
    CapacityStep,
    IntervalMean,
    MonthPeak,
    PeakStanding,
    PeakWindow,
    month_peak,
    standing_of,
)
from custom_components.ev_sessions.core.tariff.restrictions import Restrictions

OSLO = ZoneInfo("Europe/Oslo")
FIRST = datetime(2026, 11, 1, 11, 0, tzinfo=UTC)  # noon in Oslo
NORWAY = CapacityScheme(
    interval_min=60,
    count=3,
    distinct_days=True,
    steps=(
        CapacityStep(up_to_kw=Decimal(2), amount=Decimal(120)),
        CapacityStep(up_to_kw=Decimal(5), amount=Decimal(190)),
        CapacityStep(up_to_kw=Decimal(10), amount=Decimal(320)),
        CapacityStep(up_to_kw=None, amount=Decimal(500)),
    ),
)
FLANDERS = CapacityScheme(interval_min=15, count=1, minimum_kw=Decimal("2.5"), months=12, per_kw=Decimal(4))


def hour(day: int, kw: float, cars_kw: float = 0.0, *, later_h: int = 0) -> IntervalMean:
    """Return an hour's mean on a day of November, `later_h` after noon."""
    start = FIRST + timedelta(days=day - 1, hours=later_h)
    return IntervalMean(start=start, length_s=3600, grid_ws=kw * 3.6e6, cars_ws=cars_kw * 3.6e6, seen_s=3600)


def stands(
    scheme: CapacityScheme, *means: IntervalMean, day: int = 28, hours: int = 0, before: tuple[MonthPeak, ...] = ()
) -> PeakStanding:
    return standing_of(scheme, means, FIRST + timedelta(days=day - 1, hours=hours), OSLO, before)


def test_norway_takes_the_three_greatest_hours_of_different_days() -> None:
    standing = stands(
        NORWAY, hour(3, 6), hour(3, 9, later_h=2), hour(3, 8, later_h=5), hour(4, 3), hour(5, 6), hour(6, 2)
    )
    assert [one.kw for one in standing.peaks] == [9, 6, 3]
    assert standing.peak.kw == 6
    assert standing.cost == 320


def test_the_cars_have_caused_what_would_not_be_there_without_them() -> None:
    # Without the car other hours make the peak.
    standing = stands(NORWAY, hour(3, 9, 7), hour(4, 8, 7), hour(5, 7, 6), hour(6, 4), hour(7, 4), hour(8, 4))
    assert (standing.peak.kw, standing.peak.without_cars_kw, standing.cars_kw) == (8, 4, 4)
    assert (standing.cost, standing.cost_without_cars, standing.cars_cost) == (Decimal(320), Decimal(190), Decimal(130))


def test_flanders_bills_the_mean_of_twelve_months_each_at_the_least_two_and_a_half() -> None:
    quiet = stands(FLANDERS, hour(3, 1.0, 0.5))
    assert (quiet.peak, quiet.cars_kw, quiet.cost) == (MonthPeak(kw=2.5, without_cars_kw=2.5), 0.0, Decimal(10))
    assert quiet.cars_cost == 0
    first = stands(FLANDERS, hour(3, 6.0), before=(MonthPeak(kw=3.0, without_cars_kw=3.0),))
    assert first.billed.kw == 4.5
    before = tuple(MonthPeak(kw=4.0, without_cars_kw=2.5) for _ in range(20))
    loud = stands(FLANDERS, hour(3, 10.0, 7.5), before=before)
    assert loud.billed.kw == pytest.approx((11 * 4 + 10) / 12)
    assert loud.billed.without_cars_kw == pytest.approx(2.5)
    assert loud.cars_cost == pytest.approx(Decimal(8), abs=Decimal("1e-5"))


def test_nights_count_half_and_what_is_in_no_window_not_at_all() -> None:
    night = PeakWindow(
        when=Restrictions(start_time=time(22), end_time=time(6)),
        factor=Decimal("0.5"),
    )
    half = CapacityScheme(windows=(night,))
    assert stands(half, hour(3, 8, later_h=11), hour(4, 5)).peak.kw == 5
    assert stands(half, hour(3, 8, later_h=11)).peak.kw == 4
    assert stands(half, hour(4, 5), hours=11).free_kw == 10
    only = CapacityScheme(windows=(PeakWindow(when=night.when),), otherwise=Decimal(0))
    assert stands(only, hour(3, 8)).peak.kw == 0
    assert stands(only, hour(3, 8)).free_kw == inf


def test_a_mean_of_which_too_little_was_seen_does_not_count() -> None:
    standing = stands(NORWAY, IntervalMean(start=FIRST, length_s=3600, grid_ws=9e6, seen_s=1000))
    assert (standing.peaks, standing.peak.kw) == ((), 0)


def test_a_scheme_without_a_price_tells_peaks_only() -> None:
    standing = stands(CapacityScheme(), hour(3, 9, 1))
    assert (standing.cost, standing.cars_cost) == (None, None)
    assert standing.cars_kw == 1


def test_up_to_the_months_peak_nothing_costs_more() -> None:
    assert stands(FLANDERS).free_kw == 2.5
    assert stands(FLANDERS, hour(3, 6)).free_kw == 6


def test_up_to_the_end_of_the_step_nothing_costs_more() -> None:
    # Nothing yet: the first day alone is the mean.
    assert stands(NORWAY).free_kw == 2
    # 6 and 3: a third day may have 6, for a mean of 5.
    assert stands(NORWAY, hour(3, 6), hour(4, 3)).free_kw == 6
    # 6, 3 and 1: another 6 in the place of the 1 makes a mean of 5.
    assert stands(NORWAY, hour(3, 6), hour(4, 3), hour(5, 1)).free_kw == 6
    # What is less than the third greatest changes nothing.
    assert stands(NORWAY, hour(3, 5), hour(4, 5), hour(5, 5)).free_kw == 5
    # And what this day has reached already may be reached again.
    assert stands(NORWAY, hour(3, 1), hour(4, 1), hour(28, 7, later_h=-3)).free_kw == 13


def test_above_all_steps_there_is_nothing_to_hold() -> None:
    assert stands(NORWAY, hour(3, 30), hour(4, 30), hour(5, 30)).free_kw == inf


def test_the_peak_of_a_month_that_nobody_saw_is_not_known() -> None:
    assert month_peak(NORWAY, [], OSLO) is None
    assert month_peak(NORWAY, [hour(3, 9, 4)], OSLO) == MonthPeak(kw=9, without_cars_kw=5)


MEANS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 6), st.integers(0, 12), st.integers(0, 12)),
    max_size=10,
    unique_by=lambda one: (one[0], one[1]),
)
SCHEMES = st.builds(
    CapacityScheme,
    count=st.integers(1, 4),
    distinct_days=st.booleans(),
    minimum_kw=st.sampled_from([Decimal(0), Decimal("2.5")]),
    per_kw=st.just(Decimal(1)),
    steps=st.sampled_from([(), NORWAY.steps]),
)


def read(means: list[tuple[int, int, int, int]]) -> list[IntervalMean]:
    return [hour(day, kw, min(kw, cars_kw), later_h=later_h) for day, later_h, kw, cars_kw in means]


@given(SCHEMES, MEANS)
def test_the_peak_is_the_greatest_mean_of_any_choice_that_is_allowed(
    scheme: CapacityScheme, means: list[tuple[int, int, int, int]]
) -> None:
    standing = stands(scheme, *read(means))
    size = min(scheme.count, len({day for day, *_ in means}) if scheme.distinct_days else len(means))
    choices = [
        sum(kw for *_, kw, _ in chosen) / size
        for chosen in combinations(means, size)
        if size and (not scheme.distinct_days or len({day for day, *_ in chosen}) == size)
    ]
    assert standing.peak.kw == pytest.approx(max([float(scheme.minimum_kw), *choices]))
    assert 0 <= standing.cars_kw <= standing.peak.kw


@given(SCHEMES, MEANS, st.integers(1, 6))
def test_what_is_free_costs_nothing_and_no_more_is_free(
    scheme: CapacityScheme, means: list[tuple[int, int, int, int]], day: int
) -> None:
    standing = stands(scheme, *read(means), day=day, hours=9)
    if standing.free_kw == inf:
        return
    drawn = stands(scheme, *read(means), hour(day, standing.free_kw, later_h=9), day=day, hours=10)
    assert standing.cost is not None
    assert drawn.cost is not None
    assert drawn.cost <= standing.cost + Decimal("1e-5")
    more = stands(scheme, *read(means), hour(day, standing.free_kw + 0.01, later_h=9), day=day, hours=10)
    assert more.cost is not None
    assert more.cost > standing.cost or more.peak.kw <= scheme.ceiling_kw(standing.peak.kw) + 1e-6
