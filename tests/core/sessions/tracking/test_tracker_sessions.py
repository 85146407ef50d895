"""Cars come and go: where sessions begin and end, and what is told of them."""

from datetime import timedelta

import pytest

from custom_components.ev_sessions.core.reading import SuspendedBy
from custom_components.ev_sessions.core.sessions.session import EndReason, SessionEventType as Event, SessionStatus
from tests.core.sessions.tracking.rig import (
    AVAILABLE,
    CHARGING,
    FULL,
    HELD_BACK,
    PREPARING,
    TEN,
    Activity,
    Rig,
    State,
    kwh,
    shown,
)

MINUTE = 60_000


def test_a_car_comes_charges_and_goes() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    rig.read(60, activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=11_000.0)
    for minute in range(1, 31):
        rig.read(60, activity=CHARGING, register_mwh=kwh(100) + kwh(11) * minute // 60, power_w=11_000.0)
    rig.read(10, activity=FULL, register_mwh=kwh(105.52), power_w=0.0)
    rig.read(590, activity=AVAILABLE, register_mwh=kwh(105.52), power_w=0.0)
    rig.tick(10)

    session = rig.session
    assert session.start == TEN + timedelta(minutes=1)
    assert session.end == TEN + timedelta(minutes=42)
    assert session.status is SessionStatus.ENDED
    assert session.end_reason is EndReason.UNPLUGGED
    assert session.settled
    assert session.energy_mwh == kwh(5.52)
    assert session.estimated_mwh == 0
    assert (session.register_start_mwh, session.register_end_mwh) == (kwh(100), kwh(105.52))
    assert session.peak_power_w == 11_000.0
    assert session.waiting_ms == MINUTE
    assert session.charging_ms == 30 * MINUTE + 10_000
    assert session.paused_ms == 0
    assert session.idle_ms == 590_000
    assert session.connected_ms == 41 * MINUTE
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING, Event.COMPLETED, Event.DISCONNECTED]
    assert {event.session_id for event in rig.events} == {session.id}
    assert [point.cleaned_mwh for step in rig.steps for point in step.checkpoints] == [kwh(100), kwh(105.52)]
    rig.check(energy_mwh=kwh(5.52))


def test_a_car_that_is_there_at_the_first_look_has_just_come() -> None:
    rig = Rig()
    step = rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    assert step.urgent
    assert rig.session.start == TEN
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING]


def test_the_pilot_alone_tells_a_session() -> None:
    rig = Rig()
    for state in (State.A, State.B, State.C, State.D, State.C, State.B, State.A):
        rig.read(60, state=state)
    rig.tick(10)
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING, Event.COMPLETED, Event.DISCONNECTED]
    assert rig.session.charging_ms == 3 * MINUTE
    assert rig.session.waiting_ms == MINUTE
    assert rig.session.idle_ms == MINUTE


def test_a_car_that_is_gone_for_less_than_the_debounce_was_never_gone() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, power_w=0.0)
    rig.tick(9.9)
    assert rig.status() is SessionStatus.OPEN
    rig.read(activity=CHARGING, power_w=7_000.0)
    rig.read(60, activity=CHARGING, power_w=7_000.0)
    assert rig.session.connected_ms == 129_900
    assert rig.session.charging_ms == 129_900
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING]
    assert len(rig.periods_of(rig.session)) == 1
    rig.check()


def test_a_session_ends_when_the_car_left_not_when_that_was_certain() -> None:
    rig = Rig()
    rig.read(activity=PREPARING)
    rig.read(60, activity=AVAILABLE)
    assert rig.step.check_again_s == pytest.approx(10)
    rig.tick(5)
    assert rig.step.check_again_s == pytest.approx(5)
    rig.tick(600)
    assert rig.session.end == TEN + timedelta(seconds=60)
    assert rig.session.connected_ms == MINUTE
    rig.check()


def test_the_next_car_within_the_debounce_of_a_late_look_is_another_session() -> None:
    rig = Rig()
    rig.read(activity=CHARGING)
    rig.read(60, activity=AVAILABLE)
    rig.read(11, activity=CHARGING)
    first, second = rig.sessions.values()
    assert first.end == TEN + timedelta(seconds=60)
    assert second.start == TEN + timedelta(seconds=71)


