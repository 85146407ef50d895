"""Three quarter hours of an evening with the balancer itself: the mean ends under the target, with few commands."""

from dataclasses import replace
from math import inf
from random import Random

import pytest

from custom_components.ev_sessions.core.balancing.limits.peak_demand import PeakSeen, PeakState, allowed, look
from custom_components.ev_sessions.core.balancing.load import LimitNow
from tests.core.balancing.load_rig import Circuit, LoadRig, car, site

QUARTER_S = 900.0
TARGET_W = 8000.0
VOLTAGE_V = 230.0


def evening(seed: int) -> list[float]:
    """Return the house's power of each second: a base, a kettle now and then, an oven with its thermostat."""
    random = Random(seed)
    powers = [random.uniform(300.0, 900.0)] * 2700
    for _ in range(6):
        begin = random.randrange(2600)
        for second in range(begin, min(2700, begin + random.randrange(90, 200))):
            powers[second] += 2200.0
    begin = random.randrange(1500)
    for second in range(begin, begin + 1200):
        powers[second] += 2500.0 if (second - begin) % 120 < 70 else 0.0
    return powers


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_evening_keeps_each_quarter_hour_under_the_target(seed: int) -> None:
    root = Circuit(id="root", name="House", limit_a=(40.0,) * 3, limit_w=inf, moves=True)
    rig = LoadRig(replace(site(), circuits=(root,)), car())
    state, means, house_means = PeakState(), [], []
    energy_ws = house_ws = car_ws = 0.0
    for power_w in evening(seed):
        rig.house = power_w / VOLTAGE_V / 3
        drawn_w = sum(rig.evses["car"].drawn_a or ()) * VOLTAGE_V
        now = rig.now().later(1.0)
        state = look(state, PeakSeen(power_w=power_w + drawn_w, cars_w=drawn_w), QUARTER_S, now)
        answer = allowed(state, TARGET_W, QUARTER_S, now)
        assert answer is not None
        state = replace(state, held_w=answer.cars_w)
        rig.limits = replace(rig.limits, now={"root": LimitNow(cars_w=answer.cars_w)})
        rig.second()
        drawn_w = sum(rig.evses["car"].drawn_a or ()) * VOLTAGE_V
        energy_ws += power_w + drawn_w
        house_ws += power_w
        car_ws += drawn_w
        if rig.t_s % QUARTER_S == 0:
            means.append(energy_ws / QUARTER_S)
            house_means.append(house_ws / QUARTER_S)
            energy_ws = house_ws = 0.0
    assert len(means) == 3
    assert all(mean <= TARGET_W for mean in means)
    # What the house leaves under the target, less the patience of the start and of pauses, is used.
    left_ws = sum(TARGET_W - house for house in house_means) * QUARTER_S
    assert car_ws > 0.8 * left_ws
    assert len(rig.commands) <= 30
