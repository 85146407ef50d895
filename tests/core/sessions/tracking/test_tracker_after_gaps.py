"""What is told of a time in which nobody looked: how long it was, who held the car back, what is a guess."""

from datetime import timedelta

from custom_components.ev_sessions.core.reading import SuspendedBy
from custom_components.ev_sessions.core.sessions.session import EndReason, Quality, SessionEventType as Event
from custom_components.ev_sessions.core.sessions.tracking.step import NoteKey
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, HELD_BACK, PREPARING, Rig, charging, empty, kwh


def figures(rig: Rig, key: NoteKey) -> list[dict[str, int]]:
    """Return the figures of the notes of a kind."""
    return [dict(note.figures) for note in rig.notes if note.key is key]


def test_the_audit_trail_says_how_long_nobody_looked_and_what_was_used() -> None:
    rig = charging()
    rig.restart(600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(102), power_w=11_000.0, session_energy_mwh=kwh(2))
    assert figures(rig, NoteKey.GAP) == [{"ms": 600_000, "energy_mwh": kwh(0.9)}]


def test_a_gap_of_a_car_that_drew_nothing_is_noted_and_one_of_nobody_is_not() -> None:
    waiting = empty()
    waiting.read(60, activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    waiting.restart(600)
    waiting.read(0, activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    assert figures(waiting, NoteKey.GAP) == [{"ms": 600_000, "energy_mwh": 0}]
    nobody = empty()
    nobody.restart(600)
    nobody.read(0, activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0, session_energy_mwh=0)
    assert figures(nobody, NoteKey.GAP) == []
    thief = empty()
    thief.restart(600)
    thief.read(0, activity=AVAILABLE, register_mwh=kwh(100.04), power_w=0.0, session_energy_mwh=0)
    assert figures(thief, NoteKey.GAP) == [{"ms": 600_000, "energy_mwh": kwh(0.04)}]


def test_the_audit_trail_says_what_a_session_had_that_nobody_saw_and_its_energy_is_a_guess() -> None:
    rig = empty()
    rig.restart(3_600)
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(103), power_w=0.0, session_energy_mwh=0)
    assert figures(rig, NoteKey.SESSION_RECOVERED) == [{"energy_mwh": kwh(3)}]
    assert rig.session.estimated_mwh == kwh(3)
    assert {period.quality for period in rig.periods_of(rig.session)} == {Quality.ESTIMATED}
    assert {period.activity for period in rig.periods_of(rig.session)} == {CHARGING}


def test_the_audit_trail_says_from_what_to_what_a_register_went() -> None:
    rig = charging()
    rig.read(10, activity=CHARGING, register_mwh=kwh(0), power_w=11_000.0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(101.16), power_w=11_000.0)
    assert figures(rig, NoteKey.REGISTER_GLITCH) == [{"from_mwh": 0, "to_mwh": kwh(101.16)}]


def test_a_car_that_came_and_drew_nothing_did_not_begin_to_charge() -> None:
    rig = empty()
    rig.restart(600)
    rig.read(0, activity=PREPARING, register_mwh=kwh(100), power_w=0.0, session_energy_mwh=0)
    assert rig.told == [Event.CONNECTED]
    assert rig.session.waiting_ms == rig.session.connected_ms == 0


def test_who_held_a_car_back_before_a_blink_holds_it_back_after_it() -> None:
    rig = charging()
    rig.read(10, activity=HELD_BACK, suspended_by=SuspendedBy.CHARGER, register_mwh=kwh(101.1), power_w=0.0)
    rig.silence(10)
    rig.read(10, activity=HELD_BACK, suspended_by=SuspendedBy.CHARGER, register_mwh=kwh(101.1), power_w=0.0)
    rig.tick(10)
    held = [period for period in rig.periods_of(rig.session) if period.activity is HELD_BACK]
    assert [(period.suspended_by, period.duration_ms) for period in held] == [(SuspendedBy.CHARGER, 30_000)]


def test_who_holds_a_car_back_after_a_gap_in_which_it_drew_nothing_did_so_in_it() -> None:
    rig = charging()
    rig.restart(120)
    reading = {"activity": HELD_BACK, "suspended_by": SuspendedBy.OTHER, "power_w": 0.0, "register_mwh": kwh(101.1)}
    rig.read(0, **reading, session_energy_mwh=kwh(1.1))
    rig.read(10, **reading, session_energy_mwh=kwh(1.1))
    periods = rig.periods_of(rig.session)[1:]
    assert {(period.activity, period.suspended_by) for period in periods} == {(HELD_BACK, SuspendedBy.OTHER)}
    assert rig.session.paused_ms == 130_000


def test_a_source_whose_activity_is_late_after_a_gap_leaves_the_session_as_it_was() -> None:
    rig = charging()
    rig.restart(120)
    rig.read(0, register_mwh=kwh(101.4), power_w=11_000.0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(101.43), power_w=11_000.0, session_energy_mwh=kwh(1.43))
    assert rig.session.charging_ms == 490_000
    assert rig.told == [Event.CONNECTED, Event.STARTED_CHARGING]


def test_a_car_that_seemed_to_leave_and_is_gone_after_the_gap_was_unplugged() -> None:
    rig = charging()
    rig.read(10, activity=AVAILABLE, register_mwh=kwh(101.13), power_w=0.0, session_energy_mwh=kwh(1.13))
    left = rig.now.utc
    rig.restart(600)
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(101.13), power_w=0.0, session_energy_mwh=kwh(1.13))
    assert rig.session.end == left
    assert rig.session.end_reason is EndReason.UNPLUGGED


