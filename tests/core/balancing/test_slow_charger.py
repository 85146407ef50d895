"""A charger that tells what it draws each ten seconds or more seldom: its own moves are not the house's.

A grid meter that is quicker than the charger shows a car's rise and fall first. What may be the car's is
neither learned as an appliance nor held for a step of the house, and what the house really does still counts at once.
"""

from collections import deque
from dataclasses import replace
from random import Random
from typing import override

import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import LineUse
from custom_components.ev_sessions.core.balancing.evse.draw import Draw
from custom_components.ev_sessions.core.balancing.evse.drawn_when import drawn_when
from custom_components.ev_sessions.core.balancing.evse.memory import EvseMemory
from custom_components.ev_sessions.core.balancing.load import EvseLoad
from tests.core.balancing import load_rig
from tests.core.balancing.closed_loop import FUSE_A, Car, House, Loop

SAMPLES_S = (10.0, 20.0, 30.0)


class Still(House):
    """A house that takes the same all the time, but for what is put on it."""

    def __init__(self, rng: Random, current_a: float) -> None:
        super().__init__(rng)
        self.current_a = current_a
        self.more: list[tuple[float, float, tuple[float, ...]]] = []  # from and to in s, A per line

    @override
    def at(self, t_s: float) -> list[float]:
        extra = [sum(each[line] for begin_s, end_s, each in self.more if begin_s <= t_s < end_s) for line in range(3)]
        return [self.current_a + 0.1 * self.rng.random() + extra[line] for line in range(3)]


class Told(Loop):
    """Chargers that tell late, or only what has changed."""

    late_s = 0.0
    changes_only = False
    stamped = False  # told with the instant at which it was measured

    def __init__(self, seed: int, *, sample_s: float, house_a: float, lines: tuple[tuple[int, ...], ...]) -> None:
        super().__init__(seed, sample_s=sample_s, lines=lines)
        self.house: Still = Still(self.rng, house_a)
        self.drew: dict[str, deque[tuple[float, float]]] = {car.evse.id: deque(maxlen=40) for car in self.cars}
        self.told: dict[str, tuple[float, float]] = {}
        for car in self.cars:
            car.moves_at_s = 5.0  # what it draws at the start was told

    @override
    def _seen(self, car: Car) -> EvseLoad:
        drew = self.drew[car.evse.id]
        drew.append((self.t_s, car.drawn_a))
        if self.late_s and car.sampled_s > 0:
            # It was measured before it was told, and nobody says so.
            car.sampled_a = next(
                a for t_s, a in reversed(drew) if t_s <= car.sampled_s - self.late_s or t_s == drew[0][0]
            )
        seen = super()._seen(car)
        if self.stamped:
            seen = replace(seen, drawn_s=car.sampled_s)
        if not self.changes_only:
            return seen
        told_a, told_s = self.told.get(car.evse.id, (-1.0, 0.0))
        if abs(told_a - car.sampled_a) > 0.05:
            told_a, told_s = car.sampled_a, car.sampled_s
            self.told[car.evse.id] = told_a, told_s
        return EvseLoad(
            id=seen.id,
            use=seen.use,
            connected=seen.connected,
            drawn_a=seen.use.per_line(told_a, 3),
            drawn_age_s=self.t_s - told_s,
        )


def _limits(loop: Loop, until_s: float) -> list[float]:
    """Return the limits of the first car, as it was told, one after another."""
    limits: list[float] = []
    while loop.t_s < until_s:
        loop.until(loop.t_s + loop.dt_s)
        if not limits or limits[-1] != loop.cars[0].limit_a:
            limits.append(loop.cars[0].limit_a)
    return limits


@pytest.mark.parametrize("lines", [(0, 1, 2), (1,)], ids=["three_phase", "one_phase"])
@pytest.mark.parametrize(
    ("sample_s", "told"), [(10.0, "each"), (10.0, "stamped"), (20.0, "late"), (20.0, "changes"), (30.0, "late")]
)
def test_raise_of_a_car_that_is_seldom_told_is_no_load_of_the_house(
    sample_s: float, told: str, lines: tuple[int, ...]
) -> None:
    for seed in range(2):
        loop = Told(seed, sample_s=sample_s, house_a=8.4, lines=(lines,))
        loop.changes_only, loop.stamped, loop.late_s = told == "changes", told == "stamped", 5.0 * (told == "late")
        loop.house.more = [(300.0, 420.0, (7.2, 7.2, 7.2))]
        loop.until(8.0)
        before = _limits(loop, 300.0)
        assert before == sorted(before), (seed, before)
        assert before[-1] == 15.0
        assert not [one.size_a for one in loop.state.loads.appliances]
        during = _limits(loop, 420.0)
        assert during[-1] == 8.0, (seed, during)
        after = _limits(loop, 600.0)
        assert after == sorted(after), (seed, after)
        assert after[-1] == 15.0
        # The heat that came and went is all that was learned.
        assert all(abs(max(one.size_a) - 7.2) < 0.5 for one in loop.state.loads.appliances)


