"""A smart plug, or a bare meter: where no charger says that a car is there."""

from datetime import timedelta

import pytest

from custom_components.ev_sessions.core.sessions.session import EndReason, SessionEventType as Event, SessionStatus
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, TEN, Activity, Rig, kwh


def test_a_smart_plug_starts_above_a_threshold_and_ends_when_it_went_quiet() -> None:
    rig = Rig()
    rig.read(power_w=0.0, register_mwh=kwh(100))
    rig.read(120, power_w=49.0, register_mwh=kwh(100))
    assert not rig.sessions
    rig.read(0, power_w=2_000.0, register_mwh=kwh(100))
    rig.read(600, power_w=2_000.0, register_mwh=kwh(100.3))
    rig.read(600, power_w=3.0, register_mwh=kwh(100.6))
    assert rig.status() is SessionStatus.OPEN
    rig.tick(299)
    assert rig.status() is SessionStatus.OPEN
    rig.tick(1)
    assert rig.session.end == TEN + timedelta(seconds=1_320)
    assert rig.session.end_reason is EndReason.UNKNOWN
    assert rig.session.charging_ms == 1_200_000
    assert rig.session.energy_mwh == kwh(0.6)
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING, Event.DISCONNECTED]
    rig.check(energy_mwh=kwh(0.6))


def test_a_short_quiet_is_a_pause_of_the_car() -> None:
    rig = Rig()
    rig.read(power_w=2_000.0)
    rig.read(600, power_w=3.0)
    rig.read(200, power_w=2_000.0)
    rig.tick(60)
    assert [period.activity for period in rig.periods_of(rig.session)] == [CHARGING, FULL, CHARGING]
    assert rig.session.paused_ms == 200_000
    assert Event.RESUMED in rig.told
    rig.check()


def test_a_plug_without_any_counter_integrates_also_what_trickles_in_a_pause() -> None:
    rig = Rig()
    rig.read(power_w=2_000.0)
    rig.read(360, power_w=36.0)
    rig.read(100, power_w=2_000.0)
    rig.read(360, power_w=0.0)
    rig.tick(300)
    assert rig.session.energy_mwh == kwh(0.401)
    assert rig.session.estimated_mwh == kwh(0.401)
    assert rig.tracker.outside_mwh == 0
    assert rig.session.settled
    rig.check()


def test_what_trickles_after_a_session_is_of_no_session() -> None:
    rig = Rig()
    rig.read(power_w=2_000.0)
    rig.read(360, power_w=36.0)
    rig.tick(300)
    rig.tick(100)
    assert rig.session.energy_mwh == kwh(0.2)
    assert rig.tracker.outside_mwh == kwh(0.004)


def test_own_thresholds_count() -> None:
    rig = Rig(start_above_w=1_000.0, quiet_s=30.0)
    rig.read(power_w=900.0)
    assert not rig.sessions
    rig.read(60, power_w=1_000.0)
    rig.read(60, power_w=900.0)
    rig.tick(30)
    assert rig.session.end == TEN + timedelta(seconds=120)


def test_a_charger_that_has_told_of_a_car_is_believed_more_than_power() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, power_w=0.0)
    rig.read(60, power_w=5_000.0)
    assert not rig.sessions
    rig.read(60, activity=CHARGING, power_w=5_000.0)
    rig.read(60, power_w=0.0)
    rig.tick(900)
    assert rig.status() is SessionStatus.OPEN


def test_a_fault_without_a_letter_is_no_car() -> None:
    rig = Rig()
    rig.read(activity=Activity.FAULT, power_w=5_000.0)
    assert not rig.sessions


def test_a_register_alone_tells_a_session() -> None:
    rig = Rig()
    rig.read(register_mwh=kwh(100))
    for _ in range(10):
        rig.read(60, register_mwh=kwh(100))
    used = 0
    for minute in range(1, 21):
        used = minute * 100_000
        rig.read(60, register_mwh=kwh(100) + used + minute)
    for _ in range(10):
        rig.read(60, register_mwh=kwh(100) + used + 20)
    assert rig.session.start == TEN + timedelta(seconds=660 - 33, milliseconds=273)
    assert rig.session.end == TEN + timedelta(minutes=30)
    assert rig.session.energy_mwh == used + 20
    assert rig.session.charging_ms == rig.session.connected_ms
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING, Event.DISCONNECTED]
    rig.check(energy_mwh=used + 20)


