"""A session is split where another card or another vehicle charges, without anybody pulling a plug."""

from datetime import timedelta
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.sessions.session import EndReason, SessionEventType, SessionStatus
from custom_components.ev_sessions.core.sessions.tracking.tracker import Tracker
from tests.core.sessions.tracking.retelling_rig import LateRig, reading_at
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, FULL, PREPARING, TEN, Rig, charging, kwh
from tests.core.sessions.tracking.test_tracker_properties import Charger, live, told_mwh

CONNECTED, DISCONNECTED = SessionEventType.CONNECTED, SessionEventType.DISCONNECTED


def test_both_sessions_are_exact_at_the_register_that_is_told_with_the_card() -> None:
    rig = charging()
    rig.read(60, activity=CHARGING, register_mwh=kwh(101.3), power_w=11_000.0)
    rig.split()
    rig.read(360, activity=CHARGING, register_mwh=kwh(102.4), power_w=11_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(102.4), power_w=0.0)
    rig.tick(600)
    rig.tick(600)
    first, second = rig.sessions.values()
    assert (first.end_reason, second.end_reason) == (EndReason.TOKEN_CHANGED, EndReason.UNPLUGGED)
    assert first.end == second.start
    assert (first.energy_mwh, second.energy_mwh) == (kwh(1.3), kwh(1.1))
    assert (first.register_start_mwh, first.register_end_mwh) == (kwh(100), kwh(101.3))
    assert (second.register_start_mwh, second.register_end_mwh) == (kwh(101.3), kwh(102.4))
    rig.check()


def test_both_tell_why_and_the_second_charges_at_once() -> None:
    rig = charging()
    rig.events.clear()
    rig.split(reason=EndReason.VEHICLE_CHANGED)
    first, second = rig.sessions
    assert [(one.type, one.session_id, one.reason) for one in rig.events] == [
        (DISCONNECTED, first, "vehicle_changed"),
        (CONNECTED, second, "vehicle_changed"),
        (SessionEventType.STARTED_CHARGING, second, None),
    ]
    assert rig.step.urgent


def test_what_the_register_tells_later_is_shared_at_the_split_and_they_meet_there() -> None:
    rig = charging()
    rig.split(after_s=180)
    rig.read(180, activity=CHARGING, register_mwh=kwh(102.2), power_w=11_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(102.2), power_w=0.0)
    rig.tick(600)
    rig.tick(600)
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(1.65), kwh(0.55))
    assert first.register_end_mwh == second.register_start_mwh == kwh(101.65)
    assert second.register_end_mwh == kwh(102.2)


def test_a_car_that_is_full_begins_the_next_session_as_one_that_waits() -> None:
    rig = charging()
    rig.read(60, activity=FULL, register_mwh=kwh(101.3), power_w=0.0)
    rig.events.clear()
    rig.split(after_s=60)
    assert rig.told == [DISCONNECTED, CONNECTED]
    rig.tick(60)
    assert (rig.last.waiting_ms, rig.last.charging_ms, rig.last.energy_mwh) == (60_000, 0, 0)


def test_nothing_is_split_where_no_car_is_or_it_is_not_certain() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    rig.split()
    assert not rig.sessions
    rig = charging()
    rig.read(5, activity=AVAILABLE, register_mwh=kwh(101.2), power_w=0.0)
    rig.split()
    assert len(rig.sessions) == 1
    rig = charging()
    rig.silence(10)
    rig.split()
    assert [one.status for one in rig.sessions.values()] == [SessionStatus.HELD]


def test_where_only_the_register_tells_of_a_car_the_time_until_then_is_the_first_ones() -> None:
    rig = Rig()
    for used_kwh in (0.0, 0.001, 0.003):
        rig.read(60, register_mwh=kwh(99.997 + used_kwh))
    for _ in range(5):
        rig.read(60, register_mwh=(rig.tracker.register.value_mwh if rig.tracker.register else 0) + kwh(0.18))
    rig.split(after_s=30)
    assert len(rig.sessions) >= 2
    assert rig.tracker.doubt is not None
    first, second = list(rig.sessions.values())[-2:]
    assert first.end == second.start == rig.now.utc
    rig.check()


def test_a_register_that_has_told_all_owes_the_first_one_nothing() -> None:
    rig = charging()
    rig.read(60, activity=FULL, register_mwh=kwh(101.3), power_w=None)
    rig.read(60, activity=FULL, register_mwh=kwh(101.3), power_w=None)
    rig.split(final=True)
    rig.read(600, activity=FULL, register_mwh=kwh(102), power_w=None)
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(1.3), kwh(0.7))
    assert second.register_start_mwh == kwh(101.3)


