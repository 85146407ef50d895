"""The fuse comes first: down on the same reading, up with patience, and shared fairly."""

from dataclasses import replace
from math import sqrt

import pytest

from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.reasons import Reason, ReasonKey as Key, amperes, words
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import (
    BalancingState,
    Circuit,
    Connection,
    LineUse,
    LoadRig,
    Protection,
    Wiring,
    car,
    site,
)


def settled(rig: LoadRig) -> LoadRig:
    """Let the rig live until everything that patience holds back is there."""
    rig.run(150)
    return rig


def test_kettle_at_full_load_lowers_the_car_within_one_reading() -> None:
    rig = settled(LoadRig(site(), car(), house=8.0))
    assert rig.limit() == 16.0
    rig.house = (17.6, 8.0, 8.0)
    rig.second()
    assert rig.limit() == 6.0  # 24 A less 17.6 A
    assert rig.reason() is Key.LINE_FULL
    assert rig.balancing_state == BalancingState.OVERLOAD
    rig.second()
    assert rig.balancing_state == BalancingState.LIMITING


def test_room_is_used_only_when_it_has_lasted() -> None:
    rig = settled(LoadRig(site(), car(), house=14.0))
    assert rig.limit() == 10.0
    rig.house = 4.0
    rig.run(5)
    assert rig.limit() == 10.0
    assert rig.reason() is Key.EXPECTS_LOAD  # nobody knows yet what it was
    rig.run(20)
    assert rig.limit() == 16.0
    assert rig.reason() is Key.MAXIMUM
    assert rig.balancing_state == BalancingState.OK


def test_load_that_comes_back_before_patience_ends_starts_it_anew() -> None:
    rig = settled(LoadRig(site(), car(), house=14.0))
    for _ in range(6):
        rig.house = 4.0
        rig.run(4)
        rig.house = 14.0
        rig.run(5)
    assert rig.limit() == 10.0
    assert rig.sent(since_s=151) == []


def test_room_below_the_minimum_pauses_and_a_pause_lasts() -> None:
    rig = settled(LoadRig(site(), car(), house=8.0))
    rig.house = 19.5
    rig.second()
    assert rig.limit() == 0.0
    assert rig.reason() is Key.PAUSED_LINE_FULL
    rig.second()
    assert rig.balancing_state == BalancingState.PAUSED
    rig.house = 4.0
    rig.run(27)
    assert rig.limit() == 0.0
    assert rig.reason() is Key.RESUME_DELAY
    rig.run(3)
    assert rig.limit() == 16.0


def test_nothing_is_ever_sent_between_zero_and_the_minimum() -> None:
    rig = LoadRig(site(), car(), car("b", (1,)))
    for tenth in range(0, 240, 3):
        rig.house = (tenth / 10, 24 - tenth / 10, 5.0)
        rig.run(20)
    assert rig.commands
    assert all(limit == 0 or 6 <= (limit or 0) <= 16 for limit in rig.sent())


def test_two_cars_share_evenly_and_the_odd_ampere_goes_out_by_id() -> None:
    rig = settled(LoadRig(site(), car("a"), car("b"), house=3.0))
    assert (rig.limit("a"), rig.limit("b")) == (11.0, 10.0)
    assert rig.reason("b") is Key.LINE_FULL


def test_newcomer_starts_only_when_the_other_has_made_way() -> None:
    rig = LoadRig(site(), car("a"), car("b", connected=False), house=3.0)
    settled(rig)
    assert rig.limit("a") == 16.0
    rig.following["a"] = False  # it is told, and goes on for a while
    rig.change("b", connected=True)
    rig.second()
    assert rig.limit("a") < 16.0
    assert rig.limit("b") == 0.0
    assert rig.reason("b") is Key.MAKING_WAY
    rig.run(5)
    assert rig.limit("b") == 0.0
    rig.following["a"] = True
    rig.run(12)
    assert (rig.limit("a"), rig.limit("b")) == (11.0, 10.0)


