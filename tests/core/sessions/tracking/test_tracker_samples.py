"""What a reading leaves behind, and what the next one is held to."""

from dataclasses import replace

import pytest

from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import EndReason, SessionStatus
from custom_components.ev_sessions.core.sessions.tracking.step import NoteKey
from custom_components.ev_sessions.core.sessions.tracking.tracker import rewired
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, OUTSIDE, Rig, charging, kwh


def test_a_car_that_is_gone_after_a_gap_is_gone_though_the_register_never_comes_back() -> None:
    rig = charging()
    rig.restart(600)
    rig.read(0, activity=AVAILABLE)
    assert rig.status() is SessionStatus.HELD
    rig.tick(301)
    assert rig.session.end_reason is EndReason.UNPLUGGED


def test_how_often_a_charger_tells_its_power_is_learned() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=1_000.0)
    rig.read(30, activity=CHARGING, power_w=1_000.0)
    rig.read(5, activity=CHARGING)
    assert rig.tracker.alignment.pace_us == 30_000_000
    assert rig.tracker.alignment.read_us == rig.tracker.at_us - 5_000_000


def test_a_session_counter_that_was_not_told_for_once_is_not_forgotten() -> None:
    rig = charging()
    rig.read(10, activity=CHARGING, register_mwh=kwh(101.13), power_w=11_000.0)
    rig.restart(3_600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(105.13), power_w=11_000.0, session_energy_mwh=kwh(0.5))
    assert [session.energy_mwh for session in rig.sessions.values()] == [kwh(4.63), kwh(0.5)]
    rig.check(energy_mwh=OUTSIDE + kwh(5.13))


@pytest.mark.parametrize(("away_s", "estimated"), [(50, False), (90, True)])
def test_what_a_session_counter_counted_while_it_was_away_is_a_guess(away_s: int, estimated: bool) -> None:
    rig = Rig()
    for used in (0, 0.02, 0.05):
        rig.read(10, activity=CHARGING, session_energy_mwh=kwh(used), power_w=11_000.0)
    rig.read(10, activity=CHARGING, power_w=11_000.0)
    rig.read(away_s, activity=CHARGING, session_energy_mwh=kwh(0.3), power_w=11_000.0)
    assert rig.session.energy_mwh == kwh(0.3)
    assert rig.session.estimated_mwh == (kwh(0.25) if estimated else 0)


def test_a_sample_that_is_told_again_and_again_does_not_prove_itself() -> None:
    rig = charging()
    spike_at = rig.wait(10).now.utc
    for _ in range(3):
        rig.read(5, activity=CHARGING, register_mwh=kwh(150), register_at=spike_at, power_w=11_000.0)
        rig.tick(5)
    assert rig.session.energy_mwh == kwh(1.1)
    rig.read(5, activity=CHARGING, register_mwh=kwh(101.22), power_w=11_000.0)
    assert rig.noted == [NoteKey.REGISTER_SPIKE]
    rig.check(energy_mwh=OUTSIDE + kwh(1.22))


def test_a_session_counter_that_leapt_and_stays_is_believed_once() -> None:
    rig = Rig()
    for used in (0, 0.02, 0.05):
        rig.read(10, activity=CHARGING, session_energy_mwh=kwh(used), power_w=11_000.0)
    rig.read(10, activity=CHARGING, session_energy_mwh=kwh(9), power_w=11_000.0)
    for _ in range(5):
        rig.tick(60)
    assert rig.noted == [NoteKey.REGISTER_JUMP]
    rig.read(10, activity=CHARGING, session_energy_mwh=kwh(9.5), power_w=11_000.0)
    assert rig.session.energy_mwh == kwh(0.55)


def test_a_charger_that_is_out_of_order_still_has_no_car_where_it_had_none() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, power_w=0.0)
    rig.read(60, activity=Activity.UNAVAILABLE, power_w=500.0)
    rig.tick(3_600)
    assert rig.tracker.outside_mwh == 0
    assert rig.tracker.presence.connected is False


def test_a_charger_that_is_reached_another_way_keeps_what_that_way_has() -> None:
    tracker = charging().tracker
    assert tracker.counter_mwh is not None
    same = rewired(tracker, status=True, register=True, same_register=True, counter=True)
    assert same == replace(tracker, power_mw=None)
    less = rewired(tracker, status=False, register=True, same_register=False, counter=False)
    assert (less.has_status, less.presence.connected) == (False, None)
    assert (less.counter, less.counter_mwh, less.sampled_us) == (None, None, None)
    assert less.register is not None
    assert less.register.other
    assert rewired(tracker, status=True, register=False, same_register=False, counter=True).register is None
    by_counter = Rig()
    by_counter.read(activity=CHARGING, session_energy_mwh=kwh(1))
    assert rewired(by_counter.tracker, status=True, register=False, same_register=False, counter=False).counter is None
    kept = rewired(by_counter.tracker, status=True, register=False, same_register=False, counter=True)
    assert kept.counter == by_counter.tracker.counter is not None


def test_a_session_is_looked_at_again_at_the_quarter_hour_and_nobodys_time_once_a_minute() -> None:
    rig = Rig()
    assert rig.read(870, activity=AVAILABLE).check_again_s == 60
    assert rig.read(0, activity=CHARGING).check_again_s == 30
