"""Restarts and silent sources: nothing is lost, and what was not seen is marked."""

from datetime import timedelta

import pytest

from custom_components.ev_sessions.core.sessions.session import (
    EndReason,
    Quality,
    SessionEventType as Event,
    SessionStatus,
)
from custom_components.ev_sessions.core.sessions.tracking.step import NoteKey
from tests.core.sessions.tracking.rig import (
    AVAILABLE,
    CHARGING,
    FULL,
    OUTSIDE,
    PREPARING,
    TEN,
    Activity,
    Rig,
    charging,
    empty,
    kwh,
    shown,
)


def test_after_a_restart_a_session_is_held_until_the_source_has_reported() -> None:
    rig = charging()
    rig.restart(30)
    session = rig.session
    assert session.status is SessionStatus.HELD
    assert session.connected_ms == 390_000
    assert session == shown(rig.tracker)
    rig.silence(10)
    rig.tick(60)
    assert rig.status() is SessionStatus.HELD
    assert rig.session.connected_ms == 460_000
    rig.read(20, activity=CHARGING, register_mwh=kwh(101.467), power_w=11_000.0, session_energy_mwh=kwh(1.467))
    assert rig.status() is SessionStatus.OPEN
    assert rig.session.connected_ms == 480_000
    assert rig.session.energy_mwh == kwh(1.467)
    assert rig.session.estimated_mwh == kwh(0.367)
    assert Event.DISCONNECTED not in rig.told
    gap = rig.periods_of(rig.session)[1]
    assert gap.quality is Quality.ESTIMATED
    assert gap.activity is CHARGING
    assert (gap.start, gap.duration_ms) == (TEN + timedelta(minutes=8), 120_000)
    assert NoteKey.GAP in rig.noted
    rig.check(energy_mwh=kwh(1.467) + OUTSIDE)


def test_a_source_that_never_comes_leaves_the_session_held() -> None:
    rig = charging()
    rig.restart(30)
    for _ in range(20):
        rig.silence(60)
        rig.tick(60)
    assert rig.status() is SessionStatus.HELD
    assert rig.told.count(Event.DISCONNECTED) == 0
    rig.check()


def test_the_register_may_come_later_than_the_status() -> None:
    rig = charging()
    rig.restart(30)
    rig.read(10, activity=AVAILABLE)
    assert rig.status() is SessionStatus.HELD
    rig.read(20, activity=AVAILABLE, register_mwh=kwh(101.15), power_w=0.0, session_energy_mwh=kwh(1.15))
    assert rig.status() is SessionStatus.ENDED
    assert rig.session.end == TEN + timedelta(seconds=520)
    assert rig.session.energy_mwh == kwh(1.15)
    assert rig.session.settled
    rig.check(energy_mwh=kwh(1.15) + OUTSIDE)


def test_the_status_may_come_later_than_the_register() -> None:
    rig = charging()
    rig.restart(30)
    rig.read(10, register_mwh=kwh(101.2))
    rig.read(10, register_mwh=kwh(101.21))
    assert rig.status() is SessionStatus.HELD
    rig.read(10, activity=CHARGING, register_mwh=kwh(101.23), power_w=11_000.0)
    assert rig.status() is SessionStatus.OPEN
    assert rig.session.energy_mwh == kwh(1.23)
    rig.check(energy_mwh=kwh(1.23) + OUTSIDE)


def test_what_does_not_come_back_is_not_waited_for_for_ever() -> None:
    rig = charging()
    rig.restart(30)
    rig.read(10, activity=CHARGING, power_w=11_000.0)
    rig.tick(289)
    assert rig.status() is SessionStatus.HELD
    rig.tick(1)
    assert rig.status() is SessionStatus.OPEN
    rig.read(600, activity=CHARGING, power_w=11_000.0, register_mwh=kwh(103.8))
    assert rig.session.energy_mwh == kwh(3.8)
    rig.check(energy_mwh=kwh(3.8) + OUTSIDE)