def test_weights_decide_how_much_and_priority_decides_who() -> None:
    rig = settled(LoadRig(site(), car("a", weight=1.0), car("b", weight=0.5, priority=9), house=3.0))
    assert rig.limit("a") > rig.limit("b") >= 6.0
    rig.house = 15.0
    rig.run(5)
    assert (rig.limit("a"), rig.limit("b")) == (0.0, 9.0)


def test_those_who_do_not_fit_take_turns() -> None:
    rig = LoadRig(site(turn_s=900.0), car("a"), car("b"), house=16.0)
    settled(rig)
    first = "a" if rig.limit("a") else "b"
    second = "b" if first == "a" else "a"
    assert rig.limit(second) == 0.0
    assert rig.reason(second) is Key.TURN
    rig.run(700)
    assert rig.limit(first) == 8.0
    rig.run(220)
    assert (rig.limit(first), rig.limit(second)) == (0.0, 8.0)
    rig.run(900)
    assert (rig.limit(first), rig.limit(second)) == (8.0, 0.0)


def test_nobody_is_lowered_for_room_that_another_may_not_use_yet() -> None:
    rig = settled(LoadRig(site(), car("one", (1,)), car("three"), house=(17.0, 2.0, 2.0)))
    assert (rig.limit("one"), rig.limit("three")) == (15.0, 7.0)
    rig.house = 2.0
    rig.run(3)
    assert (rig.limit("one"), rig.limit("three")) == (15.0, 7.0)
    rig.run(117)
    assert (rig.limit("one"), rig.limit("three")) == (11.0, 11.0)


def test_who_waits_does_not_push_out_a_turn_that_has_just_begun() -> None:
    rig = LoadRig(site(), car("b"), car("a", connected=False), house=16.0)
    settled(rig)
    rig.change("a", connected=True)
    rig.run(200)
    assert (rig.limit("b"), rig.limit("a")) == (8.0, 0.0)


def test_higher_priority_pushes_out_at_once() -> None:
    rig = LoadRig(site(), car("b"), car("a", connected=False, priority=8), house=16.0)
    settled(rig)
    rig.change("a", connected=True)
    rig.run(30)
    assert (rig.limit("b"), rig.limit("a")) == (0.0, 8.0)


def test_one_phase_cars_on_their_own_lines_do_not_disturb_each_other() -> None:
    rig = LoadRig(site(), car("one", (0,)), car("two", (1,)), car("three", (2,)), house=(4.0, 12.0, 2.0))
    settled(rig)
    assert [rig.limit(name) for name in ("one", "two", "three")] == [16.0, 12.0, 16.0]


def test_single_phase_is_not_always_l1() -> None:
    rig = settled(LoadRig(site(), car(lines=(1,)), house=(24.0, 2.0, 24.0)))
    assert rig.limit() == 16.0
    rig.house = (2.0, 16.0, 2.0)
    rig.second()
    assert rig.limit() == 8.0


def test_rotated_charger_is_held_by_the_site_line_that_it_hangs_on() -> None:
    # The charger's L1 is the site's L2; its car uses the charger's L1 and L2 only.
    rig = LoadRig(site(), car(lines=(1, 2)), house=(24.0, 15.0, 3.0))
    settled(rig)
    assert rig.limit() == 9.0


def test_delta_loads_put_the_root_of_three_on_the_lines() -> None:
    use = LineUse.of(Connection.THREE_LINES_DELTA, (0, 1, 2))
    rig = LoadRig(site(wiring=Wiring.THREE_PHASE_THREE_WIRE), car(use=use), house=4.0)
    settled(rig)
    assert rig.limit() == 11.0  # 20 A / 1.732
    assert max(rig.flow()) == pytest.approx(4.0 + 11.0 * sqrt(3))


def test_split_phase_charger_loads_both_legs() -> None:
    use = LineUse.of(Connection.LINE_LINE, (0, 1))
    limits = site(100.0, wiring=Wiring.SPLIT_PHASE, margin_a=2.0)
    rig = LoadRig(limits, car(use=use, drawn_a=(0.0, 0.0), max_a=48.0), house=(20.0, 70.0))
    settled(rig)
    assert rig.limit() == 28.0


