"""The traps that other balancers fell into, each by its name."""

from dataclasses import replace
from itertools import pairwise

import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit
from custom_components.ev_sessions.core.balancing.evse.car_lines import CarLines, Drawn
from custom_components.ev_sessions.core.balancing.load import LimitNow
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey as Key
from tests.core.balancing.load_rig import BalancingState, LineUse, LoadRig, car, site


def settled(rig: LoadRig) -> LoadRig:
    rig.run(150)
    return rig


def test_flooring_the_meters_current_does_not_leave_an_ampere_over_the_fuse() -> None:
    rig = settled(LoadRig(site(margin_a=0.0), car(), house=9.9))
    assert rig.limit() == 15.0
    assert max(rig.flow()) <= 25.0


def test_availability_below_zero_asks_to_go_down_by_all_of_it() -> None:
    rig = settled(LoadRig(site(), car(), house=8.0))
    rig.house = 17.0
    rig.second()
    assert rig.limit() == 7.0


def test_last_room_before_an_overload_does_not_raise_into_it() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.run(100)
    rig.house = 20.5
    rig.second()
    assert rig.limit() == 0.0
    rig.run(300)
    assert rig.limit() == 0.0
    assert rig.balancing_state == BalancingState.PAUSED


def test_timer_fires_with_a_steady_meter() -> None:
    """A meter that reports changes only says nothing more once the house is quiet."""
    rig = LoadRig(site(meter_timeout_s=600.0), car(), house=4.0)
    rig.following["car"] = False
    rig.second()
    steady = rig.grid
    assert steady is not None
    rig.meter = False
    while rig.t_s < 200:
        assert rig.decision is not None
        wait_s = rig.decision.check_again_s
        assert 0 < wait_s <= 10.0
        rig.t_s += wait_s
        rig.look()
    assert rig.limit() == 16.0
    assert rig.grid is steady


def test_own_six_amperes_read_back_are_no_override() -> None:
    rig = LoadRig(site(), car(limit_read_a=6.0), house=4.0)
    rig.run(5)
    assert rig.limit() == 6.0
    rig.run(60)
    assert rig.limit() == 16.0


def test_higher_limit_of_somebody_else_is_set_back_but_rarely() -> None:
    rig = LoadRig(site(), car(limit_read_a=10.0), house=14.0)
    settled(rig)
    assert rig.limit() == 10.0
    before = len(rig.sent())
    rig.change(limit_read_a=16.0)
    rig.following["car"] = False
    rig.change(drawn_a=(10.0,) * 3)
    rig.run(600)
    repeats = rig.sent()[before:]
    assert repeats
    assert set(repeats) <= {10.0}
    assert len(repeats) <= 6


def test_paused_car_resumes_by_a_new_command_not_by_the_limit_of_before() -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    rig.house = 20.0
    rig.second()
    rig.house = 4.0
    mark = rig.t_s
    rig.run(180)
    assert rig.sent(since_s=mark + 1) == [16.0]


def test_room_between_zero_and_six_means_zero() -> None:
    rig = settled(LoadRig(site(), car(), house=18.5))
    assert rig.limit() == 0.0
    assert set(rig.sent()) <= {0.0, 6.0}


def test_car_that_is_said_to_have_left_and_draws_yields_to_the_fuse() -> None:
    """A status that stands still tells of no car, while the charger's own meter shows one."""
    rig = LoadRig(site(), car(connected=False), house=14.0)
    settled(rig)
    rig.draws("car", 6.0)
    rig.run(60)
    assert rig.limit() == 6.0
    rig.house = 22.0
    rig.run(10)
    assert (rig.limit(), rig.reason()) == (0.0, Key.NO_CAR)
    # It does not begin anew, until something else is said of it.
    rig.draws("car", 0.0)
    rig.house = 14.0
    rig.run(600)
    assert rig.limit() == 0.0
    rig.following["car"] = True
    rig.change(connected=True)
    rig.run(120)
    assert rig.limit() >= 6.0


