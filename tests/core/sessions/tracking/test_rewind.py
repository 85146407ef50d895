"""What a charger tells late is told as if it had been told in time."""

from datetime import datetime, timedelta

from custom_components.ev_sessions.core.reading import EvseReading
from custom_components.ev_sessions.core.sessions.session import (
    EndReason,
    Quality,
    Session,
    SessionEventType,
    SessionStatus,
)
from custom_components.ev_sessions.core.sessions.tracking.rewind import is_late
from custom_components.ev_sessions.core.sessions.tracking.told import MOST_TOLD, Memory, Segment, Told, ToldKind
from custom_components.ev_sessions.core.sessions.tracking.told_again import told_since
from tests.core.sessions.tracking.retelling_rig import LateRig, reading_at
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, PREPARING, TEN, kwh

MINUTE = 60.0


def at(minutes: float) -> datetime:
    """Return an instant so many minutes after ten."""
    return TEN + timedelta(minutes=minutes)


def idle(minutes: float, used_kwh: float = 0.0) -> EvseReading:
    return reading_at(at(minutes), activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100 + used_kwh))


def charging(minutes: float, used_kwh: float) -> EvseReading:
    return reading_at(at(minutes), activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100 + used_kwh))


def watched(minutes: int = 5, **settings: float) -> LateRig:
    """Return an EVSE that is free at ten, and has a register of small steps."""
    rig = LateRig(start=at(-5), **settings)
    for used_kwh in (-0.003, -0.002, 0, 0, 0):
        rig.read(MINUTE, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100 + used_kwh))
    for _ in range(minutes):
        rig.read(MINUTE, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    return rig


def known() -> LateRig:
    """Return an EVSE that is free at ten, as it was when Home Assistant was started a minute before."""
    rig = LateRig(start=at(-2))
    rig.read(activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    rig.restart(60)
    rig.read(60, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    return rig


def test_whole_charge_of_hours_ago_becomes_a_session_of_its_own_then() -> None:
    """The station was offline; it kept what happened, and tells it when it is back."""
    rig = watched()
    rig.silence(10)
    rig.wait(4 * 3_600)
    rig.read(activity=AVAILABLE, power_w=0.0, register_mwh=kwh(106))
    # By the register alone, somebody was there.
    rig.tick(400)
    assert rig.session.estimated_mwh == kwh(6)
    rig.late(charging(20, 0), charging(50, 3), charging(80, 6), idle(80.2, 6), idle(246, 6))
    session = rig.session
    assert (session.start, session.end, session.status) == (at(20), at(80.2), SessionStatus.ENDED)
    assert (session.energy_mwh, session.estimated_mwh, session.connected_ms) == (kwh(6), 0, 3_612_000)
    assert {one.quality for one in rig.periods[session.id].values() if one.energy_mwh} == {Quality.RECOVERED}
    rig.check(energy_mwh=kwh(6.003))


def test_session_that_is_told_again_keeps_its_id_and_is_told_of_once() -> None:
    rig = watched()
    rig.silence(10)
    rig.read(1_800, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(101.5))
    rig.tick(400)
    (before,) = rig.sessions
    heard = list(rig.heard)
    rig.late(charging(20, 0), charging(35.5, 1.5))
    assert list(rig.sessions) == [before]
    assert rig.session.start == at(20)
    assert rig.heard == heard
    rig.read(10, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(102))
    rig.tick(600)
    assert [one.type for one in rig.heard] == [
        SessionEventType.CONNECTED,
        SessionEventType.STARTED_CHARGING,
        SessionEventType.DISCONNECTED,
    ]
    rig.check(energy_mwh=kwh(2.003))


def test_stop_that_comes_an_hour_late_ends_the_session_when_it_did() -> None:
    rig = watched()
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100))
    rig.read(600, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(101))
    rig.silence(5)
    rig.read(3_600, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(102))
    rig.tick(400)
    assert rig.session.end == at(0) + timedelta(seconds=5 * 60 + 10 + 600 + 5 + 3_600)
    rig.late(charging(25, 2), idle(25.1, 2), idle(75.3, 2))
    assert (rig.session.end, rig.session.energy_mwh, rig.session.estimated_mwh) == (at(25.1), kwh(2), 0)
    rig.check(energy_mwh=kwh(2.003))


def test_two_cars_in_the_dark_are_two_sessions_though_the_register_saw_one() -> None:
    rig = watched()
    rig.silence(10)
    rig.read(4 * 3_600, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(107))
    rig.tick(400)
    seen = dict(rig.sessions)
    rig.late(charging(20, 0), charging(50, 3), idle(51, 3), charging(200, 3), charging(245.2, 7))
    first, second = plain(rig)
    assert (first.energy_mwh, second.energy_mwh, second.status) == (kwh(3), kwh(4), SessionStatus.OPEN)
    assert len(seen.keys() & rig.sessions.keys()) == len(seen)
    rig.check(energy_mwh=kwh(7.003))


def test_session_that_never_was_is_taken_back() -> None:
    """A flap that looked like a car was the last car's late goodbye."""
    rig = watched()
    rig.read(10, activity=PREPARING, power_w=0.0, register_mwh=kwh(100))
    rig.read(300, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    rig.tick(60)
    (ghost,) = rig.sessions
    retold = rig.late(idle(5.1), idle(11))
    assert (rig.sessions, retold.retracted, retold.news) == ({}, (ghost,), ())
    rig.check(energy_mwh=kwh(0.003))


def test_what_happened_while_home_assistant_was_down_is_told_by_the_charger() -> None:
    rig = watched()
    rig.restart(3 * 3_600, rebooted=True)
    rig.read(30, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(105))
    rig.tick(400)
    rig.late(charging(30, 0), charging(90, 5), idle(91, 5), idle(185.5, 5))
    session = rig.session
    assert (session.start, session.end, session.energy_mwh, session.estimated_mwh) == (at(30), at(91), kwh(5), 0)
    rig.check(energy_mwh=kwh(5.003))


def test_charger_that_was_away_before_and_after_a_restart_tells_of_all_of_it() -> None:
    rig = watched()
    rig.silence(10)
    rig.restart(3_600, rebooted=True)
    rig.tick(30)
    rig.restart(3_600)
    rig.read(30, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(105))
    rig.late(charging(30, 0), charging(90, 5), idle(91, 5))
    session = rig.session
    assert (session.start, session.end, session.energy_mwh) == (at(30), at(91), kwh(5))
    rig.check(energy_mwh=kwh(5.003))


def test_charger_that_tells_piece_by_piece_ends_at_the_same() -> None:
    whole, pieces = watched(), watched()
    told = [charging(20, 0), charging(50, 3), charging(80, 6), idle(81, 6), idle(246, 6)]
    for rig in (whole, pieces):
        rig.silence(10)
        rig.read(4 * 3_600, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(106))
        rig.tick(400)
    whole.late(*told)
    for place in range(len(told)):
        # Each time all since the first that is new: what came before it stays.
        pieces.late(*told[place:])
    assert plain(pieces) == plain(whole)


def plain(rig: LateRig) -> list[Session]:
    return sorted(rig.sessions.values(), key=lambda one: one.start)


def test_what_is_older_than_all_that_is_remembered_is_a_session_where_it_is_whole() -> None:
    rig = known()
    retold = rig.late(charging(-90, -5), charging(-30, 0), idle(-29, 0))
    assert retold.past == (rig.session.id,)
    session = rig.session
    assert (session.start, session.end, session.settled) == (at(-90), at(-29), True)
    assert (session.energy_mwh, session.end_reason) == (kwh(5), EndReason.UNPLUGGED)
    assert [one.type for one in retold.news] == [
        SessionEventType.CONNECTED,
        SessionEventType.STARTED_CHARGING,
        SessionEventType.DISCONNECTED,
    ]
    # A charge whose end the same record does not tell may be the session that is known.
    assert rig.late(charging(-90, -5), charging(-1, 0)).past == ()


def test_old_and_new_news_together_are_told_together() -> None:
    rig = watched()
    rig.read(60, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    rig.late(charging(-90, -5), idle(-29, 0), idle(-4, 0), charging(5.5, 0), charging(6, 0.05))
    past, now = plain(rig)
    assert (past.end, past.energy_mwh) == (at(-29), kwh(5))
    assert (now.start, now.status) == (at(5.5), SessionStatus.OPEN)


def test_memory_is_bounded_and_still_knows_of_the_last_absence() -> None:
    rig = watched()
    for _ in range(12):
        rig.silence(10)
        rig.read(120, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    rig.silence(10)
    left = rig.now.utc
    rig.read(3_600, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(105))
    back = rig.now.utc
    for _ in range(2 * MOST_TOLD):
        rig.read(10, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(105))
    assert sum(len(one.told) for one in rig.memory.segments) <= MOST_TOLD + 8
    assert len(rig.memory.segments) < MOST_TOLD / 60 + 10
    minutes = (left - TEN) / timedelta(minutes=1)
    rig.late(
        charging(minutes + 5, 0),
        charging(minutes + 45, 5),
        idle(minutes + 46, 5),
        reading_at(back, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(105)),
    )
    assert (rig.session.energy_mwh, rig.session.estimated_mwh, rig.session.end) == (kwh(5), 0, at(minutes + 46))
    rig.check(energy_mwh=kwh(5.003))


def test_after_the_clock_was_set_nothing_of_before_is_told_again() -> None:
    rig = watched()
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100))
    rig.set_clock(3_600)
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100.01))
    assert rig.memory.segments == ()
    started = rig.session.start
    rig.late(charging(2, 0), charging(3, 0.05))
    assert rig.session.start == started


