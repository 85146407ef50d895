"""How late the grid meter is: found out from how late it shows what our own cars do."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import Protection
from custom_components.ev_sessions.core.balancing.evse.draw import Draw
from custom_components.ev_sessions.core.balancing.meter.delay import DELAYS_S, MeterDelay
from tests.core.balancing.closed_loop import SITE, STRICT, Loop

PRESUMED_S = 2.0


def lived(
    delay_s: float,
    *,
    seed: int = 1,
    period_s: float = 1.0,
    seconds: int = 1800,
    car_a: float = 10.0,
    noise_a: float = 0.0,
) -> MeterDelay:
    """Let a car go on and off by itself, beside a house that strays, and a meter show both late."""
    rng = Random(seed)
    known, draw = MeterDelay(), Draw()
    on_s = [0.0]
    while on_s[-1] < seconds:
        on_s.append(on_s[-1] + rng.uniform(25.0, 70.0))

    def drawn_a(at_s: float) -> float:
        return car_a if sum(1 for change_s in on_s if change_s <= at_s) % 2 else 0.0

    next_s = 0.0
    for second in range(seconds):
        draw = draw.sampled((drawn_a(second), 0.0), float(second))
        if second >= next_s:
            next_s += period_s
            house_a = 2.0 + noise_a * rng.random()
            known = known.look(float(second), (house_a + drawn_a(second - delay_s), 3.0), [draw])
    return known


@settings(max_examples=15)
@given(st.sampled_from((4.0, 5.0, 7.0, 8.0, 10.0, 12.0, 16.0)), st.integers(0, 1000), st.sampled_from((1.0, 5.0, 7.0)))
def test_late_meter_is_found_out(delay_s: float, seed: int, period_s: float) -> None:
    least_s, most_s = lived(delay_s, seed=seed, period_s=period_s).span_s(PRESUMED_S)
    assert least_s <= delay_s <= most_s
    assert least_s > 0.0
    assert most_s - least_s <= 10.0


@settings(max_examples=15)
@given(st.sampled_from((0.0, 0.5, 1.0, 2.0)), st.integers(0, 1000), st.floats(0.0, 4.0))
def test_meter_as_late_as_presumed_stays_so(delay_s: float, seed: int, noise_a: float) -> None:
    assert lived(delay_s, seed=seed, noise_a=noise_a).span_s(PRESUMED_S) == (0.0, PRESUMED_S)


def test_house_that_strays_does_not_hide_it() -> None:
    least_s, most_s = lived(8.0, noise_a=4.0).span_s(PRESUMED_S)
    assert least_s <= 8.0 <= most_s
    assert least_s > PRESUMED_S


def test_few_steps_are_no_habit() -> None:
    assert lived(8.0, seconds=150).span_s(PRESUMED_S) == (0.0, PRESUMED_S)
    assert lived(8.0, seconds=600).span_s(PRESUMED_S) != (0.0, PRESUMED_S)


def test_car_that_draws_next_to_nothing_tells_nothing() -> None:
    assert lived(8.0, car_a=1.5).steps == 0.0


def test_meter_that_shows_none_of_our_steps_tells_nothing() -> None:
    """As one that tells currents without a sign while the sun feeds them back."""
    rng = Random(4)
    known, draw = MeterDelay(), Draw()
    for second in range(1800):
        draw = draw.sampled((10.0 if second // 40 % 2 else 0.0,), float(second))
        known = known.look(float(second), (rng.choice((0.0, 9.0, 18.0)),), [draw])
    assert known.steps > 12.0
    assert known.span_s(PRESUMED_S) == (0.0, PRESUMED_S)


def test_readings_that_wait_to_be_compared_are_few() -> None:
    assert len(lived(8.0, seconds=900).shown) <= 4


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_step_of_the_house_is_not_taken_for_a_car_by_a_meter_that_is_late(seed: int) -> None:
    loop = Loop(seed, meter_period_s=10.0, meter_delay_s=8.0)
    loop.watched_from_s = 2 * 3600.0  # the cars' own steps have to be seen first
    run = loop.until(4 * 3600)
    assert run.unexcused_a <= 0.3, run.unexcused_at
    least_s, most_s = loop.state.delay.span_s(PRESUMED_S)
    assert PRESUMED_S < least_s <= 8.0 <= most_s
    assert loop.state.delay_s(loop.site) == most_s


def test_meter_that_knows_the_total_only_is_taken_as_presumed() -> None:
    loop = Loop(1, meter_period_s=10.0, meter_delay_s=8.0, site=replace(SITE, protection=Protection.TOTAL_ONLY))
    loop.until(1800)
    assert loop.state.delay == MeterDelay()


def test_meter_that_nobody_knows_is_waited_for_as_if_it_were_the_latest_and_less_as_steps_speak_against_that() -> None:
    assert MeterDelay().late_s(2.0) == 8.0
    misfit = tuple(0.0 if delay_s <= 4.0 else 1.0 for delay_s in DELAYS_S)
    assert MeterDelay(misfit=misfit, steps=1.0).late_s(2.0) == 8.0
    assert MeterDelay(misfit=misfit, steps=3.0).late_s(2.0) == 2.0
    assert MeterDelay(misfit=misfit, steps=3.0).late_s(5.0) == 0.0
    # Nobody waits for longer at first than for one of ten seconds.
    only_later = tuple(0.0 if delay_s > 10.0 else 3.0 for delay_s in DELAYS_S)
    assert MeterDelay(misfit=only_later, steps=3.0).late_s(2.0) == 8.0
    known = tuple(0.0 if delay_s == 10.0 else 12.0 for delay_s in DELAYS_S)
    assert MeterDelay(misfit=known, steps=12.0).late_s(2.0) == 9.0


def test_few_steps_that_fit_nothing_leave_in_doubt_what_was_clear() -> None:
    known = lived(12.0, period_s=5.0)
    least_s, most_s = known.span_s(PRESUMED_S)
    assert least_s > PRESUMED_S
    # Steps that no delay explains, as where a house is as restless as its cars: it is neither forgotten nor sure.
    doubted = replace(known, misfit=tuple(0.6 * known.steps for _ in DELAYS_S))
    assert doubted.span_s(PRESUMED_S) == (0.0, most_s)
    assert doubted.late_s(PRESUMED_S) == most_s - PRESUMED_S


@pytest.mark.parametrize("seed", [2011, 7])
def test_late_meter_that_is_known_lets_no_raise_be_given_twice(seed: int) -> None:
    """Where the delay was forgotten for one reading, what the meter did not show yet was taken for room."""
    loop = Loop(seed, meter_period_s=5.0, meter_delay_s=12.0, site=STRICT)
    loop.until(3600.0)
    loop.run.unexcused_a = 0.0
    run = loop.until(2 * 3600.0)
    assert run.unexcused_a <= 0.3, run.unexcused_at