def test_last_draw_of_a_car_that_leaves_a_full_house_stops_nobody() -> None:
    rig = LoadRig(site(), car(), house=14.0)
    settled(rig)
    rig.following["car"] = False  # its meter is late
    rig.house = 17.0
    rig.change(connected=False)
    rig.second()
    rig.draws("car", 0.0)
    rig.run(60)
    assert (rig.limit(), 0.0 in rig.sent()) == (6.0, False)


def test_charger_that_starts_at_its_own_current_on_plug_in_is_told_at_once() -> None:
    rig = LoadRig(site(), car(connected=False), house=14.0)
    settled(rig)
    assert rig.limit() == 6.0
    assert rig.reason() is Key.NO_CAR
    mark = rig.t_s
    # The charger shows its own 16 A; what it was told before is forgotten.
    rig.following["car"] = False
    rig.change(connected=True, limit_read_a=16.0)
    rig.second()
    assert rig.sent(since_s=mark) == [10.0]


def test_charger_is_told_its_limit_anew_at_plug_in_though_it_is_the_same_as_before() -> None:
    rig = LoadRig(site(), car(connected=False), house=18.0)
    settled(rig)
    assert rig.limit() == 6.0
    mark = rig.t_s
    # It says nothing of its limit, and starts at its own.
    rig.following["car"] = False
    rig.change(connected=True)
    rig.second()
    assert rig.sent(since_s=mark) == [6.0]


def test_plug_in_without_room_is_paused_before_the_car_begins() -> None:
    rig = LoadRig(site(), car(connected=False), house=21.0)
    settled(rig)
    mark = rig.t_s
    rig.change(connected=True)
    rig.second()
    assert rig.sent(since_s=mark) == [0.0]


def test_car_that_is_there_at_the_start_is_held_to_its_limit_from_the_first_reading() -> None:
    rig = LoadRig(site(), car(limit_read_a=16.0, drawn_a=(16.0,) * 3), house=12.0)
    rig.second()
    assert rig.sent() == [12.0]


def test_three_one_phase_cars_on_three_phases_do_not_count_as_one_phase() -> None:
    rig = LoadRig(site(20.0), car("x", (0,)), car("y", (1,)), car("z", (2,)), house=3.0)
    settled(rig)
    assert [rig.limit(name) for name in "xyz"] == [16.0, 16.0, 16.0]


def test_who_is_asked_first_does_not_keep_its_current() -> None:
    rig = LoadRig(site(), car("first"), car("second", connected=False), house=5.0)
    settled(rig)
    rig.change("second", connected=True)
    rig.run(120)
    assert sorted([rig.limit("first"), rig.limit("second")]) == [9.0, 10.0]


def test_excess_is_answered_once_while_the_car_is_still_following() -> None:
    rig = settled(LoadRig(site(), car(), house=8.0))
    rig.following["car"] = False
    rig.house = 12.0
    mark = rig.t_s
    rig.run(6)  # the meter shows the excess six times over
    assert rig.sent(since_s=mark) == [12.0]


def test_excess_that_persists_lowers_further_and_at_last_pauses() -> None:
    rig = settled(LoadRig(site(), car(), house=8.0))
    rig.draws("car", 16.0)  # it does not care
    rig.house = 12.0
    mark = rig.t_s
    rig.run(40)
    sent = rig.sent(since_s=mark)
    assert sent[0] == 12.0
    assert 0.0 in sent
    assert rig.reason() is Key.NOT_OBEYING


def test_raise_that_the_meter_does_not_show_yet_is_not_given_twice() -> None:
    """The room that one car was given is not free because that car is slow to take it."""
    rig = LoadRig(site(), car("a"), car("b", connected=False), house=9.0)
    rig.following["a"] = False
    settled(rig)
    assert rig.limit("a") == 15.0
    rig.change("b", connected=True)
    rig.run(60)
    assert rig.limit("a") + rig.limit("b") <= 15.0