def test_full_car_was_full_since_the_charger_says_so() -> None:
    rig = watched()
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100))
    rig.silence(600)
    rig.read(1_200, activity=FULL, power_w=0.0, register_mwh=kwh(102))
    rig.tick(400)
    full = reading_at(at(25), activity=FULL, power_w=0.0, register_mwh=kwh(102))
    rig.late(charging(20, 1.5), full)
    assert rig.session.charging_ms == (25 * 60 - (5 * 60 + 10)) * 1000
    assert [one.type for one in rig.heard].count(SessionEventType.COMPLETED) == 1
    rig.check(energy_mwh=kwh(2.003))


def test_without_a_register_nobody_makes_energy_up_for_the_time_in_the_dark() -> None:
    rig = LateRig()
    rig.read(activity=CHARGING, power_w=6_000.0)
    rig.read(600, activity=CHARGING, power_w=6_000.0)
    rig.silence(1)
    rig.read(7_200, activity=AVAILABLE, power_w=0.0)
    rig.tick(400)
    rig.late(
        reading_at(at(100), activity=CHARGING, power_w=6_000.0), reading_at(at(110), activity=AVAILABLE, power_w=0.0)
    )
    assert rig.session.end == at(110)
    assert abs(rig.session.energy_mwh - kwh(2)) < kwh(0.01)


