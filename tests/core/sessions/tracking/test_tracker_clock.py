"""The wall clock is set: no duration, time-out or total is wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.sessions.session import SessionStatus
from custom_components.ev_sessions.core.sessions.tracking.step import NoteKey
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, PREPARING, TEN, Rig, kwh

HOUR = 3_600
TO_1970 = (datetime(1970, 1, 1, 0, 0, 10, tzinfo=UTC) - TEN).total_seconds()


def charge(rig: Rig, minutes: int, start_kwh: float) -> float:
    """Charge at 6 kW for some minutes, with a sample each minute; return the register."""
    for minute in range(1, minutes + 1):
        rig.read(60, activity=CHARGING, register_mwh=kwh(start_kwh + minute / 10), power_w=6_000.0)
    return start_kwh + minutes / 10


@pytest.mark.parametrize("by_s", [HOUR, -HOUR, 1_234.5, -7_777, 86_400 * 3, TO_1970])
def test_a_session_keeps_its_length_and_its_energy_when_the_clock_is_set(by_s: float) -> None:
    rig = Rig()
    rig.read(activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    register = charge(rig, 40, 100)
    rig.set_clock(by_s)
    register = charge(rig, 40, register)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(register), power_w=0.0)
    rig.tick(120)
    session = rig.session
    assert session.connected_ms == 81 * 60_000
    assert session.charging_ms == 80 * 60_000
    assert session.energy_mwh == kwh(8)
    assert session.settled
    assert NoteKey.CLOCK_SET in rig.noted
    assert not {"register_jump", "register_reset", "register_glitch"} & set(rig.noted)
    by = timedelta(0) if by_s == TO_1970 else timedelta(seconds=by_s)
    assert session.start == TEN + by
    assert session.end == TEN + by + timedelta(minutes=81)
    rig.check(energy_mwh=kwh(8), cut_exactly=by_s not in {1_234.5, -7_777})


@pytest.mark.parametrize("by_s", [HOUR, -HOUR, TO_1970])
def test_a_clock_that_is_set_and_set_back_leaves_no_trace(by_s: float) -> None:
    told = []
    for steps in ((), (by_s, -by_s)):
        rig = Rig()
        rig.read(activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
        register = charge(rig, 20, 100)
        for step in steps or (0, 0):
            rig.set_clock(step)
            register = charge(rig, 20, register)
        rig.read(60, activity=AVAILABLE, register_mwh=kwh(register), power_w=0.0)
        rig.tick(60)
        rig.check(energy_mwh=kwh(6))
        told.append(rig.session)
    assert told[0].energy_mwh == told[1].energy_mwh
    assert (told[0].start, told[0].end, told[0].connected_ms) == (told[1].start, told[1].end, told[1].connected_ms)


@pytest.mark.parametrize("by_s", [HOUR, -HOUR, TO_1970])
def test_time_outs_do_not_follow_the_wall_clock(by_s: float) -> None:
    rig = Rig()
    rig.read(activity=CHARGING)
    rig.read(60, activity=AVAILABLE)
    rig.set_clock(by_s).tick(5)
    assert rig.status() is SessionStatus.OPEN
    rig.tick(5)
    assert rig.status() is SessionStatus.ENDED
    assert rig.session.connected_ms == 60_000


def test_the_drift_of_clocks_is_none_of_our_business() -> None:
    rig = Rig()
    rig.read(activity=CHARGING)
    rig.set_clock(1.9).tick(60)
    assert rig.session.connected_ms == 60_000
    assert not rig.notes


def test_the_ledger_is_told_to_move_what_it_has() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    charge(rig, 40, 100)
    (moved,) = rig.set_clock(HOUR).tick().redated
    assert (moved.session_id, moved.before_index, moved.shift_ms) == ("session-1", 2, 3_600_000)
    assert rig.periods_of(rig.session)[0].start == TEN + timedelta(hours=1)
    rig.check()


def test_a_clock_that_is_set_in_a_silence_moves_it() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1), power_w=6_000.0)
    rig.silence(10)
    rig.tick(600)
    rig.set_clock(-HOUR).tick(10)
    rig.read(10, activity=CHARGING, register_mwh=kwh(101.1), power_w=6_000.0)
    assert rig.session.connected_ms == 690_000
    assert rig.session.start == TEN - timedelta(hours=1)
    rig.check(energy_mwh=kwh(1.1))


def test_a_clock_that_is_set_while_an_ended_session_waits_moves_that_too() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    charge(rig, 5, 100)
    rig.read(30, activity=AVAILABLE, power_w=0.0)
    rig.tick(10)
    rig.set_clock(HOUR).tick(1)
    rig.read(1, activity=AVAILABLE, register_mwh=kwh(100.55), power_w=0.0)
    assert rig.session.end == TEN + timedelta(hours=1, seconds=330)
    assert rig.session.settled
    assert rig.session.energy_mwh == kwh(0.55)
    rig.check(energy_mwh=kwh(0.55))


def test_a_clock_that_is_set_leaves_a_final_session_alone() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100.0), power_w=0.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.0), power_w=6_000.0)
    for tenth in (1, 2):
        rig.read(60, activity=CHARGING, register_mwh=kwh(100 + tenth / 10), power_w=6_000.0)
    rig.read(45, activity=AVAILABLE, register_mwh=kwh(100.2), power_w=0.0)
    rig.tick(600)
    assert rig.session.settled
    before = rig.session
    assert rig.set_clock(HOUR).tick(1).redated == ()
    assert rig.session == before


# A start with a clock that is wrong


def test_a_pi_that_boots_in_1970_holds_its_session_in_the_present() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    charge(rig, 10, 100)
    snapshot = rig.tracker.to_json()
    true = rig.now.utc + timedelta(hours=1)
    rig.now = Now(utc=datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC), monotonic_s=20.0)
    rig.restart(0, snapshot=snapshot)
    rig.tick(30)
    assert rig.session.start == TEN
    # The time comes before the source does: the gap was an hour.
    rig.now = Now(utc=true + timedelta(seconds=60), monotonic_s=80.0)
    rig.tick()
    rig.read(10, activity=CHARGING, register_mwh=kwh(107), power_w=6_000.0)
    session = rig.session
    assert session.start == TEN
    assert session.connected_ms == 600_000 + 3_670_000
    assert session.energy_mwh == kwh(7)
    rig.check(energy_mwh=kwh(7))


def test_a_source_that_reports_in_1970_goes_on_from_where_it_was() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    register = charge(rig, 10, 100)
    snapshot = rig.tracker.to_json()
    true = rig.now.utc + timedelta(hours=1)
    rig.now = Now(utc=datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC), monotonic_s=20.0)
    rig.restart(0, snapshot=snapshot)
    register = charge(rig, 5, register)
    assert rig.status() is SessionStatus.OPEN
    assert rig.session.connected_ms == 900_000
    rig.now = Now(utc=true + timedelta(seconds=300), monotonic_s=320.0)
    charge(rig, 5, register)
    assert rig.session.connected_ms == 1_200_000
    assert rig.session.energy_mwh == kwh(2)
    rig.check(energy_mwh=kwh(2))


@pytest.mark.parametrize("wall", [datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC), TEN + timedelta(minutes=11)])
def test_what_was_used_while_the_machine_was_off_is_not_lost_where_its_clock_does_not_know_of_it(
    wall: datetime,
) -> None:
    rig = Rig(boot_id="one")
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    charge(rig, 10, 100)
    true = rig.now.utc + timedelta(hours=1)
    rig.context = replace(rig.context, boot_id="two")
    snapshot = rig.tracker.to_json()
    rig.now = Now(utc=wall, monotonic_s=20.0)
    rig.restart(0, snapshot=snapshot)
    # The charger went on for an hour, and tells so before anybody tells the time.
    register = charge(rig, 5, 107)
    assert rig.session.energy_mwh == kwh(7.5)
    # The first word after it is believed with the second.
    assert rig.session.estimated_mwh == kwh(6.2)
    rig.now = Now(utc=true + timedelta(seconds=300), monotonic_s=320.0)
    charge(rig, 5, register)
    assert rig.session.energy_mwh == kwh(8)
    rig.check(energy_mwh=kwh(8), cut_exactly=False)


def test_a_session_of_1970_is_dated_when_the_time_comes() -> None:
    rig = Rig(start=datetime(1970, 1, 1, 0, 1, tzinfo=UTC))
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    register = charge(rig, 4, 100)
    rig.now = Now(utc=TEN, monotonic_s=rig.now.monotonic_s)
    charge(rig, 4, register)
    assert rig.session.start == TEN - timedelta(minutes=4)
    assert rig.session.connected_ms == 480_000
    rig.check(energy_mwh=kwh(0.8))


def test_a_snapshot_of_1970_is_dated_at_the_next_start() -> None:
    rig = Rig(start=datetime(1970, 1, 1, 0, 1, tzinfo=UTC))
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    register = charge(rig, 4, 100)
    rig.now = Now(utc=TEN, monotonic_s=5.0)
    rig.restart(0)
    charge(rig, 4, register)
    assert rig.session.start == TEN - timedelta(minutes=4)
    assert rig.session.connected_ms == 480_000
    rig.check(energy_mwh=kwh(0.8))


def test_a_pi_whose_clock_was_saved_before_the_stop_learns_the_length_of_the_gap() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    charge(rig, 10, 100)
    snapshot = rig.tracker.to_json()
    rig.now = Now(utc=TEN + timedelta(minutes=3), monotonic_s=20.0)
    rig.restart(0, snapshot=snapshot)
    rig.tick(10)
    rig.set_clock(4_000).tick(1)
    rig.read(1, activity=CHARGING, register_mwh=kwh(105), power_w=6_000.0)
    assert rig.session.start == TEN
    assert rig.session.connected_ms == (180 + 4_000 + 12) * 1_000
    rig.check(energy_mwh=kwh(5))


def test_a_clock_that_is_behind_at_a_start_and_stays_there_is_right() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    register = charge(rig, 10, 100)
    snapshot = rig.tracker.to_json()
    rig.now = Now(utc=TEN + timedelta(minutes=3), monotonic_s=20.0)
    rig.restart(0, snapshot=snapshot)
    charge(rig, 5, register)
    assert rig.session.start == TEN - timedelta(minutes=7)
    assert rig.session.connected_ms == 900_000
    rig.check(energy_mwh=kwh(1.5), cut_exactly=False)


def test_a_snapshot_from_far_in_the_future_is_brought_back() -> None:
    rig = Rig(start=TEN + timedelta(days=20_000))
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    register = charge(rig, 10, 100)
    rig.now = Now(utc=TEN, monotonic_s=20.0)
    rig.restart(0)
    charge(rig, 5, register)
    assert rig.session.start == TEN - timedelta(minutes=10)
    rig.check(energy_mwh=kwh(1.5))


def test_a_clock_that_is_set_after_a_restart_without_a_reboot_is_no_gap() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    register = charge(rig, 10, 100)
    rig.restart(20)
    rig.set_clock(HOUR).tick(5)
    rig.read(5, activity=CHARGING, register_mwh=kwh(register), power_w=6_000.0)
    assert rig.session.connected_ms == 630_000
    assert rig.session.start == TEN + timedelta(hours=1)
    rig.check(energy_mwh=kwh(1))


@given(jumps=st.lists(st.sampled_from((0, 0, 0, HOUR, -HOUR, 900, 86_400, -86_400, TO_1970)), max_size=8))
def test_whatever_people_do_to_the_clock_durations_and_totals_stand(jumps: list[float]) -> None:
    rig = Rig()
    rig.read(activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    register = 100.0
    for jump in jumps:
        if rig.now.utc + timedelta(seconds=jump) > datetime(1970, 1, 1, tzinfo=UTC):
            rig.set_clock(jump)
        register = charge(rig, 7, register)
    rig.read(60, activity=FULL, register_mwh=kwh(register), power_w=0.0)
    assert rig.session.connected_ms == (7 * len(jumps) + 1) * 60_000
    assert rig.session.energy_mwh == round((register - 100) * 10) * 100_000
    rig.check(cut_exactly=False)


@pytest.mark.parametrize("by_s", [HOUR, -HOUR, TO_1970])
def test_a_clock_that_is_set_while_home_assistant_is_down_is_no_gap_where_the_machine_ran_on(by_s: float) -> None:
    rig = Rig(boot_id="one")
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    register = charge(rig, 10, 100)
    rig.set_clock(by_s).restart(20)
    rig.read(10, activity=CHARGING, register_mwh=kwh(register), power_w=6_000.0)
    assert rig.session.connected_ms == 630_000
    assert rig.session.start == TEN + timedelta(seconds=0 if by_s == TO_1970 else by_s)
    rig.check(energy_mwh=kwh(1))


def test_another_boot_is_a_gap_of_the_length_that_the_wall_clock_says() -> None:
    rig = Rig(boot_id="one")
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    register = charge(rig, 10, 100)
    rig.context = replace(rig.context, boot_id="two")
    rig.restart(600, rebooted=True)
    rig.read(10, activity=CHARGING, register_mwh=kwh(register), power_w=6_000.0)
    assert rig.session.connected_ms == 1_210_000
    rig.check(energy_mwh=kwh(1))
