"""A meter that cannot be believed: lost, silent, frozen; and one that only looks so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey as Key
from custom_components.ev_sessions.core.moment import Now
from tests.core.balancing.load_rig import START, BalancingState, LoadRig, car, site


def settled(rig: LoadRig) -> LoadRig:
    rig.run(150)
    return rig


def test_meter_that_was_never_seen_leaves_all_at_the_fallback() -> None:
    rig = LoadRig(site(), car())
    rig.look()
    assert (rig.limit(), rig.reason()) == (6.0, Key.METER_MISSING)
    assert rig.balancing_state == BalancingState.METER_LOST


def test_unavailable_meter_lowers_to_the_fallback_within_the_time_out_and_not_before() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    rig.meter, rig.grid = False, None
    rig.run(29)
    assert rig.limit() == 16.0
    rig.run(3)
    assert rig.limit() == 6.0
    assert rig.reason() is Key.METER_SILENT
    assert rig.decision is not None
    assert rig.decision.limits[0].reason.placeholders["timeout_s"] == "30"
    assert rig.decision.headroom_a is None
    rig.run(600)
    assert rig.limit() == 6.0


def test_silent_meter_whose_last_value_stays_is_lost_as_well() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    rig.meter = False
    rig.run(32)
    assert rig.limit() == 6.0


def test_recovery_of_the_meter_is_met_with_patience() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    rig.meter = False
    rig.run(60)
    rig.meter = True
    rig.run(5)
    assert rig.balancing_state == BalancingState.LIMITING
    assert rig.limit() == 6.0
    rig.run(10)
    assert rig.limit() == 16.0


def test_fallback_of_zero_pauses_and_a_pause_for_the_fuse_is_not_ended_blindly() -> None:
    rig = settled(LoadRig(site(), car("a", fallback_a=0.0), car("b"), house=4.0))
    rig.house = 20.0
    rig.second()
    assert (rig.limit("a"), rig.limit("b")) == (0.0, 0.0)
    rig.meter = False
    rig.run(28)
    assert (rig.limit("a"), rig.limit("b")) == (0.0, 0.0)
    rig.run(100)
    assert (rig.limit("a"), rig.limit("b")) == (0.0, 6.0)


def test_slow_meter_has_three_periods_and_its_delay() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.period_s = 20.0
    rig.run(420)
    assert rig.limit() == 16.0
    rig.meter = False
    rig.run(60)
    assert rig.limit() == 16.0
    rig.run(5)
    assert rig.limit() == 6.0


def test_owners_time_out_stands() -> None:
    rig = settled(LoadRig(site(meter_timeout_s=10.0), car(), house=4.0))
    rig.meter = False
    rig.run(12)
    assert rig.limit() == 6.0


def test_time_out_is_never_more_than_three_minutes() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.period_s = 100.0
    rig.run(1500)
    rig.meter = False
    rig.run(182)
    assert rig.balancing_state == BalancingState.METER_LOST


def test_frozen_meter_is_seen_when_our_own_draw_changes_and_its_values_do_not() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    frozen = rig.flow()
    rig.change(wish_a=8.0)  # our car falls by 8 A
    for _ in range(12):
        rig.t_s += 1
        rig.change(drawn_a=(rig.allowed["car"],) * 3)
        rig.grid = replace(rig.measure(), currents_a=frozen)  # rewritten every second
        rig.look()
    assert rig.balancing_state == BalancingState.METER_LOST
    assert rig.reason() is Key.METER_FROZEN
    assert rig.limit() == 6.0


def test_frozen_meter_is_not_believed_again_because_we_draw_what_we_drew_when_it_last_moved() -> None:
    rig = settled(LoadRig(site(), car(lines_measured=False), house=4.0))
    frozen = rig.flow()
    rig.following["car"] = False
    for second in range(40):
        rig.t_s += 1
        rig.change(drawn_a=(8.0 if 0 < second < 20 else 16.0,) * 3)
        rig.grid = replace(rig.measure(), currents_a=frozen)
        rig.look()
        if second > 12:
            assert rig.reason() is Key.METER_FROZEN
    # It moves: that is what it takes.
    rig.following["car"] = True
    rig.run(3)
    assert rig.reason() is not Key.METER_FROZEN


def stand_still(rig: LoadRig, seconds: int) -> int:
    """Rewrite the same values every second; return after how many the meter was given up."""
    frozen = rig.measure().currents_a
    for second in range(1, seconds + 1):
        rig.t_s += 1
        rig.grid = replace(rig.measure(), currents_a=frozen)
        rig.look()
        if rig.reason() is Key.METER_FROZEN:
            return second
    return 0


def test_frozen_meter_that_is_rewritten_is_seen_within_three_minutes_without_any_change_of_ours() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    assert 30 < stand_still(rig, 200) <= 181
    assert rig.limit() == 6.0


def test_meter_that_never_stands_still_is_given_up_sooner() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    lively = replace(rig.state.watch, longest_still_s=1.0)  # after days of flicker
    rig.state = replace(rig.state, watch=lively)
    assert 30 <= stand_still(rig, 200) <= 32


def test_meter_that_has_often_stood_still_is_given_more_time() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    rig.state = replace(rig.state, watch=replace(rig.state.watch, longest_still_s=1.0))
    assert stand_still(rig, 29) == 0
    rig.run(2)
    assert 40 <= stand_still(rig, 200) <= 50


def test_habit_of_standing_still_is_forgotten_slowly() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    before_s = rig.state.watch.longest_still_s
    rig.run(600)
    after_s = rig.state.watch.longest_still_s
    assert 0.99 < after_s / before_s < 1.0


def test_meter_that_reports_changes_only_is_recognised_and_given_time() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.following["car"] = False
    quiet_s = (1, 2, 1, 3, 1, 12, 1, 2, 1, 20, 1, 3, 25, 1, 1, 2, 28, 1)
    for number, wait_s in enumerate(quiet_s):
        for _ in range(wait_s):
            rig.t_s += 1
            rig.look()
        rig.grid = replace(rig.measure(), currents_a=(4.0 + number / 10,) * 3)
        rig.look()
    for _ in range(40):
        rig.t_s += 1
        rig.look()
    assert rig.balancing_state != BalancingState.METER_LOST
    for _ in range(5):
        rig.t_s += 1
        rig.look()
    assert rig.reason() is Key.METER_SILENT


def test_another_entity_of_the_meters_device_shows_that_it_lives() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    rig.meter = False
    for _ in range(29):
        rig.t_s += 1
        rig.look(alive_at=rig.now().utc)
    assert rig.limit() == 16.0


def test_restored_values_do_not_count() -> None:
    """The reading stems from before the start: it is as old as its instant says."""
    rig = LoadRig(site(), car(), house=4.0)
    rig.grid = replace(rig.measure(), at=START - timedelta(hours=3))
    rig.look()
    assert rig.balancing_state == BalancingState.METER_LOST
    assert rig.limit() == 6.0


def test_jump_of_the_wall_clock_neither_loses_the_meter_nor_finds_it() -> None:
    for jump_s in (3600.0, -3600.0, -1.7e9):
        rig = settled(LoadRig(site(), car(), house=4.0))
        for second in range(60):
            rig.t_s += 1
            now = Now(utc=rig.now().utc + timedelta(seconds=jump_s), monotonic_s=rig.now().monotonic_s)
            grid = replace(rig.measure(), at=now.utc)
            rig.state, decision = balance(rig.state, rig.limits, grid, tuple(rig.evses.values()), now)
            assert decision.limits[0].limit_a == 16.0, (jump_s, second)
        stopped = rig.measure()
        state = ""
        for _ in range(33):
            rig.t_s += 1
            now = Now(utc=rig.now().utc + timedelta(seconds=2 * jump_s), monotonic_s=rig.now().monotonic_s)
            rig.state, decision = balance(rig.state, rig.limits, stopped, tuple(rig.evses.values()), now)
            state = decision.state.value
        assert state == BalancingState.METER_LOST


def test_charger_that_is_polled_late_does_not_make_the_meter_look_frozen() -> None:
    """The meter showed the change when it came; the charger tells of it later."""
    rig = settled(LoadRig(site(), car(), house=4.0))
    rig.following["car"] = False
    told_s = rig.t_s
    after = tuple(float(a) for a in (10.0, 10.0, 10.0))  # the car fell to 6 A by itself
    for _ in range(12):
        rig.t_s += 1
        rig.grid = replace(rig.measure(), currents_a=after)
        rig.change(drawn_age_s=rig.t_s - told_s)
        rig.look()
    rig.change(drawn_a=(6.0,) * 3, drawn_age_s=0.0)
    for _ in range(15):
        rig.t_s += 1
        rig.grid = replace(rig.measure(), currents_a=after)
        rig.change(drawn_age_s=0.0)
        rig.look()
        assert rig.reason() is not Key.METER_FROZEN


def test_draw_that_returns_within_the_answer_time_accuses_nobody() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    frozen = rig.measure().currents_a
    rig.following["car"] = False
    for second in range(20):
        rig.t_s += 1
        rig.change(drawn_a=(16.0 if second % 4 else 11.0,) * 3)
        rig.grid = replace(rig.measure(), currents_a=frozen)
        rig.look()
        assert rig.reason() is not Key.METER_FROZEN


def test_total_power_that_moves_shows_that_the_currents_live() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    rig.state = replace(rig.state, watch=replace(rig.state.watch, longest_still_s=1.0))
    steady = rig.measure().currents_a
    for second in range(120):
        rig.t_s += 1
        rig.grid = replace(rig.measure(), currents_a=steady, power_w=13_800.0 + second % 2)
        rig.look()
    assert rig.limit() == 16.0


def test_meter_that_stood_still_and_then_answers_is_trusted_at_once() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    assert stand_still(rig, 200)
    assert rig.limit() == 6.0
    rig.run(12)
    assert rig.limit() == 16.0


def test_quiet_night_without_a_car_accuses_no_meter_and_a_start_on_a_frozen_one_is_seen_at_once() -> None:
    rig = LoadRig(site(), car(connected=False), house=4.0)
    rig.run(20)
    assert stand_still(rig, 3600) == 0
    frozen = rig.measure().currents_a
    rig.change(connected=True)
    for _ in range(20):
        rig.t_s += 1
        rig.change(drawn_a=(rig.allowed["car"],) * 3)
        rig.grid = replace(rig.measure(), currents_a=frozen)
        rig.look()
    assert rig.reason() is Key.METER_FROZEN
    assert rig.limit() == 6.0


# A single line


def stuck_line(rig: LoadRig, seconds: int, *, frozen_a: float) -> int:
    """Let L2 of the meter stand still while the others show what flows; return after how many seconds it is doubted."""
    for second in range(1, seconds + 1):
        rig.t_s += 1
        if rig.following["car"]:
            rig.change(drawn_a=(rig.allowed["car"],) * 3)
        currents = rig.measure().currents_a
        rig.grid = replace(rig.measure(), currents_a=(currents[0], frozen_a, currents[2]))
        rig.look()
        if rig.reason() is Key.METER_FROZEN:
            return second
    return 0


def test_line_that_stands_still_while_the_others_move_is_found_out_when_our_draw_on_it_changes() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    frozen_a = rig.measure().currents_a[1]
    assert stuck_line(rig, 20, frozen_a=frozen_a) == 0
    rig.change(wish_a=10.0)  # our car falls by 6 A
    assert 5 <= stuck_line(rig, 20, frozen_a=frozen_a) <= 10
    assert rig.balancing_state == BalancingState.METER_LOST
    assert rig.limit() == 6.0
    # Nor is it believed again when we draw what we drew when it last moved.
    rig.draws("car", 16.0)
    assert stuck_line(rig, 60, frozen_a=frozen_a) == 1
    rig.following["car"] = True
    rig.run(30)
    assert rig.reason() is not Key.METER_FROZEN
    assert rig.limit() == 10.0


def test_line_that_our_car_does_not_load_may_stand_still_for_ever() -> None:
    rig = settled(LoadRig(site(), car(lines=(0,), drawn_a=(0.0, 0.0, 0.0)), house=(4.0, 1.0, 2.0)))
    for wish_a in (8.0, 16.0, 7.0):
        rig.change(wish_a=wish_a)
        for _ in range(30):
            rig.t_s += 1
            rig.change(drawn_a=(rig.allowed["car"], 0.0, 0.0))
            rig.grid = replace(rig.measure(), currents_a=(rig.measure().currents_a[0], 1.0, 2.0))
            rig.look()
            assert rig.reason() is not Key.METER_FROZEN


def test_line_is_not_doubted_by_a_draw_that_is_only_spread_over_the_lines() -> None:
    """A car that is measured by its power alone may charge on one line."""
    rig = LoadRig(site(), car(lines_measured=False, sum_a=48.0), house=4.0)
    rig.run(100)
    frozen_a = rig.measure().currents_a[1]
    rig.draws("car", 6.0)
    rig.change(sum_a=18.0)
    assert stuck_line(rig, 30, frozen_a=frozen_a) == 0


def test_car_that_starts_and_stops_within_the_delay_of_a_coarse_meter_accuses_no_line() -> None:
    rig = settled(LoadRig(site(meter_delay_s=8.0), car(), house=4.0))
    rig.following["car"] = False
    for second in range(60):
        rig.t_s += 1
        rig.change(drawn_a=(16.0 if 10 <= second < 16 else 0.0,) * 3)
        # Of a step of the house, six seconds late and in whole amperes; the car's own came and went between.
        house_a = 5.0 if second >= 12 else 4.0
        rig.grid = replace(rig.measure(), currents_a=(house_a, house_a, 3.0 + 0.01 * second))
        rig.look()
        assert rig.reason() is not Key.METER_FROZEN


def test_wiring_of_other_lines_is_watched_anew() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    assert len(rig.state.watch.lines) == 3
    rig.change(drawn_a=None)
    rig.following["car"] = False
    rig.state = replace(rig.state, memories={})
    rig.second()
    assert rig.state.watch.lines == ()


# A heartbeat that the owner chose


def with_heartbeat(every_s: int) -> LoadRig:
    """Return a rig whose meter has shown new values each second for a while, and a heartbeat now and then."""
    rig = LoadRig(site(has_heartbeat=True), car(), house=4.0)
    beat(rig, 300, every_s)
    return rig


def beat(rig: LoadRig, seconds: int, every_s: int | None) -> int:
    """Let time pass; return after how many seconds the meter was given up, 0 for never."""
    last = rig.now().utc - timedelta(seconds=rig.t_s % 10)
    for second in range(1, seconds + 1):
        rig.t_s += 1
        rig.change(drawn_a=(rig.allowed["car"],) * 3)
        rig.grid = rig.measure()
        if every_s is not None and rig.t_s % every_s == 0:
            last = rig.now().utc
        if every_s is not None or rig.state.watch.alive_at is None:
            rig.look(alive_at=last)
        else:
            rig.look(alive_at=rig.state.watch.alive_at)
        if every_s is None and rig.reason() is Key.METER_SILENT:
            return second
    return 0


def test_values_that_are_shown_anew_do_not_keep_a_meter_alive_whose_heartbeat_stopped() -> None:
    rig = with_heartbeat(1)
    assert rig.limit() == 16.0
    assert 29 <= beat(rig, 60, None) <= 31
    assert rig.limit() == 6.0


def test_slow_heartbeat_has_a_time_out_of_its_own_and_makes_no_slow_meter() -> None:
    rig = with_heartbeat(60)
    assert rig.limit() == 16.0
    assert rig.state.watch.period_s == 1.0
    assert 88 <= beat(rig, 120, None) <= 91


def test_meter_without_a_beat_yet_is_not_there() -> None:
    rig = LoadRig(site(has_heartbeat=True), car(), house=4.0)
    rig.grid = rig.measure()
    rig.look()
    assert rig.reason() is Key.METER_MISSING


def test_lost_meter_brings_nobody_more_than_its_owner_asked_for() -> None:
    rig = settled(LoadRig(site(), car(fallback_a=10.0, wish_a=8.0), house=4.0))
    rig.meter = False
    rig.run(32)
    assert (rig.limit(), rig.reason()) == (8.0, Key.METER_SILENT)


def test_silence_is_noticed_at_the_very_instant_that_it_was_looked_for() -> None:
    rig = settled(LoadRig(site(meter_timeout_s=20.0), car(), house=4.0))
    rig.meter = False
    rig.t_s += 19.9
    wait_s = rig.look().check_again_s
    rig.t_s += wait_s
    rig.look()
    assert rig.balancing_state == BalancingState.METER_LOST


@pytest.mark.parametrize("period_s", [1.0, 10.0, 20.0])
def test_nobody_is_raised_by_the_last_report_of_a_meter_that_died(period_s: float) -> None:
    rig = LoadRig(site(), car(), house=15.0)
    rig.period_s = period_s
    rig.run(20 * period_s)
    assert rig.limit() in {8.0, 9.0}
    # The house takes less; the meter shows it once, and falls silent.
    rig.house = 2.0
    rig.run(period_s)
    rig.meter = False
    rig.run(200)
    assert rig.balancing_state == "meter_lost"
    assert max(limit_a or 0.0 for limit_a in rig.sent(19 * period_s)) <= 9.0


def test_meter_that_reports_changes_only_and_is_quiet_as_often_before_lets_a_car_rise() -> None:
    rig = LoadRig(site(), car(), house=15.0)
    for _ in range(10):
        # The house moves for some seconds, and stands still for twenty.
        rig.meter = True
        rig.run(5)
        rig.meter = False
        rig.run(20)
    assert rig.limit() == 9.0
    rig.house = 2.0
    rig.meter = True
    rig.run(1)
    rig.meter = False
    assert rig.limit() == 9.0
    rig.run(20)
    assert rig.limit() == 16.0
