"""A source that says nothing while we run: a blink is nothing, more is a gap like any other."""

from datetime import timedelta

from custom_components.ev_sessions.core.sessions.session import (
    SessionEventType as Event,
    SessionStatus,
)
from tests.core.sessions.tracking.rig import (
    AVAILABLE,
    CHARGING,
    OUTSIDE,
    TEN,
    State,
    charging,
    empty,
    kwh,
)


def test_a_silent_source_holds_the_session_and_is_recovered_like_a_restart() -> None:
    rig = charging()
    rig.silence(10)
    assert rig.status() is SessionStatus.HELD
    rig.tick(3_600)
    assert rig.session.connected_ms == 360_000 + 3_610_000
    rig.read(0, activity=CHARGING, register_mwh=kwh(112), power_w=11_000.0, session_energy_mwh=kwh(12))
    assert rig.status() is SessionStatus.OPEN
    assert rig.session.energy_mwh == kwh(12)
    assert rig.session.estimated_mwh == kwh(10.9)
    rig.check(energy_mwh=kwh(12) + OUTSIDE)


def test_a_silent_source_that_comes_back_without_its_car_ends_the_session_then() -> None:
    rig = charging()
    rig.silence(10)
    rig.read(3_600, activity=AVAILABLE, register_mwh=kwh(101.1), power_w=0.0, session_energy_mwh=kwh(1.1))
    assert rig.session.end == rig.now.utc
    rig.check(energy_mwh=kwh(1.1) + OUTSIDE)


def test_a_silent_source_waits_for_its_register_after_it_is_back() -> None:
    rig = charging()
    rig.silence(10)
    rig.read(3_600, activity=CHARGING)
    assert rig.status() is SessionStatus.HELD
    rig.tick(300)
    assert rig.status() is SessionStatus.OPEN
    rig.check()


def test_a_source_that_blinks_without_a_car_is_nothing() -> None:
    rig = empty()
    rig.silence(10)
    rig.read(20, activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    assert not rig.sessions
    assert not rig.notes
    rig.check(energy_mwh=OUTSIDE)


def test_a_source_that_blinks_over_a_quarter_hour_is_cut_there() -> None:
    rig = charging()
    rig.read(400, activity=CHARGING, register_mwh=kwh(102.3), power_w=11_000.0, session_energy_mwh=kwh(2.3))
    rig.silence(0)
    rig.read(40, activity=CHARGING, register_mwh=kwh(102.4), power_w=11_000.0, session_energy_mwh=kwh(2.4))
    assert len(rig.periods_of(rig.session)) == 2
    assert rig.session.estimated_mwh == 0
    rig.check(energy_mwh=kwh(2.4) + OUTSIDE)


def test_a_car_that_seemed_to_leave_before_the_source_went_silent_has_left_if_it_is_gone() -> None:
    rig = charging()
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(101.2), power_w=0.0, session_energy_mwh=kwh(1.2))
    left = rig.now.utc
    rig.silence(5)
    rig.tick(3_600)
    assert rig.status() is SessionStatus.HELD
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(101.2), power_w=0.0, session_energy_mwh=kwh(1.2))
    assert rig.session.end == left
    rig.check(energy_mwh=kwh(1.2) + OUTSIDE)


def test_a_car_that_left_for_certain_is_gone_though_its_charger_goes_silent_at_once() -> None:
    rig = charging()
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(101.2), power_w=0.0, session_energy_mwh=kwh(1.2), left=True)
    left = rig.now.utc
    rig.silence(5)
    assert rig.session.status is SessionStatus.ENDED
    assert rig.session.end == left
    rig.tick(3_600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(101.2), power_w=0.0, session_energy_mwh=0)
    assert [session.end for session in rig.sessions.values()] == [left, None]


def test_a_car_that_left_for_certain_just_before_a_restart_is_gone_after_it() -> None:
    rig = charging()
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(101.2), power_w=0.0, session_energy_mwh=kwh(1.2), left=True)
    left = rig.now.utc
    rig.restart(4)
    assert rig.session.status is SessionStatus.ENDED
    assert rig.session.end == left
    rig.check(energy_mwh=kwh(1.2) + OUTSIDE)


def test_a_charger_that_reboots_shows_no_car_for_a_moment() -> None:
    rig = charging()
    rig.silence(5)
    rig.read(30, state=State.A)
    rig.silence(2)
    rig.read(5, activity=CHARGING, register_mwh=kwh(101.15), power_w=11_000.0, session_energy_mwh=kwh(1.15))
    assert rig.status() is SessionStatus.OPEN
    assert Event.DISCONNECTED not in rig.told
    rig.check(energy_mwh=kwh(1.15) + OUTSIDE)


def test_a_clock_set_back_while_another_session_settles() -> None:
    rig = charging()
    rig.read(30, activity=AVAILABLE, power_w=0.0)
    rig.read(20, activity=CHARGING, power_w=11_000.0)
    rig.set_clock(-3_600)
    rig.read(30, activity=CHARGING, power_w=11_000.0)
    rig.read(30, activity=CHARGING, power_w=11_000.0, register_mwh=kwh(101.3))
    first, second = rig.sessions.values()
    assert first.start == TEN + timedelta(minutes=2) - timedelta(hours=1)
    assert second.start == TEN + timedelta(seconds=530) - timedelta(hours=1)
    rig.check(energy_mwh=kwh(1.3) + OUTSIDE)
