"""A charger that is reached another way from now on keeps its session and its total."""

from datetime import timedelta

from custom_components.ev_sessions.core.sessions.tracking.tracker import rewired
from tests.core.sessions.tracking.rig import CHARGING, Rig, kwh


def test_another_meter_is_a_new_zero_and_the_total_goes_on() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(101), power_w=6_000.0)
    rig.tracker = rewired(rig.tracker, status=True, register=True, same_register=False, counter=False)
    rig.read(10, activity=CHARGING, register_mwh=kwh(96), power_w=6_000.0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(97), power_w=6_000.0)
    assert rig.session.energy_mwh == kwh(2)
    assert rig.tracker.energy_register_mwh == kwh(102)
    assert not rig.notes
    rig.check(energy_mwh=kwh(2.003))


def test_the_same_meter_goes_on_where_it_was() -> None:
    rig = Rig()
    rig.show_small_steps(session_energy_mwh=0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.tracker = rewired(rig.tracker, status=True, register=True, same_register=True, counter=True)
    rig.read(600, activity=CHARGING, register_mwh=kwh(101), power_w=6_000.0)
    assert rig.session.energy_mwh == kwh(1)


def test_a_charger_that_is_only_a_plug_from_now_on_is_followed_by_power() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(101), power_w=6_000.0)
    rig.tracker = rewired(rig.tracker, status=False, register=False, same_register=False, counter=False)
    rig.read(0, power_w=6_000.0)
    rig.read(600, power_w=0.0)
    rig.tick(300)
    assert rig.session.energy_mwh == kwh(2)
    assert rig.session.estimated_mwh == kwh(1)
    assert rig.session.end == rig.now.utc - timedelta(seconds=300)
    rig.check()


def test_a_plug_that_becomes_a_charger_is_believed() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=6_000.0)
    rig.tracker = rewired(rig.tracker, status=True, register=True, same_register=False, counter=True)
    rig.read(600, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(50))
    rig.read(600, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(51))
    assert rig.session.energy_mwh == kwh(1)
    rig.check()