def test_charger_that_ignores_its_limit_counts_with_what_it_draws() -> None:
    rig = LoadRig(site(), car("good"), car("deaf"), house=2.0)
    rig.draws("deaf", 14.0)
    settled(rig)
    assert rig.reason("deaf") is Key.NOT_OBEYING
    assert rig.limit("good") == 8.0
    assert rig.not_obeying == ["deaf"]
    rig.following["deaf"] = True  # it listens again
    rig.run(200)
    assert rig.not_obeying == []
    assert (rig.limit("good"), rig.limit("deaf")) == (11.0, 11.0)


def test_charger_that_ignores_its_limit_is_told_no_more_than_it_may_have_at_most() -> None:
    """What its owner, or a meter that is lost, leaves it counts at once, though nobody knows whether it listens."""
    rig = LoadRig(site(), car(), house=1.0)
    rig.draws("car", 20.0)
    settled(rig)
    assert (rig.limit(), rig.reason()) == (16.0, Key.NOT_OBEYING)
    rig.change("car", wish_a=8.0)
    rig.run(2)
    assert (rig.limit(), rig.reason()) == (8.0, Key.NOT_OBEYING)


@pytest.mark.parametrize(
    ("now", "limit_a"),
    [
        (LimitNow(limit_w=5520.0), 8.0),
        (LimitNow(limit_w=5700.0), 8.0),
        (LimitNow(limit_a=(13.0, 9.0, 13.0)), 9.0),
        (LimitNow(limit_w=3000.0), 0.0),
    ],
)
def test_charger_that_ignores_its_limit_is_told_no_more_than_its_circuit_may_have(
    now: LimitNow, limit_a: float
) -> None:
    barn = Circuit(id="barn", name="Barn", parent_id="root", limit_a=(20.0,) * 3, unbalance_a=20.0, limit_w=13_800.0)
    limits = site()
    limits = replace(limits, circuits=(*limits.circuits, barn))
    rig = LoadRig(limits, car(circuit_id="barn"), house=1.0)
    rig.draws("car", 20.0)
    settled(rig)
    assert (rig.limit(), rig.reason()) == (16.0, Key.NOT_OBEYING)
    rig.limits = replace(limits, now={"barn": now})
    rig.run(2)
    assert (rig.limit(), rig.reason()) == (limit_a, Key.NOT_OBEYING)


def test_charger_that_ignores_its_limit_is_told_again_ever_more_rarely() -> None:
    rig = LoadRig(site(), car(), house=2.0)
    rig.draws("car", 22.0)
    rig.run(1800)
    assert 3 <= len(rig.sent()) <= 14


def test_deaf_charger_without_a_measured_draw_is_known_by_what_it_shows() -> None:
    rig = LoadRig(site(), car("deaf", drawn_a=None, limit_read_a=16.0), car("good", drawn_a=None), house=38.0)
    rig.run(60)
    assert rig.reason("deaf") is Key.NOT_OBEYING
    assert rig.not_obeying == ["deaf"]


def test_relapse_of_a_charger_after_a_reboot_is_seen_by_what_it_draws() -> None:
    rig = settled(LoadRig(site(), car(), house=14.0))
    assert rig.limit() == 10.0
    rig.draws("car", 16.0)
    mark = rig.t_s
    rig.run(5)
    assert rig.sent(since_s=mark)


def test_offline_charger_keeps_its_share_and_might_take_all() -> None:
    rig = LoadRig(site(), car("a"), car("b"), house=4.0)
    settled(rig)
    assert (rig.limit("a"), rig.limit("b")) == (10.0, 10.0)
    mark = rig.t_s
    rig.change("b", online=False)
    rig.following["b"] = False
    rig.run(10)
    assert rig.reason("b") is Key.OFFLINE
    assert rig.sent(since_s=mark, name="b") == []  # nobody listens
    assert rig.limit("a") == 0.0  # 24 A - 4 A - 16 A
    rig.change("b", drawn_a=(0.0,) * 3)
    rig.run(200)
    assert rig.limit("a") == 16.0


def test_offline_charger_whose_draw_nobody_knows_counts_with_its_maximum() -> None:
    rig = LoadRig(site(), car("a"), car("b", online=False, drawn_a=None), house=0.0)
    settled(rig)
    assert rig.limit("a") == 8.0


