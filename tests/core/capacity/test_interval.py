"""Mean powers of quarter hours: every W·s lies in one of them, and what nobody saw is in none."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.capacity import IntervalMean, MeanMeter, joined
from custom_components.ev_sessions.core.capacity.interval import quarter_of
from custom_components.ev_sessions.core.moment import Now

TEN = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def after(seconds: float) -> Now:
    return Now(utc=TEN + timedelta(seconds=seconds), monotonic_s=1000.0 + seconds)


def seen(looks: Sequence[tuple[float, float | None, float]]) -> list[IntervalMean]:
    """Return the quarter hours, the running one last, of looks as (seconds after ten, grid W, cars W)."""
    meter = MeanMeter()
    found: list[IntervalMean] = []
    for at_s, grid_w, cars_w in looks:
        meter, done = meter.look(grid_w, cars_w, after(at_s))
        found += done
    return [*found, *([] if meter.running is None else [meter.running])]


def steady(grid_w: float, cars_w: float, until_s: int, step_s: int = 10) -> list[tuple[float, float | None, float]]:
    return [(at_s, grid_w, cars_w) for at_s in range(0, until_s + 1, step_s)]


def test_a_steady_power_is_the_mean_of_its_quarter() -> None:
    first, running = seen(steady(4000, 3000, 900))
    assert (first.start, first.seen_s) == (TEN, 900)
    assert (first.mean_kw, first.without_cars_kw) == (4.0, 1.0)
    assert (running.start, running.seen_s) == (TEN + timedelta(minutes=15), 0)


def test_a_look_across_the_boundary_is_cut_there() -> None:
    first, running = seen([(880, 6000, 0), (910, 0, 0)])
    assert (first.seen_s, first.grid_ws) == (20, 120_000)
    assert (running.seen_s, running.grid_ws) == (10, 60_000)


def test_what_is_fed_in_is_no_import_and_cars_take_no_more_than_the_house_imports() -> None:
    (running,) = seen([(0, -5000, 7000), (10, 2000, 7000), (20, 2000, -1)])
    assert (running.grid_ws, running.cars_ws) == (20_000, 20_000)


@pytest.mark.parametrize(
    "looks",
    [
        [(0, 4000, 0), (61, 4000, 0)],  # nobody looked for a minute
        [(0, None, 0), (10, 4000, 0)],  # the meter was silent
        [(0, 4000, 0), (0, 4000, 0)],
    ],
)
def test_what_nobody_saw_is_not_made_up(looks: list[tuple[float, float | None, float]]) -> None:
    (running,) = seen(looks)
    assert running.seen_s == 0
    assert (running.mean_kw, running.without_cars_kw) == (0.0, 0.0)


def test_a_quarter_of_which_less_than_half_was_seen_has_no_mean() -> None:
    assert not IntervalMean(start=TEN, grid_ws=1, seen_s=449).is_known
    assert IntervalMean(start=TEN, grid_ws=1, seen_s=450).is_known


def test_a_quarter_that_went_by_unseen_is_over() -> None:
    first, running = seen([(0, 4000, 0), (10, 4000, 0), (2000, 4000, 0)])
    assert (first.start, first.seen_s) == (TEN, 10)
    assert running.start == TEN + timedelta(minutes=30)


def test_a_clock_that_is_set_begins_another_quarter_and_moves_no_energy() -> None:
    meter, _ = MeanMeter().look(4000, 0, after(0))
    meter, done = meter.look(4000, 0, Now(utc=TEN - timedelta(hours=1), monotonic_s=1010.0))
    assert [one.seen_s for one in done] == [10.0]
    assert meter.running is not None
    assert meter.running.seen_s == 0.0


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9000), st.integers(0, 9000)), min_size=1, max_size=60))
def test_every_watt_second_lies_in_one_quarter(steps: list[tuple[int, int, int]]) -> None:
    at_s, looks, total_ws, held = 0, [], 0, None
    for wait_s, grid_w, cars_w in steps:
        at_s += wait_s
        if held is not None:
            total_ws += held * wait_s
        held = grid_w
        looks.append((float(at_s), float(grid_w), float(cars_w)))
    quarters = seen(looks)
    assert sum(one.grid_ws for one in quarters) == pytest.approx(total_ws)
    assert all(0 <= one.cars_ws <= one.grid_ws + 1e-6 and one.seen_s <= one.length_s + 1e-6 for one in quarters)
    assert [one.start for one in quarters] == sorted({one.start for one in quarters})


def test_hours_are_those_of_the_local_clock_also_where_it_is_half_an_hour_off() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    quarters = [
        IntervalMean(
            start=TEN + timedelta(minutes=15 * place), grid_ws=900_000 * place, cars_ws=450_000 * place, seen_s=900
        )
        for place in range(4)
    ]
    # 10:00 UTC is 15:30 in Kolkata: two quarters end its hour, two begin the next.
    first, second = joined(quarters, 60, kolkata)
    assert (first.start, first.mean_kw) == (TEN - timedelta(minutes=30), 0.5)
    assert (second.start, second.mean_kw) == (TEN + timedelta(minutes=30), 2.5)
    (whole,) = joined(quarters, 60, BERLIN)
    assert (whole.length_s, whole.mean_kw, whole.is_known) == (3600, 1.5, True)
    assert whole.without_cars_kw == 0.75
    assert [one.mean_kw for one in joined(quarters, 30, BERLIN)] == [0.5, 2.5]
    assert joined(quarters, 15, BERLIN) == tuple(quarters)


def test_an_hour_that_comes_twice_is_two() -> None:
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    quarters = [IntervalMean(start=first + timedelta(minutes=15 * place), seen_s=900) for place in range(8)]
    assert [one.start for one in joined(quarters, 60, BERLIN)] == [first, first + timedelta(hours=1)]


def test_quarters_begin_where_all_zones_have_them() -> None:
    assert quarter_of(TEN + timedelta(minutes=14, seconds=59.9)) == TEN
    assert quarter_of(TEN) == TEN
