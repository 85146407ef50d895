"""Meters of all paces, in a closed loop: from five reports a second to one a minute, up to ten seconds late."""

from random import Random
from typing import override

import pytest

from custom_components.ev_sessions.core.balancing.load import BalancingState
from tests.core.balancing.closed_loop import FLICKER_A, FUSE_A, STRICT, House, Loop

PERIODS_S = (0.2, 1.0, 5.0, 10.0, 30.0, 60.0)
DELAYS_S = (0.0, 2.0, 10.0)


class Steps(House):
    """A house whose load is known: 2 A, and 14 A for a while."""

    def __init__(self, rng: Random, begin_s: float, end_s: float) -> None:
        super().__init__(rng)
        self.begin_s, self.end_s = begin_s, end_s

    @override
    def at(self, t_s: float) -> list[float]:
        base_a = 14.0 if self.begin_s <= t_s < self.end_s else 2.0
        return [base_a + 0.2 * self.rng.random() for _ in range(3)]


@pytest.mark.parametrize("delay_s", DELAYS_S)
@pytest.mark.parametrize("period_s", PERIODS_S)
def test_step_of_the_house_is_followed_without_swinging_at_any_pace_of_the_meter(
    period_s: float, delay_s: float
) -> None:
    dt_s = 0.2 if period_s < 1 else 0.5
    loop = Loop(1, meter_period_s=period_s, meter_delay_s=delay_s, dt_s=dt_s, site=STRICT)
    quick = period_s <= 1
    # All that the fuse leaves beside the house, shared; a meter of a minute has an ampere's margin by itself.
    shares_a = [11.0, 11.0] if period_s < 60 else [11.0, 10.0]
    begin_s, end_s = (200.0, 400.0) if quick else (600.0, 1200.0) if period_s < 60 else (1200.0, 1800.0)
    loop.house = Steps(loop.rng, begin_s, end_s)

    def commands_until(until_s: float) -> int:
        before = loop.run.commands
        return loop.until(until_s).commands - before

    loop.until(begin_s - 100.0)
    loop.run.states.clear()  # that of a meter whose period is not known yet
    assert commands_until(begin_s) <= 4
    # How late a meter is has to be seen in some steps of our cars. Until then room has to last for longer
    # than any meter is late: no raise is given twice.
    assert loop.run.over_a_s == 0.0
    limits_a = [car.limit_a for car in loop.cars]
    if quick and delay_s > 2.0:
        # In three minutes a meter that is ten seconds late is not known yet: the cars are on their way up.
        assert sum(limits_a) >= 19.0
    else:
        assert limits_a == shares_a
    loop.run.over_a_s = loop.run.unexcused_a = 0.0
    # The step: 12 A more, for which the cars leave as soon as meter, command and car let them.
    reaction_s = loop.excuse_s
    assert commands_until(begin_s + reaction_s) <= 6
    over_a_s = loop.run.over_a_s
    assert over_a_s <= 3 * (14.2 + 21.0 - FUSE_A) * reaction_s
    # After that nothing is over but for the house's flicker, and nobody swings: a turn may pass on.
    assert commands_until(end_s) <= 8
    flickers_a_s = 3 * FLICKER_A * 2 * period_s
    assert loop.run.over_a_s - over_a_s <= (3 * 10.0 * period_s if delay_s else flickers_a_s)
    assert commands_until(end_s + 300.0) <= 14
    stops = loop.run.stops
    assert commands_until(end_s + 500.0) <= 2
    assert loop.run.stops == stops
    assert [car.limit_a for car in loop.cars] == shares_a
    # Over the fuse for no longer than [step, step + meter period + delay + command + car's lag], but for its flicker.
    assert loop.run.unexcused_a <= 0.3, loop.run.unexcused_at
    assert loop.run.between == 0
    assert BalancingState.METER_LOST not in loop.run.states


@pytest.mark.parametrize("period_s", PERIODS_S)
def test_meter_of_any_pace_that_falls_silent_is_missed_within_its_time_out(period_s: float) -> None:
    loop = Loop(2, meter_period_s=period_s, meter_delay_s=2.0, dt_s=0.2 if period_s < 1 else 0.5)
    loop.house = Steps(loop.rng, 1e9, 1e9)
    loop.until(100.0 if period_s <= 1 else 900.0)
    assert all(car.drawn_a > 6.0 for car in loop.cars)
    # From the last report on: the loop's clock has gone on by less than a period since.
    loop.meter_on = False
    timeout_s = min(180.0, max(30.0, 3 * period_s + 2.0))
    loop.until(loop.t_s + timeout_s + 1.0)
    assert loop.run.last is not None
    assert loop.run.last.state is BalancingState.METER_LOST


@pytest.mark.parametrize("period_s", PERIODS_S)
def test_meter_of_any_pace_that_freezes_is_missed_within_its_time_out_once_our_draw_changes(period_s: float) -> None:
    dt_s = 0.2 if period_s < 1 else 0.5
    loop = Loop(3, meter_period_s=period_s, meter_delay_s=2.0, dt_s=dt_s, looks_at_samples=True)
    loop.house = Steps(loop.rng, 1e9, 1e9)
    loop.until(100.0 if period_s <= 1 else 900.0)
    loop.until(loop.next_meter_s + loop.dt_s)
    loop.meter_stuck = True
    # Later than the charger's own samples are apart: else the last true reading may have shown it.
    loop.until(loop.t_s + 2.0)
    loop.cars[0].most_a = 6.0  # the car draws less by itself
    timeout_s = min(180.0, max(30.0, 3 * period_s + 2.0))
    loop.until(loop.t_s + timeout_s + 3.0)
    assert loop.run.last is not None
    assert loop.run.last.state is BalancingState.METER_LOST


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("delay_s", DELAYS_S)
def test_car_that_a_meter_shows_late_is_not_learned_as_a_load_of_the_house(delay_s: float, seed: int) -> None:
    loop = Loop(
        seed, meter_period_s=10.0, meter_delay_s=delay_s, site=STRICT, lines=((0, 1, 2),), looks_at_samples=True
    )
    loop.house = Steps(loop.rng, 60.0, 1e9)
    loop.until(240.0)
    # The car rose and fell; the house has taken 12 A more once, and that lasts.
    assert loop.state.loads.absent == []
    # For the rest all that the fuse leaves is used.
    assert loop.cars[0].limit_a == 10.0


def test_load_of_the_house_is_learned_behind_a_meter_whose_delay_is_not_known() -> None:
    loop = Loop(1, meter_period_s=10.0, meter_delay_s=10.0, site=STRICT, lines=((0, 1, 2),), looks_at_samples=True)
    loop.house = Steps(loop.rng, 120.0, 400.0)
    loop.until(500.0)
    (absent,) = loop.state.loads.absent
    assert max(absent.size_a) == pytest.approx(12.0, abs=0.6)