def test_share_that_a_car_does_not_take_goes_to_the_others_and_comes_back() -> None:
    rig = LoadRig(site(), car("small"), car("big"), house=3.0)
    rig.draws("small", 7.0)
    rig.run(200)
    assert (rig.limit("small"), rig.limit("big")) == (8.0, 13.0)
    assert rig.reason("small") is Key.TAKES_LESS
    rig.run(100)
    assert rig.sent(since_s=201) == []
    rig.draws("small", 8.0)  # it shows that it wants more
    rig.following["small"] = True
    rig.run(120)
    assert (rig.limit("small"), rig.limit("big")) == (10.0, 11.0)


def test_car_that_takes_less_is_offered_more_now_and_then_and_ever_more_rarely() -> None:
    rig = LoadRig(site(), car("small"), car("big"), house=3.0)
    rig.draws("small", 7.0)
    rig.run(2 * 3600)
    offered = [at_s for at_s, name, limit_a in rig.commands if name == "small" and (limit_a or 0) > 8 and at_s > 200]
    # After 5, 10, 20 and 40 minutes.
    assert 3 <= len(offered) <= 4
    gaps = [later - sooner for sooner, later in pairwise(offered)]
    assert gaps == sorted(gaps)
    assert (rig.limit("small"), rig.limit("big")) == (8.0, 13.0)


def test_car_that_wakes_up_for_more_than_a_step_is_found_by_a_probe() -> None:
    rig = LoadRig(site(), car("small"), car("big"), house=3.0)
    rig.draws("small", 7.0)
    rig.run(200)
    assert rig.limit("small") == 8.0
    for _ in range(600):
        # It takes all that it is offered from 10 A on, and 7 A below.
        rig.draws("small", rig.limit("small") if rig.limit("small") >= 10 else 7.0)
        rig.second()
    assert (rig.limit("small"), rig.limit("big")) == (10.0, 11.0)


def test_full_car_makes_room_and_is_not_taken_for_a_waiting_one_when_it_is_paused() -> None:
    rig = LoadRig(site(), car("full"), car("waits"), house=14.0)
    rig.run(150)
    assert sorted((rig.limit("full"), rig.limit("waits"))) == [0.0, 10.0]
    rig.change("full", wants=False)
    rig.run(200)
    assert (rig.limit("full"), rig.limit("waits")) == (0.0, 10.0)
    mark = rig.t_s
    rig.change("full", wants=True)  # its charger names the pause as the cause
    rig.run(2400)
    assert rig.limit("waits") == 10.0
    assert rig.sent(since_s=mark) == []
    assert rig.reason("full") is Key.CAR_SATISFIED


def test_full_car_is_offered_current_again_where_there_is_room_and_charges_when_it_asks() -> None:
    rig = LoadRig(site(), car("full", wants=False), house=20.0)
    rig.run(200)
    assert rig.limit("full") == 0.0
    rig.change("full", wants=True)
    rig.house = 4.0
    rig.run(120)
    assert rig.limit("full") >= 6.0
    rig.run(60)
    assert rig.limit("full") == 16.0


def test_full_car_that_its_owner_lets_go_on_counts_as_waiting() -> None:
    rig = LoadRig(site(turn_s=300.0), car("full", wants=False), car("other"), house=14.0)
    rig.run(200)
    rig.change("full", wants=True, lifts=1)
    rig.run(400)
    assert rig.limit("full") == 10.0


def test_share_that_nobody_else_wants_stays_with_a_car_that_takes_less() -> None:
    rig = LoadRig(site(), car(), house=3.0)
    rig.draws("car", 7.0)
    rig.run(300)
    assert rig.limit() == 16.0


def test_line_that_a_car_does_not_use_does_not_hold_it_back() -> None:
    """A one-phase car on a three-phase charger."""
    rig = LoadRig(site(), car(), house=4.0)
    rig.following["car"] = False
    for _ in range(150):
        rig.change(drawn_a=(rig.allowed["car"], 0.0, 0.0))
        rig.second()
    assert rig.limit() == 16.0
    rig.house = (4.0, 22.0, 4.0)
    rig.run(5)
    assert rig.limit() == 16.0
    rig.change(drawn_a=(16.0, 16.0, 0.0))  # it does after all
    rig.second()
    assert rig.limit() == 0.0


