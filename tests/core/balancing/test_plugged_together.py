"""Cars that are plugged in within a second, all of whose least currents fit: nobody is paused to wait for his turn."""

from typing import override

import pytest

from custom_components.ev_sessions.core.balancing.sharing.allotment import Contender, allot
from custom_components.ev_sessions.core.balancing.sharing.fair_share import Claim
from tests.core.balancing.closed_loop import FLICKER_A, FUSE_A, House, Loop
from tests.core.balancing.load_rig import LoadRig, car, site

type Commands = list[tuple[float, str, float]]


class QuietHouse(House):
    """It takes the same all the time, but for its flicker."""

    @override
    def at(self, t_s: float) -> list[float]:
        return [2.0 + FLICKER_A * self.rng.random() for _ in range(3)]


def plugged_together(seed: int, *, meter_period_s: float = 1.0, until_s: float = 400.0) -> tuple[Loop, Commands]:
    """Plug three cars in, half a second after each other; return what they were told from then on."""
    loop = Loop(seed, meter_period_s=meter_period_s, lines=((0, 1, 2),) * 3)
    loop.house = QuietHouse(loop.rng)
    for one in loop.cars:
        one.plugged = False
    told: Commands = []
    for number, one in enumerate(loop.cars):
        loop.until(100.0 + number / 2)
        one.plug(loop.t_s, plugged=True)
    while loop.t_s < until_s:
        waiting = [len(one.arriving) for one in loop.cars]
        at_s = loop.t_s
        loop.until(loop.t_s + loop.dt_s)
        for one, before in zip(loop.cars, waiting, strict=True):
            if one.arriving and (len(one.arriving) > before or one.arriving[-1][0] > at_s + 0.5):
                told.append((at_s, one.evse.id, one.arriving[-1][1]))
    return loop, told


@pytest.mark.parametrize("meter_period_s", [1.0, 5.0, 10.0])
@pytest.mark.parametrize("seed", range(6))
def test_who_has_begun_is_not_paused_while_the_least_of_all_fits(seed: int, meter_period_s: float) -> None:
    loop, told = plugged_together(seed, meter_period_s=meter_period_s)
    begun: set[str] = set()
    for at_s, who, limit_a in told:
        assert limit_a > 0 or who not in begun, (at_s, told)
        if limit_a > 0:
            begun.add(who)
    # 22 A less the margin for three.
    assert [car.limit_a for car in loop.cars] == [7.0] * 3
    assert loop.run.over_a_s < FUSE_A


def on(name: str, current_a: float) -> Contender:
    claim = Claim(id=name, min_a=6.0, max_a=16.0, step_a=1.0, weight=1.0, loads=((0, 1.0),))
    return Contender(claim, 16.0, current_a, current_a, True, True, True, False, False)


@pytest.mark.parametrize(("present_a", "kept_a"), [(16.0, 6.0), (11.9, 0.0)])
def test_room_that_has_not_lasted_keeps_who_charges_at_his_least_and_lets_nobody_begin(
    present_a: float, kept_a: float
) -> None:
    limits, goal = allot([on("first", 6.0), on("second", 8.0)], [10.0], [present_a], [present_a])
    assert goal == {"first": 10.0}
    assert limits["second"] == kept_a
    limits, _ = allot([on("first", 6.0), on("waits", 0.0)], [10.0], [14.0], [14.0])
    assert limits["waits"] == 0.0


def test_car_that_begins_unmeasured_while_its_station_calls_it_satisfied_is_not_taken_for_the_house() -> None:
    """A station says SuspendedEV until its car draws, and tells what it draws with its first sample only."""
    rig = LoadRig(site(), car("first"), car("second", connected=False, drawn_a=None), house=11.0)
    rig.run(150)
    assert rig.limit("first") == 13.0
    rig.change("second", connected=True)
    rig.run(10)
    assert (rig.limit("first"), rig.limit("second")) == (7.0, 6.0)
    mark_s = rig.t_s
    rig.change("second", wants=False)
    rig.run(2)
    rig.house = 17.0  # 6 A of it are the car's
    rig.run(8)
    rig.change("second", wants=True)
    rig.run(2)
    rig.house = 11.0
    rig.change("second", drawn_a=(6.0,) * 3)
    rig.run(60)
    assert rig.sent(since_s=mark_s) == []