def test_a_coarse_register_alone_does_not_split_between_its_steps() -> None:
    rig = Rig()
    rig.read(register_mwh=kwh(100))
    for step in range(1, 6):
        rig.read(1_500, register_mwh=kwh(100 + step))
        rig.tick(600)
    assert rig.status() is SessionStatus.OPEN
    assert rig.session.energy_mwh == kwh(5)
    rig.tick(5_400)
    assert rig.session.end == TEN + timedelta(seconds=5 * 1_500 + 4 * 600)
    rig.check(energy_mwh=kwh(5))


def test_a_register_alone_that_rises_at_the_second_look_begins_with_the_first() -> None:
    rig = Rig()
    rig.read(register_mwh=kwh(100))
    rig.read(10, register_mwh=kwh(100.1))
    assert rig.session.start == TEN
    assert rig.session.energy_mwh == kwh(0.1)
    rig.check(energy_mwh=kwh(0.1))


def test_a_register_alone_without_time_in_between_still_tells_a_session() -> None:
    rig = Rig()
    rig.read(register_mwh=kwh(100), register_at=None)
    rig.read(0, register_mwh=kwh(100.1), register_at=None)
    rig.read(60, register_mwh=kwh(100.2), register_at=None)
    assert rig.session.start == TEN
    rig.check(energy_mwh=kwh(0.2))


def test_a_register_alone_that_is_read_twice_says_it_once() -> None:
    rig = Rig()
    rig.read(register_mwh=kwh(100))
    rig.read(60, register_mwh=kwh(100.1))
    sampled = rig.now.utc
    rig.read(60, register_mwh=kwh(100.1), register_at=sampled)
    assert rig.status() is SessionStatus.OPEN
    rig.check(energy_mwh=kwh(0.1))


def test_a_restart_in_a_quiet_time_does_not_make_it_longer() -> None:
    rig = Rig()
    rig.read(power_w=2_000.0, register_mwh=kwh(100))
    rig.read(600, power_w=3.0, register_mwh=kwh(100.3))
    rig.tick(100)
    rig.restart(100)
    rig.read(50, power_w=3.0, register_mwh=kwh(100.3))
    assert rig.status() is SessionStatus.OPEN
    rig.tick(50)
    assert rig.status() is SessionStatus.ENDED
    assert rig.session.connected_ms == 600_000
    rig.check(energy_mwh=kwh(0.3))


def test_a_plug_that_charged_while_nobody_looked_was_not_quiet() -> None:
    rig = Rig()
    rig.read(power_w=2_000.0, register_mwh=kwh(100))
    rig.read(600, power_w=3.0, register_mwh=kwh(100.3))
    rig.restart(200)
    rig.read(50, power_w=3.0, register_mwh=kwh(100.4))
    assert rig.status() is SessionStatus.OPEN
    assert rig.session.charging_ms == 850_000
    rig.check(energy_mwh=kwh(0.4))


@pytest.mark.parametrize("power_w", [2_000.0, 3.0])
def test_a_plug_goes_on_after_a_restart(power_w: float) -> None:
    rig = Rig()
    rig.read(power_w=2_000.0, register_mwh=kwh(100))
    rig.read(600, power_w=2_000.0, register_mwh=kwh(100.3))
    rig.restart(60)
    assert rig.status() is SessionStatus.HELD
    rig.read(6, power_w=power_w, register_mwh=kwh(100.33))
    assert rig.status() is SessionStatus.OPEN
    rig.read(60, power_w=power_w, register_mwh=kwh(100.33))
    rig.tick(300)
    assert rig.status() is (SessionStatus.OPEN if power_w > 50 else SessionStatus.ENDED)
    rig.check(energy_mwh=kwh(0.33))
