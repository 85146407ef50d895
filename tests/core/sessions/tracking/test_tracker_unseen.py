"""What must not be made of a time in which nobody looked, and of a source that blinks."""

from custom_components.ev_sessions.core.sessions.session import EndReason, Quality, SessionStatus
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, OUTSIDE, Rig, charging, empty, kwh


def test_the_power_of_before_a_stop_says_nothing_of_the_time_in_which_nobody_looked() -> None:
    rig = charging()
    rig.restart(600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(101.4), power_w=2_000.0)
    rig.tick(60)
    unseen = [period for period in rig.periods_of(rig.session) if period.quality is Quality.ESTIMATED]
    assert sum(period.duration_ms for period in unseen) == 600_000
    assert {period.mean_power_w for period in unseen} == {None}


def test_what_a_source_shows_after_a_blink_counts_at_once() -> None:
    rig = charging()
    rig.silence(5)
    rig.read(5, activity=FULL, register_mwh=kwh(101.1), power_w=0.0)
    rig.tick(20)
    assert rig.periods_of(rig.session)[-1].activity is FULL
    assert rig.periods_of(rig.session)[-1].duration_ms == 20_000


def test_a_source_that_never_comes_is_waited_for_however_long_that_is() -> None:
    rig = charging()
    rig.restart(60)
    for _ in range(5):
        rig.tick(200)
        assert rig.status() is SessionStatus.HELD


def test_a_car_that_seemed_to_leave_just_before_a_silence_and_is_there_has_never_been_away() -> None:
    rig = charging()
    rig.read(10, activity=AVAILABLE, register_mwh=kwh(101.1), power_w=0.0)
    rig.silence(3)
    rig.read(600, activity=CHARGING, register_mwh=kwh(101.12), power_w=11_000.0, session_energy_mwh=kwh(1.12))
    assert rig.status() is SessionStatus.OPEN
    rig.check(energy_mwh=OUTSIDE + kwh(1.12))


def test_a_few_wh_of_a_car_that_was_quiet_before_a_stop_and_after_it_are_not_lost() -> None:
    rig = Rig()
    rig.read(register_mwh=kwh(99.999), power_w=0.0)
    rig.read(60, register_mwh=kwh(100), power_w=0.0)
    rig.read(60, register_mwh=kwh(100), power_w=3_000.0)
    rig.read(600, register_mwh=kwh(100.5), power_w=3_000.0)
    rig.read(10, register_mwh=kwh(100.508), power_w=2.0)
    rig.restart(120)
    rig.read(0, register_mwh=kwh(100.528), power_w=2.0)
    rig.tick(600)
    assert rig.session.status is SessionStatus.ENDED
    rig.check(energy_mwh=kwh(0.529))


def test_a_session_counter_at_zero_is_no_session_where_the_car_is_gone() -> None:
    rig = charging()
    rig.restart(600)
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(101.3), power_w=0.0, session_energy_mwh=0)
    assert rig.session.end_reason is EndReason.UNPLUGGED
    rig.check(energy_mwh=OUTSIDE + kwh(1.3))


def test_a_car_without_any_counter_that_charges_before_and_after_has_charged_in_between() -> None:
    rig = Rig()
    rig.read(activity=CHARGING)
    rig.restart(600)
    rig.read(0, activity=CHARGING)
    rig.tick(60)
    assert rig.session.charging_ms == 660_000


def test_a_session_counter_alone_tells_of_a_long_charge_of_the_next_car() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, session_energy_mwh=0, power_w=7_000.0)
    rig.read(3_600, activity=CHARGING, session_energy_mwh=kwh(7), power_w=7_000.0)
    rig.restart(3_600)
    rig.read(0, activity=CHARGING, session_energy_mwh=kwh(5), power_w=7_000.0)
    rig.tick(60)
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(7), kwh(5))
    assert second.start < rig.now.utc
    rig.check()


def test_what_is_less_than_a_session_is_the_new_cars_though_its_own_counter_has_not_all_of_it() -> None:
    rig = empty()
    rig.restart(3_600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(102.03), power_w=7_000.0, session_energy_mwh=kwh(2))
    rig.tick(60)
    assert rig.session.energy_mwh == kwh(2.03)
    assert rig.session.register_start_mwh == kwh(100)
    # At the power of now: 2.03 kWh at 7 kW.
    assert abs(rig.session.charging_ms - 1_104_000) < 1_000