def test_a_source_whose_status_stays_unknown_goes_on_after_five_minutes() -> None:
    rig = charging()
    rig.restart(30)
    for _ in range(5):
        rig.read(61, register_mwh=kwh(101.5), power_w=11_000.0)
    assert rig.status() is SessionStatus.OPEN
    rig.check(energy_mwh=kwh(1.5) + OUTSIDE)


def test_a_car_that_left_while_nobody_looked_left_when_that_was_seen() -> None:
    rig = charging()
    rig.restart(3_600)
    rig.read(5, activity=AVAILABLE, register_mwh=kwh(106.1), power_w=0.0, session_energy_mwh=kwh(6.1))
    session = rig.session
    assert session.end == TEN + timedelta(seconds=480 + 3_605)
    assert session.end_reason is EndReason.UNPLUGGED
    assert session.energy_mwh == kwh(6.1)
    assert session.estimated_mwh == kwh(5)
    assert session.settled
    assert rig.told[-1] is Event.DISCONNECTED
    rig.check(energy_mwh=kwh(6.1) + OUTSIDE)


def test_the_energy_of_a_gap_is_spread_over_its_quarter_hours() -> None:
    rig = charging()
    rig.restart(3_600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(112.1), power_w=11_000.0, session_energy_mwh=kwh(12.1))
    gap = [period for period in rig.periods_of(rig.session) if period.quality is Quality.ESTIMATED]
    assert [period.duration_ms // 60_000 for period in gap] == [7, 15, 15, 15, 8]
    assert [period.energy_mwh for period in gap] == [1_283_333, 2_750_000, 2_750_000, 2_750_000, 1_466_667]
    rig.check(energy_mwh=kwh(12.1) + OUTSIDE)


def test_a_car_that_charged_in_the_gap_and_does_not_any_more_has_charged() -> None:
    rig = charging()
    rig.restart(600)
    rig.read(0, activity=FULL, register_mwh=kwh(101.12), power_w=0.0, session_energy_mwh=kwh(1.12))
    assert rig.session.charging_ms == 960_000
    assert rig.told[-1] is Event.COMPLETED
    rig.check(energy_mwh=kwh(1.12) + OUTSIDE)


def test_a_car_that_drew_nothing_in_the_gap_was_as_it_is_now() -> None:
    rig = charging()
    rig.restart(600)
    rig.read(0, activity=FULL, register_mwh=kwh(101.1), power_w=0.0, session_energy_mwh=kwh(1.1))
    assert rig.session.charging_ms == 360_000
    assert rig.session.idle_ms == 600_000
    assert rig.session.estimated_mwh == 0


def test_a_car_that_drew_nothing_and_has_gone_did_not_charge_in_the_gap() -> None:
    rig = charging()
    rig.restart(600)
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(101.1), power_w=0.0)
    assert rig.session.charging_ms == 360_000
    assert rig.periods_of(rig.session)[-1].activity is Activity.UNAVAILABLE


def test_a_car_that_waited_and_has_drawn_since_has_charged() -> None:
    rig = empty()
    rig.read(60, activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    rig.restart(3_600)
    rig.read(0, activity=FULL, register_mwh=kwh(105), power_w=0.0)
    assert rig.session.charging_ms == 3_600_000
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING, Event.COMPLETED]