def test_price_that_changed_still_cuts_the_period_when_it_is_told_again() -> None:
    rig = watched()
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100))
    rig.cut(100)
    rig.tick(50)
    rig.late(charging(5.5, 0), charging(7.5, 0.2))
    assert [(one.start, one.end) for one in rig.periods_of(rig.session)][:2] == [
        (at(5) + timedelta(seconds=10), at(5) + timedelta(seconds=110)),
        (at(5) + timedelta(seconds=110), rig.now.utc),
    ]


def test_gap_of_a_restart_of_which_the_charger_tells_nothing_stays_a_gap() -> None:
    rig = watched()
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100))
    rig.restart(1_200)
    rig.read(30, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(102))
    rig.read(30, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(102.05))
    assert rig.memory.session_ids == {rig.session.id}
    before = rig.session
    last = rig.now.utc
    rig.tick(10)
    rig.late(reading_at(last, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(102.05)))
    assert rig.session.estimated_mwh == before.estimated_mwh == kwh(2)
    rig.check(energy_mwh=kwh(2.053))


def test_clock_that_is_behind_at_a_start_makes_nothing_to_go_back_to() -> None:
    rig = watched()
    rig.set_clock(-86_400)
    rig.restart(60)
    assert rig.memory.segments == ()


def test_charger_that_flaps_all_day_makes_no_session_twice() -> None:
    rig = watched()
    rig.silence(10)
    rig.read(1_200, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    for _ in range(150):
        rig.read(60, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100))
        rig.read(60, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    rig.tick(60)
    assert 20 < len(rig.memory.sessions) <= 32
    assert len(rig.memory.events) <= 500
    before = dict(rig.sessions)
    # Nobody knows any more what has to be taken back since then.
    retold = rig.late(charging(10, -1), idle(12, 0), reading_at(rig.now.utc, activity=AVAILABLE))
    assert before.items() <= rig.sessions.items()
    assert retold.retracted == ()


def test_station_that_plays_its_queue_back_in_order_is_heard_in_its_own_time() -> None:
    """After a start nothing newer was heard; what comes is old all the same."""
    rig = watched()
    rig.restart(2 * 3_600)
    rig.tick(20)
    for reading in (charging(30, 0), charging(60, 3), charging(90, 6), idle(91, 6)):
        rig.wait(0.2)
        rig.tell(reading)
    session = rig.session
    assert (session.start, session.end, session.energy_mwh, session.estimated_mwh) == (at(30), at(91), kwh(6), 0)
    rig.read(10, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(106))
    assert rig.session.energy_mwh == kwh(6)
    rig.check(energy_mwh=kwh(6.003))


def test_message_that_took_a_moment_is_no_late_news() -> None:
    rig = watched()
    told = len(rig.steps)
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100))
    rig.tick(30)
    for late_s in (20.0, 8.0):
        before = rig.now.utc - timedelta(seconds=late_s)
        rig.tell(reading_at(before, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100.01)))
    assert len(rig.steps) == told + 4
    assert rig.retold.sessions == ()
    # What the car does is put where it belongs to the second.
    stopped = rig.now.utc - timedelta(seconds=7)
    rig.tell(reading_at(stopped, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100.02)))
    rig.tick(20)
    assert rig.session.end == stopped