def test_a_full_car_that_made_way_for_another_did_not_charge_while_that_one_did() -> None:
    rig = charging()
    rig.read(10, activity=FULL, register_mwh=kwh(101.1), power_w=0.0, session_energy_mwh=kwh(1.1))
    charged_ms = rig.session.charging_ms
    rig.restart(3_600)
    rig.read(0, activity=CHARGING, register_mwh=kwh(102.1), power_w=11_000.0, session_energy_mwh=kwh(1))
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(1.1), kwh(1))
    assert first.charging_ms == charged_ms
    assert second.end is None
    assert second.start == rig.now.utc - timedelta(seconds=327, milliseconds=272)


def test_a_session_counter_alone_loses_nothing_in_a_silence_nor_when_the_clock_is_set() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, session_energy_mwh=0, power_w=0.0)
    rig.read(60, activity=CHARGING, session_energy_mwh=0, power_w=11_000.0)
    rig.read(60, activity=CHARGING, session_energy_mwh=kwh(0.18), power_w=11_000.0)
    rig.silence(10)
    rig.read(300, activity=CHARGING, session_energy_mwh=kwh(1.1), power_w=11_000.0)
    assert rig.session.energy_mwh == kwh(1.1)
    rig.set_clock(-3_600)
    rig.read(10, activity=CHARGING, session_energy_mwh=kwh(1.13), power_w=11_000.0)
    rig.read(10, activity=CHARGING, session_energy_mwh=kwh(1.16), power_w=11_000.0)
    assert rig.session.energy_mwh == kwh(1.16)
    rig.check(energy_mwh=kwh(1.16))


def test_a_clock_that_is_set_is_committed_at_once() -> None:
    rig = charging()
    rig.tick(10)
    assert not rig.step.urgent
    rig.set_clock(3_600)
    assert rig.tick(1).urgent


def test_periods_that_are_cut_anew_by_a_clock_that_is_set_keep_their_order() -> None:
    rig = charging()
    rig.read(200, activity=CHARGING, register_mwh=kwh(101.7), power_w=11_000.0)
    for by_s in (400, 700, -300):
        rig.set_clock(by_s)
        rig.read(150, activity=CHARGING, register_mwh=kwh(101.7), power_w=11_000.0)
        rig.check()
    assert rig.session.period_count >= 3