def test_a_car_that_waited_and_waits_has_waited() -> None:
    rig = empty()
    rig.read(60, activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    rig.restart(3_600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    assert rig.session.waiting_ms == 3_600_000
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING]


def test_a_car_that_came_in_the_gap_came_when_it_can_have_begun_to_charge() -> None:
    rig = empty()
    rig.restart(3_600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(105.5), power_w=11_000.0)
    assert rig.session.start == rig.now.utc - timedelta(minutes=30)
    assert rig.session.energy_mwh == kwh(5.5)
    assert rig.session.estimated_mwh == kwh(5.5)
    assert rig.session.charging_ms == 1_800_000
    rig.check(energy_mwh=kwh(5.5) + OUTSIDE)


def test_a_car_that_came_in_the_gap_at_a_power_nobody_knows_came_at_its_begin() -> None:
    rig = empty()
    rig.restart(3_600)
    rig.read(0, activity=FULL, register_mwh=kwh(105.5), power_w=0.0)
    assert rig.session.start == TEN + timedelta(seconds=60)
    assert rig.session.energy_mwh == kwh(5.5)


def test_a_car_that_came_in_the_gap_and_drew_nothing_came_now() -> None:
    rig = empty()
    rig.restart(3_600)
    rig.read(0, activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    assert rig.session.start == rig.now.utc
    rig.check(energy_mwh=OUTSIDE)


def test_a_session_that_came_and_went_in_the_gap_is_recovered() -> None:
    rig = empty()
    rig.restart(3_600)
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(105.5), power_w=0.0)
    session = rig.session
    assert session.status is SessionStatus.ENDED
    assert session.end_reason is EndReason.UNKNOWN
    assert (session.start, session.end) == (TEN + timedelta(seconds=60), TEN + timedelta(seconds=3_660))
    assert session.energy_mwh == session.estimated_mwh == kwh(5.5)
    assert session.settled
    assert NoteKey.SESSION_RECOVERED in rig.noted
    rig.check(energy_mwh=kwh(5.5) + OUTSIDE)


def test_a_few_wh_in_the_gap_are_no_session() -> None:
    rig = empty()
    rig.restart(3_600)
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(100.049), power_w=0.0)
    assert not rig.sessions
    rig.check(energy_mwh=kwh(0.049) + OUTSIDE)


def test_the_session_counter_shows_that_another_session_began_in_the_gap() -> None:
    rig = charging()
    rig.restart(3_600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(107.1), power_w=11_000.0, session_energy_mwh=kwh(5.5) - kwh(4.75))
    first, second = rig.sessions.values()
    assert first.end == second.start == rig.now.utc - timedelta(seconds=245, milliseconds=454)
    assert first.energy_mwh == kwh(1.1 + 6 - 0.75)
    assert second.energy_mwh == kwh(0.75)
    assert first.end_reason is EndReason.UNKNOWN
    assert NoteKey.SESSION_REPLACED in rig.noted
    assert rig.told == [
        Event.CONNECTED,
        Event.STARTED_CHARGING,
        Event.DISCONNECTED,
        Event.CONNECTED,
        Event.STARTED_CHARGING,
    ]
    rig.check(energy_mwh=kwh(7.1) + OUTSIDE)


def test_a_replaced_session_that_waits_now_has_its_share_of_time() -> None:
    rig = charging()
    rig.restart(3_600)
    rig.read(0, activity=FULL, register_mwh=kwh(102.1), power_w=0.0, session_energy_mwh=kwh(0.5))
    first, second = rig.sessions.values()
    assert first.energy_mwh == kwh(1.6)
    assert second.energy_mwh == kwh(0.5)
    assert second.start == rig.now.utc - timedelta(minutes=30)


def test_a_session_counter_that_fell_by_less_than_its_rounding_is_the_same_session() -> None:
    rig = charging()
    rig.restart(600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(101.2), power_w=11_000.0, session_energy_mwh=kwh(1.05))
    assert rig.session.energy_mwh == kwh(1.2)


@pytest.mark.parametrize(("counted_kwh", "used_kwh"), [(0.01, 0.012), (0.025, 0.025), (0.0, 0.0)])
def test_two_cars_that_hardly_drew_and_changed_unseen_are_two_sessions(counted_kwh: float, used_kwh: float) -> None:
    rig = empty()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=3_600.0, session_energy_mwh=0)
    rig.read(30, activity=CHARGING, register_mwh=kwh(100.03), power_w=3_600.0, session_energy_mwh=kwh(0.03))
    rig.restart(600)
    register_mwh = kwh(100.03 + used_kwh)
    rig.read(activity=PREPARING, register_mwh=register_mwh, power_w=0.0, session_energy_mwh=kwh(counted_kwh))
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.03 + used_kwh - counted_kwh), kwh(counted_kwh))
    assert first.end_reason is EndReason.UNKNOWN
    rig.check(energy_mwh=kwh(0.03 + used_kwh) + OUTSIDE)