def test_line_on_which_a_car_pauses_for_a_moment_is_not_held_for_unused() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.following["car"] = False
    rig.change(drawn_a=(6.0, 6.0, 6.0))
    rig.run(40)
    rig.change(drawn_a=(6.0, 0.0, 6.0))
    rig.run(5)
    rig.change(drawn_a=(6.0, 6.0, 6.0))
    rig.run(100)
    rig.house = (4.0, 17.0, 4.0)
    rig.second()
    assert rig.limit() == 7.0


def test_charger_that_nothing_measures_is_held_to_draw_what_it_may() -> None:
    rig = LoadRig(site(), car(drawn_a=None), house=4.0)
    for _ in range(160):
        rig.t_s += 1
        flow_a = 4.0 + rig.allowed["car"] + 0.01 * (rig.t_s % 3)
        rig.grid = replace(rig.measure(), currents_a=(flow_a,) * 3)
        rig.look()
    assert rig.limit() == 16.0
    rig.house = 14.0
    rig.grid = replace(rig.measure(), currents_a=(30.0,) * 3)
    rig.t_s += 1
    rig.grid = replace(rig.measure(), currents_a=(30.0,) * 3)
    rig.look()
    assert rig.limit() == 10.0
    rig.t_s += 1
    rig.grid = replace(rig.measure(), currents_a=(30.0,) * 3)  # it has not followed yet
    rig.look()
    assert rig.limit() == 10.0
    rig.t_s += 20
    rig.grid = replace(rig.measure(), currents_a=(29.5,) * 3)  # and never did
    rig.look()
    assert rig.limit() == 0.0


def test_charger_polled_every_half_minute_is_not_lowered_for_its_old_draw() -> None:
    rig = settled(LoadRig(site(), car(), house=8.0))
    rig.following["car"] = False
    stale_s = rig.t_s
    mark = rig.t_s
    rig.house = (12.0,) * 3
    for second in range(25):
        rig.t_s += 1
        drawn_a = 16.0 if second < 4 else rig.allowed["car"]
        rig.grid = replace(rig.measure(), currents_a=tuple(12.0 + drawn_a - 0.01 * (second % 3) for _ in range(3)))
        rig.change(drawn_age_s=rig.t_s - stale_s)  # still told as 16 A
        rig.look()
    assert rig.sent(since_s=mark) == [12.0]


def test_raised_charger_that_is_polled_late_is_not_lowered_for_its_own_rise() -> None:
    rig = LoadRig(site(), car(), house=14.0)
    settled(rig)
    rig.house = (4.0,) * 3
    rig.following["car"] = False
    stale_s, mark, drawn_a = rig.t_s, rig.t_s, 10.0
    for second in range(130):
        rig.t_s += 1
        drawn_a = min(rig.allowed["car"], drawn_a + 3.0)
        if rig.t_s - stale_s >= 30:
            stale_s = rig.t_s
            rig.change(drawn_a=(drawn_a,) * 3)
        rig.grid = replace(rig.measure(), currents_a=tuple(4.0 + drawn_a - 0.01 * (second % 3) for _ in range(3)))
        rig.change(drawn_age_s=rig.t_s - stale_s)
        rig.look()
    assert rig.sent(since_s=mark) == [16.0]


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), 25_000.0, -9_000.0])
def test_absurd_values_are_no_reading(broken: float) -> None:
    rig = settled(LoadRig(site(), car(), house=4.0))
    rig.grid = replace(rig.measure(), currents_a=(4.0, broken, 4.0))
    rig.t_s += 1
    rig.look()
    assert rig.limit() == 16.0
    rig.t_s += 31
    rig.look()
    assert rig.balancing_state == BalancingState.METER_LOST
    assert rig.limit() == 6.0