@pytest.mark.parametrize(
    "glitch",
    [
        pytest.param({}, id="nothing_known"),
        pytest.param({"activity": Activity.UNAVAILABLE}, id="unavailable"),
        pytest.param({"activity": Activity.FAULT}, id="fault"),
        pytest.param({"state": State.E}, id="pilot_e"),
        pytest.param({"state": State.F}, id="pilot_f"),
        pytest.param({"power_w": 0.0}, id="status_unknown"),
        pytest.param({"activity": AVAILABLE}, id="no_car"),
        pytest.param({"activity": Activity.RESERVED}, id="reserved"),
        pytest.param({"activity": Activity.AWAITING_AUTHORISATION}, id="asks_for_a_card"),
    ],
)
def test_a_blink_of_the_charger_splits_nothing(glitch: dict[str, object]) -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    for _ in range(5):
        rig.read(20, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
        rig.read(20, **glitch)
        rig.read(8, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    assert rig.session.connected_ms == 240_000
    assert Event.DISCONNECTED not in rig.told
    rig.check(energy_mwh=0)


def test_repeated_readings_tell_nothing_twice() -> None:
    rig = Rig()
    for _ in range(3):
        rig.read(activity=CHARGING)
    for _ in range(3):
        rig.read(10, activity=FULL)
    for _ in range(3):
        rig.read(10, activity=Activity.FINISHING)
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING, Event.COMPLETED]


def test_a_late_reading_changes_what_is_now_and_not_what_was() -> None:
    rig = Rig()
    rig.read(activity=PREPARING)
    rig.tick(300)
    rig.read(0, at=TEN + timedelta(seconds=100), activity=CHARGING)
    rig.tick(60)
    assert rig.session.waiting_ms == 5 * MINUTE
    assert rig.session.charging_ms == MINUTE


def test_a_reading_that_took_a_while_counts_from_when_it_was_made() -> None:
    rig = Rig()
    rig.read(activity=PREPARING)
    rig.wait(60)
    rig.read(0, at=TEN + timedelta(seconds=45), activity=CHARGING)
    assert rig.session.waiting_ms == 45_000
    assert rig.session.charging_ms == 15_000


@pytest.mark.parametrize(
    ("activities", "told"),
    [
        ([PREPARING, CHARGING, HELD_BACK, CHARGING], [Event.STARTED_CHARGING, Event.PAUSED, Event.RESUMED]),
        ([CHARGING, HELD_BACK, FULL], [Event.STARTED_CHARGING, Event.PAUSED, Event.COMPLETED]),
        ([CHARGING, FULL, HELD_BACK, FULL], [Event.STARTED_CHARGING, Event.COMPLETED]),
        (
            [CHARGING, FULL, CHARGING, FULL],
            [Event.STARTED_CHARGING, Event.COMPLETED, Event.RESUMED, Event.COMPLETED],
        ),
        ([CHARGING, PREPARING], [Event.STARTED_CHARGING, Event.PAUSED]),
        ([PREPARING, FULL], []),
        ([PREPARING, HELD_BACK], []),
        (
            [CHARGING, Activity.FAULT, CHARGING],
            [Event.STARTED_CHARGING, Event.FAULT, Event.FAULT_CLEARED, Event.RESUMED],
        ),
        ([CHARGING, Activity.UNAVAILABLE, CHARGING], [Event.STARTED_CHARGING, Event.RESUMED]),
    ],
)
def test_what_is_told_of_a_charge(activities: list[Activity], told: list[Event]) -> None:
    rig = Rig()
    rig.read(activity=PREPARING)
    for activity in activities:
        rig.read(60, activity=activity)
    assert rig.told == [Event.CONNECTED, *told]
    rig.check()


def test_a_pause_says_who_holds_the_car_back() -> None:
    rig = Rig()
    rig.read(activity=CHARGING)
    rig.read(60, activity=HELD_BACK, suspended_by=SuspendedBy.CHARGER)
    rig.read(60, activity=CHARGING)
    rig.read(60, activity=HELD_BACK)
    reasons = [event.reason for event in rig.events if event.type is Event.PAUSED]
    assert reasons == ["charger", "unknown"]
    assert [period.suspended_by for period in rig.periods_of(rig.session)] == [
        None,
        SuspendedBy.CHARGER,
        None,
    ]


def test_a_fault_without_a_car_is_told_and_is_no_session() -> None:
    rig = Rig()
    rig.read(activity=Activity.FAULT)
    rig.read(60, activity=AVAILABLE)
    assert rig.told == [Event.FAULT, Event.FAULT_CLEARED]
    assert rig.events[0].session_id is None
    assert not rig.sessions


def test_waiting_charging_paused_and_idle_are_told_apart() -> None:
    rig = Rig()
    story = [
        (PREPARING, 1, "waiting"),
        (HELD_BACK, 2, "paused"),  # the EVSE suspends: a pause, also before the first charging
        (CHARGING, 4, "charging"),
        (FULL, 8, "paused"),  # between charging phases
        (CHARGING, 16, "charging"),
        (HELD_BACK, 32, "paused"),
        (FULL, 64, "idle"),
        (Activity.FAULT, 128, "idle"),
        (HELD_BACK, 256, "paused"),  # never idle: the EVSE held it back
    ]
    for activity, _, _ in story[:1]:
        rig.read(activity=activity)
    for (_, seconds, _), (activity, _, _) in zip(story, [*story[1:], story[0]], strict=True):
        rig.read(seconds, activity=activity)
    session = rig.session
    assert session.waiting_ms == 1_000
    assert session.charging_ms == 20_000
    assert session.paused_ms == (2 + 8 + 32 + 256) * 1_000
    assert session.idle_ms == (64 + 128) * 1_000
    rig.check()


def test_a_pause_of_ours_is_ours_whatever_the_charger_calls_it() -> None:
    rig = Rig(paused_by_us=True)
    rig.read(activity=CHARGING)
    rig.read(60, activity=FULL)
    rig.read(60, activity=Activity.FINISHING)
    rig.read(60, activity=AVAILABLE)
    rig.tick(10)
    assert [period.suspended_by for period in rig.periods_of(rig.session)] == [None, SuspendedBy.US]
    assert rig.session.idle_ms == 0
    assert rig.session.paused_ms == 2 * MINUTE


def test_a_car_that_was_full_before_we_paused_stays_full() -> None:
    rig = Rig(paused_by_us=True)
    rig.read(activity=PREPARING)
    rig.read(60, activity=FULL)
    rig.tick(60)
    assert rig.session.paused_ms == 0


def test_a_plug_contact_with_power_knows_when_it_charges() -> None:
    rig = Rig()
    rig.read(state=State.B, power_w=0.0)
    rig.read(60, state=State.B, power_w=7_000.0)
    rig.read(60, state=State.B, power_w=0.0)
    rig.read(60, state=State.B, power_w=0.0, enabled=False)
    rig.read(60, state=State.B, power_w=0.0, limit_a=0.0)
    rig.read(60, state=State.A, power_w=0.0)
    activities = [period.activity for period in rig.periods_of(rig.session)]
    assert activities == [PREPARING, CHARGING, FULL, HELD_BACK]


def test_the_session_to_show_lasts_between_two_readings() -> None:
    rig = Rig()
    assert shown(rig.tracker) is None
    rig.read(activity=CHARGING)
    rig.tick(70)
    session = shown(rig.tracker)
    assert session is not None
    assert session.connected_ms == 70_000
    assert session == rig.session
    assert rig.tracker.activity is CHARGING


def test_a_session_of_no_time_at_all_has_no_periods() -> None:
    rig = Rig(debounce_s=0.0)
    rig.read(activity=PREPARING)
    rig.read(activity=AVAILABLE)
    rig.tick(1)
    assert rig.session.connected_ms == 0
    assert rig.session.period_count == 0
    assert rig.told == [Event.CONNECTED, Event.DISCONNECTED]
    rig.check()


def test_a_clock_that_stands_still_or_runs_backward_harms_nothing() -> None:
    rig = Rig()
    rig.read(activity=CHARGING)
    rig.tick(60)
    rig.tick(-1.5)
    rig.tick(1.5)
    assert rig.session.connected_ms in {60_000, 61_500}
    rig.check()