@pytest.mark.parametrize("counted_kwh", [0.02, 0.029])
def test_a_small_session_counter_that_was_rounded_is_the_same_session(counted_kwh: float) -> None:
    rig = empty()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=3_600.0, session_energy_mwh=0)
    rig.read(30, activity=CHARGING, register_mwh=kwh(100.03), power_w=3_600.0, session_energy_mwh=kwh(0.03))
    rig.restart(600)
    rig.read(activity=PREPARING, register_mwh=kwh(100.031), power_w=0.0, session_energy_mwh=kwh(counted_kwh))
    assert rig.session.energy_mwh == kwh(0.031)


def test_without_a_register_the_session_counter_tells_of_both_sessions() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, session_energy_mwh=0, power_w=0.0)
    rig.read(60, activity=CHARGING, session_energy_mwh=0, power_w=11_000.0)
    rig.read(360, activity=CHARGING, session_energy_mwh=kwh(1.1), power_w=11_000.0)
    rig.restart(3_600)
    rig.read(0, activity=CHARGING, session_energy_mwh=kwh(0.5), power_w=11_000.0)
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(1.1), kwh(0.5))
    assert second.estimated_mwh == kwh(0.5)
    rig.check(energy_mwh=kwh(1.6))


def test_two_sessions_in_one_gap_are_told_apart_by_the_session_counter() -> None:
    rig = empty()
    rig.restart(7_200)
    rig.read(0, activity=CHARGING, register_mwh=kwh(105.5), power_w=11_000.0, session_energy_mwh=kwh(1.1))
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(4.4), kwh(1.1))
    assert first.end == second.start == rig.now.utc - timedelta(minutes=6)
    assert first.end_reason is EndReason.UNKNOWN
    rig.check(energy_mwh=kwh(5.5) + OUTSIDE)


def test_a_session_counter_that_lags_does_not_invent_a_session() -> None:
    rig = empty()
    rig.restart(600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(101.1), power_w=11_000.0, session_energy_mwh=kwh(1.06))
    assert rig.session.energy_mwh == kwh(1.1)


def test_without_any_counter_a_gap_has_no_energy() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=7_200.0)
    rig.read(100, activity=CHARGING, power_w=7_200.0)
    rig.restart(100)
    rig.read(0, activity=CHARGING, power_w=7_200.0)
    rig.tick(100)
    assert rig.session.energy_mwh == kwh(0.4)
    assert rig.session.connected_ms == 300_000


def test_a_session_counter_alone_is_waited_for() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, session_energy_mwh=0)
    rig.read(100, activity=CHARGING, session_energy_mwh=kwh(0.2))
    rig.restart(100)
    rig.read(0, activity=CHARGING)
    assert rig.status() is SessionStatus.HELD
    rig.read(5, activity=CHARGING, session_energy_mwh=kwh(0.4))
    assert rig.status() is SessionStatus.OPEN
    rig.check(energy_mwh=kwh(0.4))


def test_a_second_restart_before_the_source_came_is_one_gap() -> None:
    rig = charging()
    rig.restart(30)
    rig.silence(10)
    rig.restart(30)
    rig.read(10, activity=CHARGING)
    rig.restart(30)
    rig.read(0, activity=CHARGING, register_mwh=kwh(101.4), power_w=11_000.0, session_energy_mwh=kwh(1.4))
    assert rig.session.connected_ms == 470_000
    assert rig.session.energy_mwh == kwh(1.4)
    rig.check(energy_mwh=kwh(1.4) + OUTSIDE)


def test_a_price_that_changes_in_a_gap_cuts_nothing_yet() -> None:
    rig = charging()
    rig.restart(30)
    rig.cut(5)
    rig.tick(1_000)
    rig.read(0, activity=CHARGING, register_mwh=kwh(104), power_w=11_000.0, session_energy_mwh=kwh(4))
    rig.check(energy_mwh=kwh(4) + OUTSIDE)