def test_house_that_rose_while_a_car_was_moving_is_taken_at_its_worst() -> None:
    """A slow meter shows the step and the car's start in one reading: which is which is open."""
    rig = LoadRig(site(), car(), house=10.0)
    rig.following["car"] = False
    rig.period_s = 10.0
    rig.change(drawn_a=(6.0,) * 3)
    rig.run(140)
    assert rig.limit() == 14.0
    mark = rig.t_s
    rig.change(drawn_a=(6.0,) * 3, drawn_age_s=8.0)
    rig.t_s += 8
    rig.look()
    # The house rose by 8 A, and the car, sampled ten seconds apart, from 6 A to 10 A.
    rig.t_s += 2
    rig.house = 18.0
    rig.grid = replace(rig.measure(), currents_a=(24.0,) * 3)
    rig.change(drawn_a=(10.0,) * 3, drawn_age_s=0.0)
    rig.look()
    assert rig.sent(since_s=mark) == [6.0]


def test_first_reading_while_a_car_moves_lowers_for_what_is_certain_only() -> None:
    rig = LoadRig(site(meter_delay_s=5.0), car(drawn_a=(16.0,) * 3), house=10.0)
    rig.look()
    rig.t_s += 1
    rig.change(drawn_a=(6.0,) * 3)
    # 10 A of house if the car still drew 16 A then, 20 A if it drew 6 A already.
    rig.grid = replace(rig.measure(), currents_a=(26.0,) * 3)
    rig.look()
    assert rig.balancing_state == BalancingState.OVERLOAD
    assert rig.sent() == [6.0]


def test_old_sample_of_a_lowered_car_is_believed_again_after_a_minute() -> None:
    rig = settled(LoadRig(site(), car(), house=8.0))
    rig.following["car"] = False
    told_s, mark = rig.t_s, rig.t_s
    rig.house = (12.0,) * 3
    for second in range(90):
        rig.t_s += 1
        rig.grid = replace(rig.measure(), currents_a=tuple(28.0 - 0.01 * (second % 3) for _ in range(3)))
        rig.change(drawn_age_s=rig.t_s - told_s)
        rig.look()
    assert rig.sent(since_s=mark)[0] == 12.0
    assert len(rig.sent(since_s=mark)) > 1


def test_meter_that_is_quicker_than_the_chargers_samples_does_not_take_our_cars_start_for_the_houses() -> None:
    rig = LoadRig(site(), car(), house=14.0)
    rig.following["car"] = False
    rig.run(3)
    limit_a = rig.limit()
    assert limit_a >= 6.0
    # The car starts: five times a second the meter shows more, and the charger's sample is a second old.
    for tenth in range(2, 10, 2):
        rig.t_s += 0.2
        rig.grid = replace(rig.measure(), currents_a=(14.0 + 0.3 * tenth,) * 3)
        rig.change(drawn_age_s=tenth / 10)
        rig.look()
    assert rig.limit() == limit_a
    # What rises faster than a car can is the house.
    rig.t_s += 0.2
    rig.grid = replace(rig.measure(), currents_a=(23.0,) * 3)
    rig.change(drawn_age_s=1.0)
    rig.look()
    assert rig.limit() < limit_a


def test_old_sample_of_before_a_command_is_no_obedience_and_no_excuse_to_judge_it_sooner() -> None:
    rig = LoadRig(site(), car(), house=4.0)
    rig.run(200)
    assert rig.limit() == 16.0
    rig.following["car"] = False
    rig.house = 14.0
    rig.second()
    assert rig.limit() == 10.0
    told_s = rig.t_s
    # Four looks in the next second see the sample of before; then it goes on drawing for a while, as cars do.
    for tenth in range(2, 10, 2):
        rig.t_s = told_s + tenth / 10
        rig.change(drawn_age_s=tenth / 10)
        rig.look()
    rig.t_s = told_s + 1.0
    rig.change(drawn_age_s=0.0)
    for _ in range(7):
        rig.t_s += 1.0
        rig.look()
        assert rig.reason() is not Key.NOT_OBEYING
    rig.t_s = told_s + 14.0
    rig.look()
    assert rig.reason() is Key.NOT_OBEYING