def test_a_second_split_at_once_leaves_an_empty_session_between() -> None:
    rig = charging()
    rig.split()
    rig.split()
    assert [one.energy_mwh for one in rig.sessions.values()] == [kwh(1.1), 0, 0]
    assert len({one.start for one in list(rig.sessions.values())[1:]}) == 1


def test_a_split_is_told_again_where_a_reading_comes_late() -> None:
    rig = LateRig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100.001), power_w=0.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.001), power_w=6_000.0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(101.001), power_w=6_000.0)
    rig.split()
    rig.read(600, activity=CHARGING, register_mwh=kwh(102.001), power_w=6_000.0)
    ids = list(rig.sessions)
    late = rig.now.utc - timedelta(seconds=300)
    rig.tell(reading_at(late, activity=CHARGING, register_mwh=kwh(101.401), power_w=6_000.0))
    first, second = rig.sessions.values()
    assert [first.id, second.id] == ids
    assert (first.end_reason, first.energy_mwh, second.energy_mwh) == (EndReason.TOKEN_CHANGED, kwh(1), kwh(1))


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), step_mwh=st.sampled_from((1, 1_000, 100_000, 1_000_000)))
def test_splits_lose_no_energy_and_sessions_meet_at_one_register_value(seed: int, step_mwh: int) -> None:
    random = Random(seed)
    rig, charger = Rig(start=TEN), Charger(step_mwh)
    rig.read(**charger.fields())
    for part in range(6):
        live(rig, charger, seed + part, 8)
        before = None if rig.tracker.current is None else rig.tracker.current.id
        rig.split(reason=random.choice((EndReason.TOKEN_CHANGED, EndReason.VEHICLE_CHANGED)))
        rig.check(energy_mwh=told_mwh(rig))
        assert Tracker.from_json(rig.tracker.to_json()) == rig.tracker
        now = rig.tracker.current
        if before is not None and now is not None and now.id != before:
            assert rig.sessions[before].end == now.start
    charger.plugged, charger.activity, charger.power_w = False, AVAILABLE, 0
    rig.read(10, **charger.fields())
    rig.tick(10_000)
    rig.check(energy_mwh=told_mwh(rig))
    by_start = {one.start: one for one in rig.sessions.values()}
    for one in rig.sessions.values():
        if one.end_reason not in {EndReason.TOKEN_CHANGED, EndReason.VEHICLE_CHANGED} or one.end is None:
            continue
        after = by_start.get(one.end)
        if after is not None and one.register_end_mwh is not None and after.id != one.id:
            assert one.register_end_mwh == after.register_start_mwh
            assert one.register_start_mwh is not None
            assert one.register_end_mwh == one.register_start_mwh + one.energy_mwh


@pytest.mark.parametrize("activity", [PREPARING, FULL, CHARGING])
def test_a_restart_right_after_a_split_keeps_both(activity: object) -> None:
    rig = charging()
    rig.split()
    snapshot = rig.tracker.to_json()
    rig.restart(30, snapshot=snapshot)
    rig.read(10, activity=activity, register_mwh=kwh(101.2), power_w=0.0)
    first, second = rig.sessions.values()
    assert first.end_reason is EndReason.TOKEN_CHANGED
    assert first.energy_mwh + second.energy_mwh == kwh(1.2)
    assert second.end is None
    rig.check()


def test_a_coarse_register_that_tells_late_moves_the_value_at_which_they_meet() -> None:
    rig = Rig()
    for step in range(3):
        rig.read(60, activity=AVAILABLE, register_mwh=kwh(98 + step), power_w=0.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(300, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.split()
    rig.read(180, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(10, activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    for _ in range(4):
        rig.tick(3_000)
    first, second = rig.sessions.values()
    assert (first.settled, second.settled, first.register_end_mwh) == (True, True, kwh(100))
    rig.read(10, activity=AVAILABLE, register_mwh=kwh(101), power_w=0.0)
    first, second = rig.sessions.values()
    assert first.energy_mwh > second.energy_mwh > 0
    assert first.register_end_mwh == second.register_start_mwh == kwh(100) + first.energy_mwh
    assert second.register_end_mwh == kwh(101) == kwh(100) + first.energy_mwh + second.energy_mwh
    rig.check()