def test_a_price_that_changes_in_a_gap_cuts_the_period_there() -> None:
    change = TEN + timedelta(minutes=20)
    rig = charging(price_cuts=lambda start, end: (change,) if start < change < end else ())
    rig.restart(1_320)
    rig.read(0, activity=CHARGING, register_mwh=kwh(105.1), power_w=11_000.0, session_energy_mwh=kwh(5.1))
    periods = rig.periods_of(rig.session)
    assert change in [period.start for period in periods]
    unseen = [period for period in periods if period.quality is Quality.ESTIMATED]
    assert [round((period.end - period.start).total_seconds()) for period in unseen] == [420, 300, 600]
    assert [period.energy_mwh for period in unseen] == [1_272_727, 909_091, 1_818_182]
    assert all(period.estimated_mwh == period.energy_mwh for period in unseen)
    rig.check(energy_mwh=kwh(5.1) + OUTSIDE)


def test_a_car_that_seemed_to_leave_just_before_a_restart() -> None:
    rig = charging()
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(101.2), power_w=0.0, session_energy_mwh=kwh(1.2))
    left = rig.now.utc
    rig.restart(30)
    assert rig.session.end == left
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(101.2), power_w=0.0, session_energy_mwh=kwh(1.2))
    rig.check(energy_mwh=kwh(1.2) + OUTSIDE)


def test_a_session_that_nobody_saw_for_months_ended_with_the_last_that_was_seen() -> None:
    rig = charging()
    rig.restart(100 * 86_400)
    assert rig.session.end == TEN + timedelta(minutes=8)
    assert rig.session.end_reason is EndReason.UNKNOWN
    rig.read(0, activity=CHARGING, register_mwh=kwh(151.1), power_w=11_000.0)
    assert rig.last.energy_mwh == kwh(50)
    assert len(rig.periods_of(rig.last)) < 4 * 24 * 32
    rig.check(energy_mwh=kwh(51.1) + OUTSIDE)


def test_an_older_snapshot_gives_the_same_energy() -> None:
    rig = empty()
    snapshots = []
    register = 100.0
    for activity, power, minutes in ((PREPARING, 0, 5), (CHARGING, 11_000, 40), (FULL, 0, 20)):
        for _ in range(minutes):
            rig.read(60, activity=activity, register_mwh=kwh(register), power_w=float(power))
            register += power / 60_000
            snapshots.append(rig.tracker.to_json())
    for snapshot in snapshots:
        again = Rig()
        again.now = rig.now
        again.restart(60, snapshot=snapshot)
        again.read(0, activity=FULL, register_mwh=kwh(register), power_w=0.0)
        again.read(60, activity=AVAILABLE, register_mwh=kwh(register), power_w=0.0)
        again.tick(60)
        assert again.session.energy_mwh == kwh(register) - kwh(100)
        assert again.session.settled
        assert again.session.start == TEN + timedelta(seconds=120)
        # Periods that lie before the snapshot are in the ledger already.
        assert again.session.connected_ms == 66 * 60_000


def test_months_without_a_look_and_without_a_car() -> None:
    rig = empty()
    rig.restart(100 * 86_400)
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(100.01), power_w=0.0)
    assert not rig.sessions
    rig.check(energy_mwh=kwh(0.01) + OUTSIDE)


def test_another_session_that_is_seen_before_the_register_is() -> None:
    rig = charging()
    rig.restart(600)
    rig.read(0, activity=CHARGING, power_w=11_000.0, session_energy_mwh=kwh(0.1))
    rig.tick(300)
    first, second = rig.sessions.values()
    assert first.end_reason is EndReason.UNKNOWN
    rig.read(10, activity=CHARGING, register_mwh=kwh(102.1), power_w=11_000.0, session_energy_mwh=kwh(1))
    first, second = rig.sessions.values()
    assert first.energy_mwh + second.energy_mwh == kwh(2.1)
    rig.check(energy_mwh=kwh(2.1) + OUTSIDE)