def test_dead_current_sensor_of_one_line_does_not_leave_that_line_unguarded() -> None:
    """A car was seen on two lines, and loads the third as well, whose sensor shows 0: the meter says otherwise."""
    rig = LoadRig(site(), car(drawn_a=(0.0, 0.0, 0.0)), house=4.0)

    def live(seconds: int, house_a: float, *, on_l1: bool) -> None:
        for _ in range(seconds):
            rig.t_s += 1.0
            takes_a = rig.allowed["car"]
            rig.change(drawn_a=(0.0, takes_a, takes_a))
            flicker_a = 0.01 * (rig.t_s % 3)
            flow = (house_a + takes_a * on_l1 + flicker_a, 4.0 + takes_a + flicker_a, 4.0 + takes_a + flicker_a)
            rig.grid = replace(rig.measure(), currents_a=flow)
            rig.look()

    live(150, 4.0, on_l1=False)
    assert rig.limit() == 16.0
    assert rig.decision is not None
    assert rig.decision.car_lines == {"car": (1, 2)}
    live(30, 12.0, on_l1=True)
    assert 6.0 <= rig.limit() <= 12.0
    assert rig.decision.car_lines == {}
    # It never counts as a car on two lines again, as long as it is there.
    mark_s = rig.t_s
    live(300, 4.0, on_l1=True)
    assert rig.limit() == 16.0
    assert 0.0 not in rig.sent(since_s=mark_s)
    assert rig.decision.car_lines == {}


def test_charger_that_says_too_much_does_not_keep_a_line_over_its_fuse() -> None:
    rig = LoadRig(site(), car("liar", wish_a=10.0), car("other"), house=5.0)
    house_a = 5.0
    rig.run(200)
    rig.following["liar"] = False
    rig.change("liar", drawn_a=(10.0,) * 3)
    for _ in range(150):
        rig.t_s += 1.0
        rig.change("other", drawn_a=(rig.allowed["other"],) * 3)
        # The liar draws 3 A and says 10.
        flow_a = house_a + 3.0 + rig.allowed["other"] + 0.01 * (rig.t_s % 3)
        rig.grid = replace(rig.measure(), currents_a=(flow_a,) * 3)
        rig.look()
    assert rig.limit("other") >= 15.0
    house_a = 11.0
    over_s = 0
    for _ in range(60):
        rig.t_s += 1.0
        rig.change("other", drawn_a=(rig.allowed["other"],) * 3)
        flow_a = house_a + 3.0 + rig.allowed["other"] + 0.01 * (rig.t_s % 3)
        over_s += flow_a > 25.0
        rig.grid = replace(rig.measure(), currents_a=(flow_a,) * 3)
        rig.look()
    assert rig.limit("other") < 15.0
    assert over_s <= 30


def test_currents_that_miss_what_the_power_tells_prove_no_idle_line() -> None:
    lines = CarLines()
    for second in range(60):
        drawn = Drawn(per_line_a=(0.0, 10.0, 10.0), sum_a=30.0)
        lines = lines.learn(drawn, LineUse(lines=(0, 1, 2)), float(second))
    assert lines.lines is None


def test_charger_on_one_line_that_ignores_its_limit_is_told_of_by_what_it_draws_there() -> None:
    rig = LoadRig(site(), car("deaf", lines=(1,)), house=15.0)
    rig.draws("deaf", 14.0)
    settled(rig)
    assert rig.not_obeying == ["deaf"]
    rig.following["deaf"] = True
    rig.run(200)
    assert rig.not_obeying == []


def test_car_has_half_a_minute_to_take_its_share_from_when_its_slow_charger_has_followed() -> None:
    """What it does not take before says nothing of what it would."""
    rig = LoadRig(site(), car("late", lag_s=60.0), car("other"), house=4.0)
    rig.draws("late", 0.0)
    rig.run(85)
    assert (rig.limit("late"), rig.limit("other")) == (10.0, 10.0)
    rig.run(10)
    assert (rig.limit("late"), rig.limit("other")) == (6.0, 14.0)
