"""What a quicker meter would gain: nothing beside a quick one, the room that a slow one keeps otherwise."""

import pytest

from custom_components.ev_sessions.core.balancing.load import MeterPace
from tests.core.balancing.load_rig import LoadRig, car, site


def _pace(period_s: float, seconds: int, *, wish_a: float = 16.0) -> MeterPace:
    """Let a car charge beside a thermostat of 10 A, 70 s on and 50 s off, behind a meter of that period."""
    rig = LoadRig(site(margin_a=0.0), car(wish_a=wish_a), house=2.0)
    rig.period_s = period_s
    for second in range(seconds):
        rig.house = (14.0 if second % 120 < 70 else 4.0, 2.0, 2.0)
        rig.second()
    assert rig.decision is not None
    assert rig.decision.meter is not None
    return rig.decision.meter


def test_slow_meter_costs_room_that_a_quick_one_does_not() -> None:
    quick, slow = _pace(1.0, 2400), _pace(20.0, 2400)
    assert (quick.period_s, slow.period_s) == (1.0, 20.0)
    assert quick.gain_a == 0.0
    assert slow.gain_a is not None
    assert slow.gain_kwh is not None
    assert slow.gain_a > 0.5
    # Three lines at 230 V, four hours.
    assert slow.gain_kwh == pytest.approx(slow.gain_a * 3 * 230 * 4 / 1000, abs=0.25)


def test_gain_is_not_told_before_a_car_has_charged_for_half_an_hour() -> None:
    assert _pace(20.0, 1200).gain_a is None


def test_car_that_has_all_it_wants_gains_nothing_by_a_quicker_meter() -> None:
    assert _pace(20.0, 1200, wish_a=6.0).gain_kwh is None