@pytest.mark.parametrize("sample_s", [10.0, 30.0])
def test_car_that_falls_by_itself_between_two_samples_leaves_no_room_to_the_other(sample_s: float) -> None:
    loop = Told(1, sample_s=sample_s, house_a=3.0, lines=((0, 1, 2), (0, 1, 2)))
    loop.until(300.0)
    assert min(car.drawn_a for car in loop.cars) >= 10.0
    for begin_s in range(310, 560, 45):
        loop.until(float(begin_s))
        loop.cars[0].most_a = 0.0
        loop.until(begin_s + 8.0)
        loop.cars[0].most_a = 16.0
    loop.until(600.0)
    assert loop.run.unexcused_a <= 0.1, loop.run.unexcused_at
    assert not loop.state.loads.appliances


@pytest.mark.parametrize("sample_s", SAMPLES_S)
@pytest.mark.parametrize("begin_s", [302.0, 318.0])
def test_load_of_the_house_lowers_a_car_that_is_seldom_told_as_soon_as_any(sample_s: float, begin_s: float) -> None:
    loop = Told(3, sample_s=sample_s, house_a=8.4, lines=((0, 1, 2),))
    loop.house.more = [(begin_s, 900.0, (0.0, 12.0, 0.0))]
    loop.until(begin_s)
    assert loop.cars[0].drawn_a == 15.0
    loop.until(begin_s + loop.excuse_s)
    assert max(loop.flows[-1][1]) <= FUSE_A


@pytest.mark.parametrize("sample_s", SAMPLES_S)
def test_one_step_of_the_house_lowers_a_car_that_is_seldom_told_once(sample_s: float) -> None:
    """The car follows after some seconds: until then the step is not one more with each reading."""
    for seed in range(3):
        loop = Told(seed, sample_s=sample_s, house_a=0.2, lines=((0, 1, 2),))
        loop.house.more = [(300.0, 330.0, (9.5, 0.0, 0.0)), (430.0, 460.0, (9.5, 0.0, 0.0))]
        for begin_s in (300.0, 430.0):
            loop.until(begin_s)
            assert loop.cars[0].drawn_a >= 12.0
            during = _limits(loop, begin_s + 28.0)
            assert min(during) >= 12.0, (seed, during)
            assert loop.cars[0].drawn_a <= 15.0


def test_charger_without_a_car_is_not_held_to_take_what_it_is_offered() -> None:
    memory = EvseMemory(EvseLoad(id="idle", use=LineUse(lines=(0, 1, 2))), 6.0, 0.0, sent_s=0.0, connected=False)
    memory = replace(memory, draw=Draw().sampled((0.0, 0.0, 0.0), 100.0))
    idle = EvseLoad(id="idle", use=LineUse(lines=(0, 1, 2)), connected=False, drawn_a=(0.0, 0.0, 0.0))
    for age_s in (1.0, 10.0, 40.0):
        measured = (100.0 + age_s - 1.0, 100.0 + age_s)
        assert drawn_when(memory, idle, measured, 101.0 + age_s, 3) == ((0.0,) * 3, (0.0,) * 3)
    left = replace(memory, draw=Draw().sampled((16.0, 16.0, 16.0), 100.0))
    assert drawn_when(left, idle, (109.0, 110.0), 111.0, 3) == ((0.0,) * 3, (16.0,) * 3)


def test_values_that_stand_still_since_a_pause_are_no_proof_of_the_draw_that_they_show() -> None:
    """Else what the meter does not show of it looks like export, and lets the car in above the limit."""
    evse = EvseLoad(id="car", use=LineUse(lines=(0, 1, 2)), connected=True, drawn_a=(7.0, 7.0, 7.0))
    memory = EvseMemory(evse, 0.0, 7.0, sent_a=0.0, sent_s=105.0, connected=True)
    memory = replace(memory, draw=Draw().sampled((7.0, 7.0, 7.0), 100.0))
    for now_s in (170.0, 1000.0):
        assert drawn_when(memory, evse, (now_s - 2.0, now_s), now_s, 3) == ((0.0,) * 3, (7.0,) * 3)
    # Who tells the same after the command ignores it.
    told = replace(memory, draw=memory.draw.sampled((7.0, 7.0, 7.0), 130.0))
    assert drawn_when(told, evse, (998.0, 1000.0), 1000.0, 3) == ((7.0,) * 3, (7.0,) * 3)


@pytest.mark.parametrize("sample_s", [1.0, 10.0])
def test_charge_that_goes_on_behind_a_slow_meter_begins_small_however_often_the_charger_tells(sample_s: float) -> None:
    """The meter may be later than is known: it shows the start and a step of the house as one."""
    rig = load_rig.LoadRig(load_rig.site(), load_rig.car(), house=4.0)
    rig.period_s = 10.0
    sampled_s = 0.0

    def live(seconds: float) -> None:
        nonlocal sampled_s
        for _ in range(round(seconds)):
            if rig.t_s - sampled_s >= sample_s:
                sampled_s = rig.t_s
                rig.change(drawn_a=(rig.allowed["car"],) * 3)
            rig.change(drawn_age_s=rig.t_s + 1 - sampled_s)
            rig.second()

    rig.following["car"] = False
    live(200)
    assert rig.limit() == 16.0
    rig.house = 22.0
    live(30)
    assert rig.limit() == 0.0
    mark = rig.t_s
    rig.house = 4.0
    live(600)
    assert rig.sent(since_s=mark)[0] == 6.0
    assert rig.limit() == 16.0
