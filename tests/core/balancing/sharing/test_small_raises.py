"""A raise that is hardly worth a command waits; a start, a large raise and every lowering do not."""

import pytest

from tests.core.balancing.load_rig import LoadRig, car, site


@pytest.mark.parametrize(("house_a", "limit_a"), [(13.0, 10.0), (11.0, 13.0)])
def test_small_raise_just_after_a_command_waits_and_a_large_one_does_not(house_a: float, limit_a: float) -> None:
    rig = LoadRig(site(), car(), house=10.0)
    rig.run(200)
    rig.house = 14.5
    rig.second()
    assert rig.limit() == 9.0
    rig.house = house_a
    rig.run(30)
    assert rig.limit() == (limit_a if limit_a > 11 else 9.0)
    rig.run(60)
    assert rig.limit() == (11.0 if limit_a < 11 else limit_a)


def test_start_waits_for_no_command_however_coarse_the_steps_of_the_charger_are() -> None:
    rig = LoadRig(site(), car(step_a=4.0), house=10.0)
    rig.run(200)
    rig.house = 22.0
    rig.second()
    assert rig.limit() == 0.0
    rig.house = 16.0
    rig.run(35)  # a pause lasts half a minute
    assert rig.limit() == 6.0