def test_first_word_after_a_gap_does_not_fill_it() -> None:
    rig = watched()
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100))
    rig.silence(10)
    rig.tick(3_600)
    rig.tell(reading_at(rig.now.utc - timedelta(seconds=4), activity=FULL, power_w=0.0, register_mwh=kwh(102)))
    assert rig.session.estimated_mwh == kwh(2)


def test_sample_of_minutes_ago_is_put_in_its_place() -> None:
    rig = watched()
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(100))
    rig.read(600, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(101))
    rig.tell(charging(10, 0.8))
    before, after = rig.periods_of(rig.session)
    assert before.energy_mwh + after.energy_mwh == kwh(1)
    assert kwh(0.99) < before.energy_mwh < kwh(1)
    rig.check(energy_mwh=kwh(1.003))


def test_car_that_is_told_late_to_be_gone_takes_back_nothing_of_what_its_end_had_shown() -> None:
    rig = watched()
    rig.read(10, activity=CHARGING, power_w=11_000.0, register_mwh=kwh(100.001), register_final=True)
    rig.read(14, activity=CHARGING, power_w=11_000.0, register_mwh=kwh(100.015))
    ended = rig.now.utc + timedelta(seconds=0.3)
    rig.wait(4)
    rig.tell(reading_at(ended, activity=FULL, power_w=0.0, register_mwh=kwh(100.015), register_final=True))
    rig.wait(1)
    gone = reading_at(ended, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100.015))
    assert is_late(rig.memory, rig.tracker, gone)
    rig.tell(gone)
    rig.read(15, activity=CHARGING, power_w=0.0, register_mwh=kwh(100.015))
    rig.read(15, activity=CHARGING, power_w=11_000.0, register_mwh=kwh(100.022))
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.015), kwh(0.007))