def test_single_phase_site_has_one_line() -> None:
    rig = LoadRig(site(32.0, wiring=Wiring.SINGLE_PHASE), car(lines=(0,), drawn_a=(0.0,)), house=20.0)
    settled(rig)
    assert rig.limit() == 11.0


def test_lines_with_different_breakers_are_each_held_to_their_own() -> None:
    rig = LoadRig(site((35.0, 20.0, 35.0)), car(), house=5.0)
    settled(rig)
    assert rig.limit() == 14.0


def test_total_power_alone_puts_the_whole_house_on_the_worst_line() -> None:
    limits = site(protection=Protection.TOTAL_ONLY)
    rig = LoadRig(limits, car(), house=0.0)
    for _ in range(160):
        rig.t_s += 1
        rig.change(drawn_a=(rig.allowed["car"],) * 3)
        house_total = 15.0
        rig.grid = GridReading(
            at=rig.now().utc, currents_a=(house_total + 0.01 * (rig.t_s % 3) - 0.02 + 3 * rig.allowed["car"],) * 3
        )
        rig.look()
    assert rig.limit() == 9.0
    assert rig.decision is not None
    assert rig.decision.headroom_a is None
    assert rig.balancing_state == BalancingState.LIMITING


def test_owners_reserve_stands_in_for_the_worst_line_but_never_below_the_mean() -> None:
    for total, expected in ((15.0, 14.0), (-30.0, 14.0), (45.0, 9.0)):
        rig = LoadRig(site(protection=Protection.TOTAL_ONLY, reserve_a=10.0), car(), house=0.0)
        for _ in range(100):
            rig.t_s += 1
            rig.change(drawn_a=(rig.allowed["car"],) * 3)
            rig.grid = GridReading(
                at=rig.now().utc, currents_a=(total + 0.01 * (rig.t_s % 3) - 0.02 + 3 * rig.allowed["car"],) * 3
            )
            rig.look()
        assert rig.limit() == expected, total


def test_export_of_one_line_is_no_room_where_only_the_total_is_known() -> None:
    rig = LoadRig(site(20.0, protection=Protection.TOTAL_ONLY), car(max_a=32.0), house=0.0)
    for _ in range(100):
        rig.t_s += 1
        rig.change(drawn_a=(rig.allowed["car"],) * 3)
        rig.grid = GridReading(at=rig.now().utc, currents_a=(0.01 * (rig.t_s % 3) - 12.0 + 3 * rig.allowed["car"],) * 3)
        rig.look()
    assert rig.limit() == 19.0


def test_export_on_a_line_is_room_on_that_line() -> None:
    rig = settled(LoadRig(site(20.0), car(max_a=32.0), house=(-10.0, -10.0, -10.0)))
    assert rig.limit() == 29.0


def test_power_tells_less_than_the_current_so_the_house_is_taken_for_more() -> None:
    rig = settled(LoadRig(site(power_factor=0.95), car(), house=13.3))
    assert rig.limit() == 10.0  # 13.3 / 0.95 = 14


def test_circuits_below_the_root_hold_their_own_chargers() -> None:
    garage = Circuit(id="garage", name="Garage", limit_a=(16.0,) * 3, parent_id="root")
    limits = site(50.0)
    limits = replace(limits, circuits=(garage, *limits.circuits))
    rig = LoadRig(limits, car("g1", circuit_id="garage"), car("g2", circuit_id="garage"), car("y"), house=5.0)
    settled(rig)
    assert [rig.limit(name) for name in ("g1", "g2", "y")] == [8.0, 8.0, 16.0]
    assert rig.reason("g1") is Key.CIRCUIT_FULL
    rig.change("g2", priority=9, min_a=12.0)
    rig.run(30)
    assert rig.limit("g2") == 0.0  # what it stood at is less than it can charge with now
    assert rig.reason("g1") is Key.RESUME_DELAY
    rig.run(150)
    assert [rig.limit(name) for name in ("g1", "g2", "y")] == [0.0, 16.0, 16.0]
    assert rig.reason("g1") is Key.TURN


