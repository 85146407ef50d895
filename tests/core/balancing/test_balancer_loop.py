"""The closed loop in virtual time: house, meter, charger and car with all their delays.

A line may carry more than its fuse only while a step of the house is being seen, told and
followed; by how much is what the house rose in that span.
"""

from collections.abc import Callable
from secrets import randbelow

import pytest

from custom_components.ev_sessions.core.balancing.load import BalancingState
from tests.core.balancing.closed_loop import FUSE_A, STRICT, Loop


@pytest.fixture(name="fresh_seed")
def fresh_seed_fixture(record_property: Callable[[str, object], None]) -> int:
    """Draw a seed and print it: who finds a failure can live it again."""
    seed = randbelow(1_000_000)
    print(f"seed {seed}")  # noqa: T201
    record_property("seed", seed)
    return seed


@pytest.mark.lengthy
@pytest.mark.parametrize(
    ("lines", "meter_period_s", "meter_delay_s", "sample_s"),
    [
        (((0, 1, 2), (1, 2, 0)), 1.0, 1.0, 1.0),
        (((0,), (1,)), 1.0, 1.0, 1.0),
        (((0, 1, 2), (2,)), 5.0, 1.0, 2.0),
        (((0, 1, 2), (0, 1, 2)), 10.0, 2.0, 1.0),
    ],
    ids=["three_phase", "one_phase", "five_seconds", "ten_seconds"],
)
def test_evening_overloads_a_line_only_while_a_step_is_being_followed(
    fresh_seed: int,
    lines: tuple[tuple[int, ...], ...],
    meter_period_s: float,
    meter_delay_s: float,
    sample_s: float,
) -> None:
    loop = Loop(
        fresh_seed,
        lines=lines,
        meter_period_s=meter_period_s,
        meter_delay_s=meter_delay_s,
        sample_s=sample_s,
        site=STRICT,
    )
    run = loop.until(4 * 3600)
    # A house that moves while its reading is under way is known to its flicker only.
    assert run.unexcused_a <= 0.3, (fresh_seed, run.unexcused_at)
    assert run.between == 0
    assert run.energy_a_s > 0


def test_same_seed_gives_the_same_commands() -> None:
    one, two = Loop(11).until(1800), Loop(11).until(1800)
    assert (one.commands, one.energy_a_s, one.over_a_s) == (two.commands, two.energy_a_s, two.over_a_s)


@pytest.mark.lengthy
def test_commands_are_few() -> None:
    run = Loop(3).until(4 * 3600)
    assert run.commands / run.hours / 2 <= 30


def test_deaf_charger_does_not_make_the_other_pay_with_an_overload_of_its_own() -> None:
    loop = Loop(5)
    loop.cars[0].obeys = False
    loop.until(3600)
    assert loop.run.last is not None
    assert loop.run.last.not_obeying == ("evse0",)
    # What flows beyond the fuse is the deaf one's doing: the other is paused then.
    for _ in range(7200):
        loop._step()
        _, flow = loop.flows[-1]
        if max(flow) > FUSE_A and loop.cars[1].moves_at_s < loop.t_s - 30:
            assert loop.cars[1].drawn_a <= 8.0


def test_meter_that_dies_leaves_both_at_their_fallback_and_comes_back_with_patience() -> None:
    loop = Loop(8)
    loop.until(600)
    loop.meter_on = False
    loop.until(660)
    assert loop.run.last is not None
    assert loop.run.last.state is BalancingState.METER_LOST
    loop.until(900)
    assert [car.limit_a for car in loop.cars] == [6.0, 6.0]
    loop.meter_on = True
    loop.until(960)
    assert all(car.limit_a <= 6.0 for car in loop.cars)
    assert loop.run.last.state is not BalancingState.METER_LOST


def test_meter_that_freezes_is_noticed_and_the_cars_fall_back() -> None:
    loop = Loop(9)
    loop.until(600)
    while max(car.drawn_a for car in loop.cars) < 7.0 and loop.t_s < 7200:
        loop.until(loop.t_s + 10)
    loop.meter_stuck = True
    loop.until(loop.t_s + 200)
    assert loop.run.last is not None
    assert loop.run.last.state is BalancingState.METER_LOST
    assert all(car.limit_a <= 6.0 for car in loop.cars)


def test_cars_that_come_and_go_are_told_at_once() -> None:
    loop = Loop(4)
    loop.cars[1].plug(0.0, plugged=False)
    loop.until(400)
    for round_ in range(6):
        loop.cars[1].plug(loop.t_s, plugged=round_ % 2 == 0)
        loop.until(loop.t_s + 300)
    assert loop.run.unexcused_a <= 0.3, loop.run.unexcused_at
    assert loop.run.between == 0
