"""What energy is counted from: a register that misbehaves, a session counter, or power alone."""

from datetime import timedelta

import pytest

from custom_components.ev_sessions.core.sessions.session import Quality
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, PREPARING, Rig, State, kwh


def test_without_a_register_the_chargers_session_counter_is_one() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, session_energy_mwh=kwh(7), power_w=0.0)
    rig.read(60, activity=PREPARING, session_energy_mwh=0, power_w=0.0)
    rig.read(60, activity=CHARGING, session_energy_mwh=0, power_w=7_000.0)
    for minute in range(1, 11):
        rig.read(60, activity=CHARGING, session_energy_mwh=kwh(0.1) * minute, power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, session_energy_mwh=kwh(1), power_w=0.0)
    rig.tick(120)
    assert rig.session.energy_mwh == kwh(1)
    assert rig.session.settled
    assert rig.session.register_start_mwh is None
    assert rig.session.register_end_mwh is None
    assert rig.tracker.energy_register_mwh == kwh(8)
    rig.check(energy_mwh=kwh(1))


def test_beside_a_register_the_session_counter_counts_nothing() -> None:
    rig = Rig()
    rig.show_small_steps(session_energy_mwh=0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), session_energy_mwh=0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(101), session_energy_mwh=kwh(1))
    rig.read(600, activity=CHARGING, session_energy_mwh=kwh(2))
    assert rig.session.energy_mwh == kwh(1)
    rig.read(10, activity=CHARGING, register_mwh=kwh(102), session_energy_mwh=kwh(2))
    assert rig.session.energy_mwh == kwh(2)


def test_a_register_that_comes_late_takes_over_from_the_session_counter() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, session_energy_mwh=0)
    rig.read(600, activity=CHARGING, session_energy_mwh=kwh(1))
    rig.read(0, activity=CHARGING, session_energy_mwh=kwh(1), register_mwh=kwh(500))
    rig.read(600, activity=CHARGING, session_energy_mwh=kwh(2), register_mwh=kwh(501))
    assert rig.session.energy_mwh == kwh(2)


def test_without_any_counter_power_is_integrated() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=7_200.0)
    rig.read(100, activity=CHARGING, power_w=3_600.0)
    rig.read(100, activity=CHARGING)  # not known: not counted
    rig.read(100, activity=AVAILABLE, power_w=3_600.0)
    rig.tick(100)
    assert rig.session.energy_mwh == kwh(0.3)
    assert rig.session.estimated_mwh == kwh(0.3)
    assert rig.session.settled
    assert rig.periods_of(rig.session)[0].quality is Quality.INTEGRATED
    assert rig.tracker.outside_mwh == 0
    rig.check()


def test_integration_loses_no_fraction_of_a_mwh() -> None:
    rig = Rig()
    for _ in range(1_000):
        rig.read(0.007, activity=CHARGING, power_w=1_234.567)
    assert rig.session.energy_mwh == 1_234_567 * 999 * 7 // 3_600_000


@pytest.mark.parametrize("power_w", [float("nan"), float("inf"), float("-inf"), 1e9, 13_201.0])
def test_power_that_cannot_be_is_not_known(power_w: float) -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=power_w)
    rig.read(600, activity=CHARGING, power_w=power_w)
    assert rig.session.energy_mwh == 0
    assert rig.periods_of(rig.session)[0].mean_power_w is None


def test_power_that_flows_back_is_none() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=-30.0)
    rig.read(600, activity=CHARGING, power_w=-30.0)
    assert rig.session.energy_mwh == 0
    assert rig.periods_of(rig.session)[0].mean_power_w == 0


def test_an_increment_over_an_unavailable_meter_is_estimated() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(60, activity=CHARGING, power_w=6_000.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.2), power_w=6_000.0)
    assert rig.session.estimated_mwh == kwh(0.2)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.3), power_w=6_000.0)
    assert rig.session.estimated_mwh == kwh(0.2)
    assert rig.periods_of(rig.session)[-1].quality is Quality.ESTIMATED
    rig.check()


def test_a_meter_that_blinks_estimates_nothing() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(5, activity=CHARGING, power_w=6_000.0)
    rig.read(55, activity=CHARGING, register_mwh=kwh(100.1), power_w=6_000.0)
    assert rig.session.estimated_mwh == 0


def test_one_sample_is_counted_once_however_often_it_is_read() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    sampled = rig.now.utc
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1), register_at=sampled + timedelta(seconds=60))
    for _ in range(3):
        rig.read(60, activity=CHARGING, register_mwh=kwh(100.1), register_at=sampled + timedelta(seconds=60))
    assert rig.tracker.register is not None
    assert rig.tracker.register.at_us == round((sampled.timestamp() + 60) * 1e6)


def test_a_late_sample_after_a_newer_one_lets_nothing_fall() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100))
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1))
    rig.read(0, activity=CHARGING, register_mwh=kwh(100.05), register_at=rig.now.utc - timedelta(seconds=30))
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.2))
    assert rig.session.energy_mwh == kwh(0.2)
    assert not rig.notes