def test_circuit_below_the_root_reserves_for_a_charger_that_nobody_controls() -> None:
    garage = Circuit(id="garage", name="Garage", limit_a=(25.0,) * 3, parent_id="root")
    limits = site(63.0)
    limits = replace(limits, circuits=(*limits.circuits, garage))
    rig = LoadRig(
        limits,
        car("g1", circuit_id="garage"),
        car("stranger", circuit_id="garage", controllable=False, drawn_a=None),
        house=5.0,
    )
    settled(rig)
    assert rig.limit("g1") == 9.0
    assert rig.reason("stranger") is Key.NOT_CONTROLLED
    assert rig.limit("stranger") < 0
    rig.change("stranger", drawn_a=(4.0,) * 3, max_a=20.0)
    rig.following["stranger"] = False
    rig.run(20)
    assert rig.limit("g1") == 16.0
    full = replace(garage, limit_a=(8.0,) * 3)
    rig.limits = replace(limits, circuits=(limits.circuits[0], full))
    rig.second()
    assert rig.limit("g1") == 0.0
    assert rig.reason("g1") is Key.PAUSED_CIRCUIT_FULL


def test_trees_without_one_root_or_with_orphans_are_refused() -> None:
    root = Circuit(id="root", name="House", limit_a=(25.0,) * 3)
    orphan = Circuit(id="o", name="Orphan", limit_a=(25.0,) * 3, parent_id="nowhere")
    rig = LoadRig(site(), car())
    with pytest.raises(ValueError, match="two_roots"):
        balance(BalancerState(), replace(site(), circuits=(root, replace(root, id="r2"))), None, (), rig.now())
    with pytest.raises(ValueError, match="orphan o"):
        balance(BalancerState(), replace(site(), circuits=(root, orphan)), None, (), rig.now())


def test_owners_own_maximum_is_kept_and_named() -> None:
    rig = settled(LoadRig(site(), car(wish_a=10.0), house=3.0))
    assert rig.limit() == 10.0
    assert rig.reason() is Key.OWNER_LIMIT
    assert rig.balancing_state == BalancingState.OK
    rig.change(wish_a=4.0)
    rig.run(10)
    assert rig.limit() == 0.0
    assert rig.reason() is Key.OWNER_LIMIT


def test_charger_that_is_not_allowed_is_paused_with_and_without_a_meter() -> None:
    rig = LoadRig(site(), car(allowed=False))
    rig.look()
    assert (rig.limit(), rig.reason()) == (0.0, Key.NOT_ALLOWED)
    rig.run(80)
    assert (rig.limit(), rig.reason()) == (0.0, Key.NOT_ALLOWED)
    assert rig.sent() == [0.0]


def test_balancing_off_leaves_all_at_their_fallback_and_says_that_the_fuse_is_not_guarded() -> None:
    rig = settled(LoadRig(site(), car(), house=3.0))
    rig.limits = replace(rig.limits, balancing_on=False)
    rig.second()
    assert rig.limit() == 6.0
    assert rig.balancing_state == BalancingState.OFF
    assert rig.reason() is Key.BALANCING_OFF
    rig.house = 24.0
    rig.run(20)
    assert rig.limit() == 6.0


def test_balancing_off_for_one_charger_leaves_it_at_its_fallback_and_shares_the_rest() -> None:
    rig = settled(LoadRig(site(), car("a", balancing_on=False, fallback_a=8.0), car("b"), house=3.0))
    assert rig.limit("a") == 8.0
    assert rig.reason("a") is Key.CHARGER_BALANCING_OFF
    assert rig.limit("b") == 13.0
    rig.change("a", connected=False)
    rig.run(90)
    assert rig.limit("a") == 8.0
    assert rig.limit("b") == 16.0


def test_site_without_a_meter_guards_nothing_and_says_so() -> None:
    rig = LoadRig(site(has_meter=False), car())
    rig.look()
    assert (rig.limit(), rig.reason(), rig.balancing_state) == (6.0, Key.NO_METER, BalancingState.OFF)


