"""Where energy belongs: increments of a register over the time in which they were used."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.ev_sessions.core.session import Quality
from custom_components.ev_sessions.core.step import NoteKey
from tests.core.rig import AVAILABLE, CHARGING, FULL, PREPARING, TEN, Activity, Rig, State, kwh


def fine(rig: Rig, **fields: Any) -> None:
    """Let the register show that its steps are small, with no car there."""
    for used in (0, 0.001, 0.003):
        rig.read(60, activity=AVAILABLE, register_mwh=kwh(100 - 0.003 + used), power_w=0.0, **fields)


def test_where_the_register_is_known_at_both_ends_the_session_is_exactly_their_difference() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(3_600, activity=CHARGING, register_mwh=kwh(107.123), power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(107.234567), power_w=0.0)
    rig.tick(10)
    assert rig.session.energy_mwh == kwh(7.234567)
    assert {period.quality for period in rig.periods_of(rig.session)} == {Quality.MEASURED}
    rig.check(energy_mwh=kwh(7.237567))


def test_an_increment_is_spread_by_the_power_that_was_seen() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=9_000.0)
    rig.read(300, activity=CHARGING, power_w=3_000.0)
    rig.cut()
    rig.read(300, activity=CHARGING, power_w=0.0, register_mwh=kwh(101))
    first, second = rig.periods_of(rig.session)[:2]
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.75), kwh(0.25))


def test_without_power_an_increment_is_spread_by_charging_time() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=PREPARING, register_mwh=kwh(100))
    rig.read(200, activity=CHARGING)
    rig.read(100, activity=FULL)
    rig.read(100, activity=CHARGING)
    rig.read(100, activity=FULL, register_mwh=kwh(101))
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    assert energies == [0, kwh(0.5), 0, kwh(0.5)]


def test_power_that_was_zero_all_the_time_is_no_witness() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=PREPARING, register_mwh=kwh(100), power_w=0.0)
    rig.read(100, activity=CHARGING, power_w=0.0)
    rig.read(100, activity=CHARGING, power_w=0.0, register_mwh=kwh(100.2))
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    assert energies == [0, kwh(0.2)]


def test_power_that_does_not_cover_the_span_is_no_witness() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=11_000.0)
    rig.read(100, activity=CHARGING)
    rig.cut()
    rig.read(300, activity=CHARGING, power_w=11_000.0, register_mwh=kwh(100.4))
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    assert energies == [kwh(0.1), kwh(0.3)]


def test_without_power_and_charging_an_increment_is_spread_by_connected_time() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100))
    rig.read(100, activity=PREPARING)
    rig.cut(100)
    rig.read(300, activity=PREPARING, register_mwh=kwh(100.1))
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    assert energies == [kwh(0.025), kwh(0.075)]
    assert rig.tracker.outside_mwh == kwh(0.003)


def test_without_any_car_an_increment_belongs_to_no_session() -> None:
    rig = Rig()
    fine(rig)
    rig.read(600, activity=AVAILABLE, register_mwh=kwh(100.05))
    assert rig.tracker.outside_mwh == kwh(0.053)
    assert not rig.sessions


def test_a_late_last_sample_falls_into_the_session_that_could_have_used_it() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(300, activity=CHARGING, register_mwh=kwh(100.5), power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, power_w=7_000.0)  # the power, too, is late
    rig.read(20, activity=AVAILABLE, power_w=0.0)
    assert not rig.session.settled
    rig.read(10, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(100.62))
    assert rig.session.energy_mwh == kwh(0.62)
    assert rig.session.settled
    assert rig.session.register_end_mwh == kwh(100.62)
    rig.check(energy_mwh=kwh(0.623))


def test_two_sessions_share_an_increment_that_both_could_have_used() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=11_000.0)
    rig.read(60, activity=AVAILABLE, power_w=0.0)
    rig.read(20, activity=CHARGING, power_w=11_000.0)
    rig.read(180, activity=CHARGING, power_w=11_000.0, register_mwh=kwh(100.8))
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.2), kwh(0.6))
    assert first.settled
    assert first.register_end_mwh == kwh(100.2)
    rig.check(energy_mwh=kwh(0.803))


def test_a_session_that_could_not_draw_shares_nothing() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=11_000.0)
    rig.read(60, activity=AVAILABLE, power_w=0.0)
    rig.read(20, activity=PREPARING, power_w=0.0)
    rig.read(20, activity=PREPARING, power_w=0.0, register_mwh=kwh(100.2))
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.2), 0)


def test_a_coarse_register_is_spread_over_time_by_the_power() -> None:
    rig = Rig()
    register = 100
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(register), power_w=0.0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(register), power_w=6_000.0)
    for minute in range(1, 46):
        register = 100 + minute // 10
        rig.read(60, activity=CHARGING, register_mwh=kwh(register), power_w=6_000.0)
    energies = [period.energy_mwh for period in rig.periods_of(rig.session)]
    # Cut at 10:15, 10:30, 10:45; the last full kWh came 40 minutes after the plug.
    assert energies == [kwh(0.5), kwh(1.5), kwh(1.5), kwh(0.5)]
    qualities = [period.quality for period in rig.periods_of(rig.session)]
    assert qualities == [Quality.SPREAD, Quality.SPREAD, Quality.SPREAD, Quality.SPREAD]
    assert rig.session.estimated_mwh == 0
    rig.check(energy_mwh=kwh(4))


def test_the_rest_of_a_coarse_step_is_shared_with_the_next_session() -> None:
    rig = Rig()
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(100.0), power_w=0.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.0), power_w=6_000.0)
    for tenth in (1, 2, 3):
        rig.read(60, activity=CHARGING, register_mwh=kwh(100 + tenth / 10), power_w=6_000.0)
    rig.read(45, activity=AVAILABLE, register_mwh=kwh(100.3), power_w=0.0)
    rig.tick(600)
    first = rig.session
    assert first.settled
    assert first.energy_mwh == kwh(0.3)
    rig.read(3_600, activity=CHARGING, register_mwh=kwh(100.3), power_w=6_000.0)
    rig.read(15, activity=CHARGING, register_mwh=kwh(100.4), power_w=6_000.0)
    first, second = rig.sessions.values()
    assert (first.energy_mwh, second.energy_mwh) == (kwh(0.375), kwh(0.025))
    assert not rig.tracker.ended
    rig.check(energy_mwh=kwh(0.4))


def test_a_register_that_only_speaks_when_it_changes_settles_after_a_while() -> None:
    rig = Rig()
    for second in range(0, 100, 10):
        rig.read(10, activity=CHARGING, register_mwh=kwh(100) + second * 2_000, power_w=7_200.0)
    last = rig.now.utc
    register = {"register_mwh": kwh(100) + 180_000, "register_at": last}
    rig.read(2, activity=AVAILABLE, power_w=0.0, **register)
    rig.tick(10)
    assert not rig.session.settled
    rig.read(47, activity=AVAILABLE, power_w=0.0, **register)
    assert not rig.session.settled
    rig.tick(3)
    assert rig.session.settled
    assert rig.session.energy_mwh == kwh(0.18)
    # What comes now can be of nobody's car.
    rig.read(600, activity=AVAILABLE, register_mwh=kwh(100.19), power_w=0.0)
    assert rig.session.energy_mwh == kwh(0.18)
    assert rig.tracker.outside_mwh == kwh(0.01)


def test_a_register_that_speaks_rarely_is_waited_for() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    rig.read(10, activity=CHARGING, power_w=6_000.0)
    for used in (0.501, 1.002, 1.503):
        rig.read(300, activity=CHARGING, register_mwh=kwh(100 + used), power_w=6_000.0)
    rig.read(200, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(101.503), register_at=rig.now.utc)
    rig.tick(60)
    assert not rig.session.settled
    rig.read(40, activity=AVAILABLE, power_w=0.0, register_mwh=kwh(101.836))
    assert rig.session.settled
    assert rig.session.energy_mwh == kwh(1.836)


def test_a_register_that_says_the_same_while_a_car_draws_still_owes() -> None:
    """A cloud that gives the counter once an hour, and its state each minute."""
    rig = Rig(max_power_kw=22.0)
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    for _ in range(30):
        rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    rig.tick(10)
    assert not rig.session.settled
    rig.read(40, activity=AVAILABLE, register_mwh=kwh(103.1), power_w=0.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(103.1), power_w=0.0)
    assert rig.session.energy_mwh == kwh(3.1)
    assert rig.session.settled
    assert [period.energy_mwh for period in rig.periods_of(rig.session)] == [kwh(1.1), kwh(1.5), kwh(0.5)]


def test_a_held_sample_settles_when_nothing_contradicts_it() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(0.1), power_w=0.0)  # a reset at the very end
    rig.tick(30)
    assert rig.session.energy_mwh == 0
    rig.tick(40)
    assert rig.session.energy_mwh == kwh(0.1)
    assert rig.noted == [NoteKey.REGISTER_RESET]
    assert rig.session.settled


def test_without_a_register_the_chargers_session_counter_is_one() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, session_energy_mwh=kwh(7), power_w=0.0)
    rig.read(60, activity=PREPARING, session_energy_mwh=0, power_w=0.0)
    rig.read(60, activity=CHARGING, session_energy_mwh=0, power_w=7_000.0)
    for minute in range(1, 11):
        rig.read(60, activity=CHARGING, session_energy_mwh=kwh(0.1) * minute, power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, session_energy_mwh=kwh(1), power_w=0.0)
    rig.tick(120)
    assert rig.session.energy_mwh == kwh(1)
    assert rig.session.settled
    assert rig.session.register_start_mwh is None
    assert rig.session.register_end_mwh is None
    assert rig.tracker.energy_register_mwh == kwh(8)
    rig.check(energy_mwh=kwh(1))


def test_beside_a_register_the_session_counter_counts_nothing() -> None:
    rig = Rig()
    fine(rig, session_energy_mwh=0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), session_energy_mwh=0)
    rig.read(600, activity=CHARGING, register_mwh=kwh(101), session_energy_mwh=kwh(1))
    rig.read(600, activity=CHARGING, session_energy_mwh=kwh(2))
    assert rig.session.energy_mwh == kwh(1)
    rig.read(10, activity=CHARGING, register_mwh=kwh(102), session_energy_mwh=kwh(2))
    assert rig.session.energy_mwh == kwh(2)


def test_a_register_that_comes_late_takes_over_from_the_session_counter() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, session_energy_mwh=0)
    rig.read(600, activity=CHARGING, session_energy_mwh=kwh(1))
    rig.read(0, activity=CHARGING, session_energy_mwh=kwh(1), register_mwh=kwh(500))
    rig.read(600, activity=CHARGING, session_energy_mwh=kwh(2), register_mwh=kwh(501))
    assert rig.session.energy_mwh == kwh(2)


def test_without_any_counter_power_is_integrated() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=7_200.0)
    rig.read(100, activity=CHARGING, power_w=3_600.0)
    rig.read(100, activity=CHARGING)  # not known: not counted
    rig.read(100, activity=AVAILABLE, power_w=3_600.0)
    rig.tick(100)
    assert rig.session.energy_mwh == kwh(0.3)
    assert rig.session.estimated_mwh == kwh(0.3)
    assert rig.session.settled
    assert rig.periods_of(rig.session)[0].quality is Quality.INTEGRATED
    assert rig.tracker.outside_mwh == 0
    rig.check()


def test_integration_loses_no_fraction_of_a_mwh() -> None:
    rig = Rig()
    for _ in range(1_000):
        rig.read(0.007, activity=CHARGING, power_w=1_234.567)
    assert rig.session.energy_mwh == 1_234_567 * 999 * 7 // 3_600_000


@pytest.mark.parametrize("power_w", [float("nan"), float("inf"), float("-inf"), 1e9, 13_201.0])
def test_power_that_cannot_be_is_not_known(power_w: float) -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=power_w)
    rig.read(600, activity=CHARGING, power_w=power_w)
    assert rig.session.energy_mwh == 0
    assert rig.periods_of(rig.session)[0].mean_power_w is None


def test_power_that_flows_back_is_none() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=-30.0)
    rig.read(600, activity=CHARGING, power_w=-30.0)
    assert rig.session.energy_mwh == 0
    assert rig.periods_of(rig.session)[0].mean_power_w == 0


def test_an_increment_over_an_unavailable_meter_is_estimated() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(60, activity=CHARGING, power_w=6_000.0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.2), power_w=6_000.0)
    assert rig.session.estimated_mwh == kwh(0.2)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.3), power_w=6_000.0)
    assert rig.session.estimated_mwh == kwh(0.2)
    assert rig.periods_of(rig.session)[-1].quality is Quality.ESTIMATED
    rig.check()


def test_a_meter_that_blinks_estimates_nothing() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(5, activity=CHARGING, power_w=6_000.0)
    rig.read(55, activity=CHARGING, register_mwh=kwh(100.1), power_w=6_000.0)
    assert rig.session.estimated_mwh == 0


def test_one_sample_is_counted_once_however_often_it_is_read() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    sampled = rig.now.utc
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1), register_at=sampled + timedelta(seconds=60))
    for _ in range(3):
        rig.read(60, activity=CHARGING, register_mwh=kwh(100.1), register_at=sampled + timedelta(seconds=60))
    assert rig.tracker.register is not None
    assert rig.tracker.register.at_us == round((sampled.timestamp() + 60) * 1e6)


def test_a_late_sample_after_a_newer_one_lets_nothing_fall() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100))
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1))
    rig.read(0, activity=CHARGING, register_mwh=kwh(100.05), register_at=rig.now.utc - timedelta(seconds=30))
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.2))
    assert rig.session.energy_mwh == kwh(0.2)
    assert not rig.notes


def test_a_sample_without_an_instant_is_of_now() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), register_at=None)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1), register_at=None)
    assert rig.session.energy_mwh == kwh(0.1)


def test_a_negative_first_sample_is_none() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=-1)
    assert rig.tracker.register is None
    rig.read(60, activity=CHARGING, register_mwh=kwh(100))
    rig.read(60, activity=CHARGING, register_mwh=kwh(100.1))
    assert rig.session.energy_mwh == kwh(0.1)


def test_the_energy_register_rises_through_all_that_a_meter_does() -> None:
    rig = Rig()
    shown = []
    for value in (100, 100.1, 0, 100.2, 0, 0.1, 0.2, 400, 400.1, 399, 400.2, 9_000, 400.3):
        rig.read(60, activity=CHARGING, register_mwh=kwh(value))
        shown.append(rig.tracker.energy_register_mwh)
    assert shown == sorted(shown)  # type: ignore[type-var]
    assert shown[-1] == kwh(100.7)
    rig.check(energy_mwh=kwh(0.7))


@pytest.mark.parametrize(
    ("values", "used"),
    [
        pytest.param([2_000.0, 2_001.2, 1_000.0, 1_001.0], 2.2, id="a_reset_in_the_session_to_another_value"),
        pytest.param([999_999.0, 999_999.5, 0.5, 1.0], 2.0, id="a_rollover_at_a_thousand_million_wh"),
        pytest.param([0, 0.5, 1.0, 1.5], 1.5, id="from_zero_in_each_session"),
        pytest.param([100, 100.5, 0, 101.0], 1.0, id="one_value_of_zero"),
        pytest.param([100, 101, -1, 101.5], 1.5, id="one_value_below_zero"),
    ],
)
def test_the_wrongs_of_others_are_not_ours(values: list[float], used: float) -> None:
    rig = Rig()
    for value in values:
        rig.read(600, activity=CHARGING, register_mwh=kwh(value), power_w=6_000.0)
    assert rig.session.energy_mwh == kwh(used)


def test_the_second_session_does_not_begin_at_the_register_of_the_first() -> None:
    rig = Rig()
    fine(rig)
    for start, end in ((100.0, 105.0), (105.0, 106.5)):
        rig.read(60, activity=CHARGING, register_mwh=kwh(start), power_w=7_000.0)
        rig.read(3_600, activity=CHARGING, register_mwh=kwh(end), power_w=7_000.0)
        rig.read(60, activity=AVAILABLE, register_mwh=kwh(end), power_w=0.0)
        rig.tick(60)
    first, second = rig.sessions.values()
    assert first.energy_mwh == kwh(5)
    assert second.energy_mwh == kwh(1.5)
    assert second.register_start_mwh == kwh(105)


def test_ten_samples_at_once_keep_the_time_and_the_energy() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_200.0)
    rig.wait(100)
    for number in range(1, 11):
        at = rig.now.utc - timedelta(seconds=100 - 10 * number)
        rig.read(0, at=at, activity=CHARGING, register_mwh=kwh(100) + number * 20_000, power_w=7_200.0)
    assert rig.session.connected_ms == 100_000
    assert rig.session.energy_mwh == 200_000
    rig.check()


def test_a_long_idle_session_keeps_the_tracker_small() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    rig.read(600, activity=FULL, register_mwh=kwh(100), power_w=0.0)
    for _ in range(24 * 7):
        rig.tick(3_600)
    assert len(rig.tracker.pending) <= 400
    rig.read(60, activity=FULL, register_mwh=kwh(101), power_w=0.0)
    assert rig.periods_of(rig.session)[0].energy_mwh == kwh(1)
    rig.check(energy_mwh=kwh(1))


def test_a_long_charge_on_a_dead_register_keeps_the_tracker_small() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, register_mwh=kwh(100), power_w=6_000.0)
    for _ in range(24 * 7):
        rig.tick(3_600)
    assert len(rig.tracker.pending) <= 400
    rig.check()


def test_many_sessions_on_a_dead_register_do_not_pile_up() -> None:
    rig = Rig()
    rig.read(activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0)
    for _ in range(40):
        rig.read(60, activity=CHARGING, power_w=6_000.0)
        rig.read(60, activity=AVAILABLE, power_w=0.0)
    assert len(rig.tracker.ended) <= 17
    rig.read(60, state=State.A, register_mwh=kwh(104), power_w=0.0)
    rig.check(energy_mwh=kwh(4))


def test_a_finishing_car_has_completed() -> None:
    rig = Rig()
    rig.read(activity=CHARGING, power_w=7_000.0)
    rig.read(60, activity=Activity.FINISHING, power_w=0.0)
    assert rig.events[-1].type == "completed"
    assert rig.session.start == TEN


def test_a_second_sample_of_one_instant_belongs_to_what_is_now() -> None:
    rig = Rig()
    fine(rig)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=7_000.0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100.1), power_w=0.0)
    rig.read(5, activity=AVAILABLE, register_mwh=kwh(100.11), power_w=0.0, register_at=None)
    rig.read(0, activity=AVAILABLE, register_mwh=kwh(100.12), power_w=0.0, register_at=None)
    assert rig.tracker.doubt is not None
    rig.check(energy_mwh=kwh(0.123))