def test_a_sample_without_an_instant_is_of_now() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), register_at=None)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1), register_at=None)
    assert rig.session.energy_mwh == kwh(0.1)


def test_a_negative_first_sample_is_none() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=-1)
    assert rig.tracker.register is None
    rig.read(60, activity=CHARGING, register_mwh=kwh(100))
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1))
    assert rig.session.energy_mwh == kwh(0.1)


def test_the_energy_register_rises_through_all_that_a_meter_does() -> None:
    rig = Rig()
    shown = []
    for value in (100, 100.1, 0, 100.2, 0, 0.1, 0.2, 400, 400.1, 399, 400.2, 9_000, 400.3):
        rig.read(60, activity=CHARGING, register_mwh=kwh(value))
        shown.append(rig.tracker.energy_register_mwh)
    assert shown == sorted(shown)  # type: ignore[type-var]
    assert shown[-1] == kwh(100.7)
    rig.check(energy_mwh=kwh(0.7))


@pytest.mark.parametrize(
    ("values", "used"),
    [
        pytest.param([2_000.0, 2_001.2, 1_000.0, 1_001.0], 2.2, id="a_reset_in_the_session_to_another_value"),
        pytest.param([999_999.0, 999_999.5, 0.5, 1.0], 2.0, id="a_rollover_at_a_thousand_million_wh"),
        pytest.param([0, 0.5, 1.0, 1.5], 1.5, id="from_zero_in_each_session"),
        pytest.param([100, 100.5, 0, 101.0], 1.0, id="one_value_of_zero"),
        pytest.param([100, 101, -1, 101.5], 1.5, id="one_value_below_zero"),
    ],
)
def test_the_wrongs_of_others_are_not_ours(values: list[float], used: float) -> None:
    rig = Rig()
    for value in values:
        rig.read(600, activity=CHARGING, register_mwh=kwh(value), power_w=6_000.0)
    assert rig.session.energy_mwh == kwh(used)


def test_the_second_session_does_not_begin_at_the_register_of_the_first() -> None:
    rig = Rig()
    rig.show_small_steps()
    for start, end in ((100.0, 105.0), (105.0, 106.5)):
        rig.read(60, activity=CHARGING, register_mwh=kwh(start), power_w=7_000.0)
        rig.read(3_600, activity=CHARGING, register_mwh=kwh(end), power_w=7_000.0)
        rig.read(60, activity=AVAILABLE, register_mwh=kwh(end), power_w=0.0)
        rig.tick(60)
    first, second = rig.sessions.values()
    assert first.energy_mwh == kwh(5)
    assert second.energy_mwh == kwh(1.5)
    assert second.register_start_mwh == kwh(105)


def test_ten_samples_at_once_keep_the_time_and_the_energy() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_200.0)
    rig.wait(100)
    for number in range(1, 11):
        at = rig.now.utc - timedelta(seconds=100 - 10 * number)
        rig.read(0, at=at, activity=CHARGING, register_mwh=kwh(100) + number * 20_000, power_w=7_200.0)
    assert rig.session.connected_ms == 100_000
    assert rig.session.energy_mwh == 200_000
    rig.check()


def test_a_long_idle_session_keeps_the_tracker_small() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(600, activity=FULL, register_mwh=kwh(100), power_w=0.0)
    for _ in range(24 * 7):
        rig.tick(3_600)
    assert len(rig.tracker.pending) <= 400
    rig.read(60, activity=FULL, register_mwh=kwh(101), power_w=0.0)
    assert rig.periods_of(rig.session)[0].energy_mwh == kwh(1)
    rig.check(energy_mwh=kwh(1))


def test_a_long_charge_on_a_dead_register_keeps_the_tracker_small() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    for _ in range(24 * 7):
        rig.tick(3_600)
    assert len(rig.tracker.pending) <= 400
    rig.check()


def test_many_sessions_on_a_dead_register_do_not_pile_up() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    for _ in range(40):
        rig.read(60, activity=CHARGING, power_w=6_000.0)
        rig.read(60, activity=AVAILABLE, power_w=0.0)
    assert len(rig.tracker.ended) <= 17
    rig.read(60, state=State.A, register_mwh=kwh(104), power_w=0.0)
    rig.check(energy_mwh=kwh(4))


def test_a_register_that_comes_back_with_its_last_sample_is_back() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    sampled = rig.now.utc
    rig.read(60, activity=AVAILABLE, power_w=0.0)
    rig.read(20, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100), register_at=sampled)
    rig.tick(100)
    assert rig.session.settled


def test_a_session_counter_that_begins_again_just_below_its_last_value_is_no_dip() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, session_energy_mwh=0)
    rig.read(600, activity=CHARGING, session_energy_mwh=kwh(1))
    rig.read(600, activity=AVAILABLE)
    rig.tick(100)
    rig.read(600, activity=CHARGING)
    rig.read(600, activity=CHARGING, session_energy_mwh=kwh(0.95))
    rig.read(600, activity=CHARGING, session_energy_mwh=kwh(1.1))
    first, second = rig.sessions.values()
    assert first.energy_mwh + second.energy_mwh == kwh(2.1)
    rig.check(energy_mwh=kwh(2.1))