def test_monitored_charger_is_only_counted() -> None:
    rig = LoadRig(site(), car("a"), car("b", controllable=False), house=3.0)
    rig.draws("b", 10.0)
    settled(rig)
    assert rig.limit("b") < 0
    assert rig.limit("a") == 11.0
    assert rig.sent(name="b") == []
    assert LoadRig(site(), car("b", controllable=False)).look().limits[0].limit_a is None


def test_car_that_is_full_keeps_its_minimum_while_there_is_room_for_it() -> None:
    rig = LoadRig(site(), car("a"), car("b"), house=3.0)
    settled(rig)
    rig.change("b", wants=False)
    rig.run(100)
    assert (rig.limit("a"), rig.limit("b")) == (15.0, 6.0)
    assert rig.reason("b") is Key.CAR_SATISFIED
    assert rig.balancing_state == BalancingState.LIMITING
    rig.house = 13.0
    rig.run(2)
    assert (rig.limit("a"), rig.limit("b")) == (11.0, 0.0)
    rig.change("a", wants=False)
    rig.run(2)
    assert rig.balancing_state == BalancingState.OK


def test_nobody_is_commanded_again_while_nothing_changes() -> None:
    rig = settled(LoadRig(site(), car("a"), car("b"), house=3.0))
    rig.run(1800)
    assert rig.sent(since_s=151) == []


def test_commands_stay_few_while_the_house_wobbles_within_a_step() -> None:
    rig = settled(LoadRig(site(), car(), house=13.5))
    for second in range(600):
        rig.house = 13.5 + 0.4 * ((second * 7) % 10 - 5) / 5
        rig.second()
    assert len(rig.sent(since_s=151)) <= 1


def test_decision_says_when_to_look_again() -> None:
    rig = LoadRig(site(), car(), house=14.0)
    decision = rig.second()
    assert 0.5 <= decision.check_again_s <= 10.0
    rig.run(200)
    rig.house = 4.0
    decision = rig.run(8)
    assert decision.check_again_s <= 6.0


def test_headroom_is_what_the_fuse_leaves() -> None:
    rig = settled(LoadRig(site(), car(), house=(4.0, 5.0, 6.0)))
    assert rig.decision is not None
    assert rig.decision.headroom_a == pytest.approx((5.0, 4.0, 3.0))


def test_same_inputs_give_the_same_decision_whatever_the_order() -> None:
    evses = (car("a"), car("b", (1,)), car("c", priority=7), car("d", (2,), weight=2.0))
    for one in (evses, evses[::-1], (evses[2], evses[0], evses[3], evses[1])):
        rig = settled(LoadRig(site(40.0), *one, house=3.0))
        limits = {name: rig.limit(name) for name in "abcd"}
        assert limits == {"a": 10.0, "b": 16.0, "c": 10.0, "d": 16.0}


def test_reason_is_a_sentence_and_at_least_its_key() -> None:
    reason = Reason(key=Key.TAKES_LESS, placeholders={"drawn_a": "7"})
    assert words(reason, {"takes_less": "it takes {drawn_a} A"}) == "it takes 7 A"
    assert words(reason, {}) == "takes_less"
    assert amperes(24.34) == "24.3"
    assert amperes(25.0) == "25"


def test_reason_tells_line_load_and_fuse() -> None:
    rig = settled(LoadRig(site(), car(), house=8.0))
    rig.house = (8.0, 14.3, 8.0)
    decision = rig.second()
    reason = decision.limits[0].reason
    assert words(reason, {Key.LINE_FULL: "{line}: {load_a} of {fuse_a}"}) == "L2: 30.3 of 25"


def test_behind_a_slow_meter_a_car_begins_with_its_minimum() -> None:
    rig = LoadRig(site(), car(connected=False), house=4.0)
    rig.period_s = 10.0
    rig.run(200)
    rig.change(connected=True)
    mark = rig.t_s
    rig.run(60)
    assert [limit for limit in rig.sent(since_s=mark) if limit] == [6.0, 16.0]
