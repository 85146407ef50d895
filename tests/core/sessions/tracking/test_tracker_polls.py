"""A charger that is polled: what it shows together comes one after the other, in whatever order."""

from datetime import timedelta

from custom_components.ev_sessions.core.sessions.tracking.claims import claimants
from custom_components.ev_sessions.core.sessions.tracking.piece import Piece
from custom_components.ev_sessions.core.sessions.tracking.register import Increment, RegisterState
from tests.core.sessions.tracking.rig import AVAILABLE, CHARGING, OUTSIDE, Rig, empty, kwh

S = 1_000_000


def test_register_that_comes_before_the_plug_in_one_poll_is_the_cars() -> None:
    rig = empty()
    # Ten seconds later a car has drawn 3 Wh, and the register's entity is the first to say so.
    rig.read(10, activity=AVAILABLE, register_mwh=kwh(100.003), power_w=0.0, session_energy_mwh=0)
    rig.read(0.01, activity=CHARGING, register_mwh=kwh(100.003), power_w=4_000.0, session_energy_mwh=0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.014), power_w=4_000.0, session_energy_mwh=0)
    assert rig.session.register_start_mwh == kwh(100)
    assert rig.session.energy_mwh == kwh(0.014)
    rig.check(energy_mwh=kwh(0.014) + OUTSIDE)


def test_plug_that_comes_before_the_register_in_one_poll_gets_the_same() -> None:
    rig = empty()
    rig.read(10, activity=CHARGING, register_mwh=kwh(100), power_w=0.0, session_energy_mwh=0)
    rig.read(0.01, activity=CHARGING, register_mwh=kwh(100.003), power_w=4_000.0, session_energy_mwh=0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.014), power_w=4_000.0, session_energy_mwh=0)
    assert rig.session.register_start_mwh == kwh(100)
    assert rig.session.energy_mwh == kwh(0.014)
    rig.check(energy_mwh=kwh(0.014) + OUTSIDE)


def test_what_the_charger_used_long_before_the_plug_is_not_the_cars() -> None:
    rig = empty()
    rig.read(10, activity=AVAILABLE, register_mwh=kwh(100.001), power_w=0.0, session_energy_mwh=0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.001), power_w=4_000.0, session_energy_mwh=0)
    rig.read(10, activity=CHARGING, register_mwh=kwh(100.012), power_w=4_000.0, session_energy_mwh=0)
    assert rig.session.register_start_mwh == kwh(100.001)
    assert rig.session.energy_mwh == kwh(0.011)
    rig.check(energy_mwh=kwh(0.012) + OUTSIDE)


def test_more_than_a_car_can_draw_between_two_polls_is_not_the_cars() -> None:
    rig = empty()
    rig.read(36_000, activity=AVAILABLE, register_mwh=kwh(105), power_w=0.0, session_energy_mwh=0)
    rig.read(0.01, activity=CHARGING, register_mwh=kwh(105), power_w=4_000.0, session_energy_mwh=0)
    assert rig.session.register_start_mwh == kwh(105)
    assert rig.session.energy_mwh == 0
    rig.check(energy_mwh=kwh(5) + OUTSIDE)


def test_energy_that_came_before_the_plug_is_given_once() -> None:
    rig = empty()
    rig.read(10, activity=AVAILABLE, register_mwh=kwh(100.003), power_w=0.0, session_energy_mwh=0)
    rig.read(0.01, activity=CHARGING, register_mwh=kwh(100.003), power_w=4_000.0, session_energy_mwh=0)
    rig.restart(30)
    rig.read(1, activity=CHARGING, register_mwh=kwh(100.04), power_w=4_000.0, session_energy_mwh=0)
    rig.tick(30)
    rig.check(energy_mwh=kwh(0.04) + OUTSIDE)
    assert rig.session.energy_mwh == kwh(0.04)


def test_sample_of_before_a_quarter_hour_that_arrives_after_it_belongs_to_before() -> None:
    rig = Rig()
    rig.show_small_steps()
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(639, activity=CHARGING, register_mwh=kwh(101), power_w=6_000.0)
    # The quarter hour ends 21 s later.
    taken_at = rig.now.utc + timedelta(seconds=19)
    rig.wait(22)
    rig.read(0, activity=CHARGING, register_mwh=kwh(101.03), register_at=taken_at, power_w=6_000.0)
    periods = rig.periods_of(rig.session)
    assert [period.energy_mwh for period in periods] == [kwh(1.03), 0]
    rig.check(energy_mwh=kwh(1.03) + kwh(0.003))


def test_car_that_left_long_before_the_register_was_seen_last_gets_nothing_of_the_next_ones() -> None:
    gone = Piece(start_us=0, end_us=100 * S, session_id="gone", activity=CHARGING, elapsed_ms=100_000)
    here = Piece(
        start_us=100 * S,
        end_us=400 * S,
        session_id="here",
        activity=CHARGING,
        elapsed_ms=300_000,
        covered_ms=300_000,
        pending_uj=300_000 * 7_000_000,
    )
    source = RegisterState(value_mwh=0, at_us=200 * S, changed_us=200 * S, total_mwh=0, step_mwh=1_000, pace_us=30 * S)
    increment = Increment(start_us=200 * S, end_us=400 * S, energy_mwh=kwh(0.5))
    span = claimants((gone, here), increment, source, lambda piece: piece is here)
    assert span[0].elapsed_ms == 0
    assert span[1] is here