def test_sun_of_before_a_charge_of_the_dark_is_not_the_sun_of_that_charge() -> None:
    rig = watched()
    before = rig.tracker
    sunny = Told(kind=ToldKind.READING, now=rig.now, reading=idle(5), grid_power_w=-5_000.0)
    memory = Memory(segments=(Segment(before=before, told=(sunny,)),))
    rig.wait(3 * 3_600)
    rig.tick()
    charge = tuple(charging(minute, 0.1 * minute) for minute in (7, 11, 60, 120))
    late = [one.grid_power_w for one in told_since(memory, 0, rig.tracker, charge) if one.reading in charge]
    assert late == [-5_000.0, None, None, None]


def test_old_news_after_the_clock_was_set_counts_as_new() -> None:
    rig = watched()
    rig.set_clock(3_600)
    rig.read(10, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    rig.tell(charging(5, 0))
    assert rig.session.start == rig.now.utc


def test_whole_charge_of_the_dark_is_put_before_what_followed() -> None:
    rig = watched()
    rig.silence(10)
    rig.read(4 * 3_600, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(106))
    rig.read(60, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(106))
    rig.read(60, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(106.1))
    rig.past(charging(20, 0), charging(80, 5.999), idle(80.2, 6))
    past, now = plain(rig)
    assert (past.start, past.end, past.energy_mwh, past.estimated_mwh) == (at(20), at(80.2), kwh(6), 0)
    assert (now.status, now.energy_mwh) == (SessionStatus.OPEN, kwh(0.1))
    rig.check(energy_mwh=kwh(6.103))


def test_whole_charge_of_a_time_that_is_half_forgotten_is_a_session_of_its_own() -> None:
    rig = watched()
    rig.silence(10)
    rig.read(1_200, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    for _ in range(2 * MOST_TOLD):
        rig.read(10, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100))
    retold = rig.past(charging(10, -1), idle(20, 0))
    assert retold.past == (rig.session.id,)
    assert (retold.since, rig.session.energy_mwh) == (None, kwh(1))


def test_old_charge_that_is_told_piece_by_piece_is_a_session_once_it_is_whole() -> None:
    rig = known()
    for readings in ((charging(-90, -5), idle(0)), (charging(-60, -2), idle(0))):
        assert rig.late(*readings).past == ()
    retold = rig.late(charging(-30, 0), idle(-29, 0), idle(0))
    assert retold.past == (rig.session.id,)
    assert (rig.session.start, rig.session.end, rig.session.energy_mwh) == (at(-90), at(-29), kwh(5))
    assert rig.memory.early == ()


def test_new_charger_that_has_charged_for_an_hour_tells_of_all_of_it() -> None:
    rig = LateRig()
    rig.read(activity=CHARGING, power_w=6_000.0, register_mwh=kwh(106))
    rig.read(10, activity=CHARGING, power_w=6_000.0, register_mwh=kwh(106.016))
    (before,) = rig.sessions
    rig.late(charging(-60, 0), charging(-30, 3.001), charging(0, 6), charging(1 / 6, 6.016))
    assert (rig.session.id, rig.session.start, rig.session.status) == (before, at(-60), SessionStatus.OPEN)
    assert (rig.session.energy_mwh, rig.session.estimated_mwh) == (kwh(6.016), 0)
    rig.read(600, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(107))
    rig.tick(20)
    assert (rig.session.energy_mwh, rig.session.connected_ms) == (kwh(7), 4_210_000)
