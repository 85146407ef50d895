"""From wishes to limits: who is lowered, who is raised, who makes way, and that it fits."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.sharing.allotment import Contender, allot
from custom_components.ev_sessions.core.balancing.sharing.fair_share import NEARLY, Claim

ALL = ((0, 1.0), (1, 1.0), (2, 1.0))


def contender(
    name: str = "a", current_a: float = 0.0, loads: tuple[tuple[int, float], ...] = ALL, **more: Any
) -> Contender:
    """Return one that may do everything, draws what it is allowed, and wants 16 A."""
    claim = Claim(id=name, min_a=6.0, max_a=more.pop("max_a", 16.0), step_a=1.0, weight=1.0, loads=loads)
    known = {
        "full_a": claim.max_a,
        "current_a": current_a,
        "committed_a": current_a,
        "may_join": True,
        "may_rise": True,
        "may_lower": True,
        "begins_small": False,
        "may_begin": False,
        **more,
    }
    return Contender(claim=claim, **known)


def limits(
    *contenders: Contender, lasting: float = 100.0, sure: float | None = None, present: float | None = None
) -> list[float]:
    """Return the limits in rooms that are the same on each line; where not said, all is as sure as it is lasting."""
    rooms = [lasting, lasting if sure is None else sure, lasting if present is None else present]
    granted, _ = allot(contenders, *([room] * 3 for room in rooms))
    return [granted[one.claim.id] for one in contenders]


# Down


def test_room_that_is_gone_lowers_at_once_though_a_command_is_young() -> None:
    young = contender(current_a=16.0, may_lower=False, may_rise=False)
    assert limits(young, lasting=10.0) == [10.0]
    assert limits(young, lasting=5.9) == [0.0]


def test_to_be_a_hair_over_is_not_to_be_over() -> None:
    young = contender(current_a=10.0, may_lower=False, may_rise=False)
    assert limits(young, lasting=10.0 - NEARLY / 2) == [10.0]
    assert limits(young, lasting=10.0 - 2e-6) == [9.0]


def test_one_full_line_is_enough_to_be_lowered() -> None:
    young = contender(current_a=16.0, may_lower=False)
    granted, _ = allot([young], [9.0, 30.0, 30.0], [9.0, 30.0, 30.0], [9.0, 30.0, 30.0])
    assert granted == {"a": 9.0}


def test_who_is_on_another_line_is_not_lowered_for_a_full_one() -> None:
    near = contender("near", 16.0, ((0, 1.0),), may_lower=False)
    far = contender("far", 16.0, ((1, 1.0),), may_lower=False)
    granted, _ = allot([near, far], [9.0, 16.0, 0.0], [9.0, 16.0, 0.0], [9.0, 16.0, 0.0])
    assert granted == {"near": 9.0, "far": 16.0}


def test_who_has_more_than_his_wish_is_lowered_when_his_last_command_is_old() -> None:
    assert limits(contender(current_a=16.0, max_a=10.0)) == [10.0]
    assert limits(contender(current_a=16.0, max_a=10.0, may_lower=False)) == [16.0]


def test_who_may_not_join_but_charges_keeps_his_place() -> None:
    assert limits(contender(current_a=8.0, may_join=False, may_rise=False), lasting=30.0) == [8.0]
    assert limits(contender(current_a=0.0, may_join=False)) == [0.0]
    # A current of less than an ampere is one as well.
    assert limits(contender(current_a=0.5, may_join=False, may_rise=False), lasting=30.0) == [0.5]


def test_present_room_goes_first_to_those_with_a_goal_and_then_to_those_who_charge() -> None:
    first, second = contender("first", 10.0), contender("second", 10.0)
    # Only one has room that lasts; the other keeps what is there now.
    assert limits(first, second, lasting=8.0, present=16.0) == [8.0, 8.0]
    assert limits(first, second, lasting=8.0, present=10.0) == [10.0, 0.0]


def test_waiting_one_takes_no_present_room_from_those_who_charge() -> None:
    waits, charges = contender("waits", may_join=False), contender("charges", 12.0)
    assert limits(waits, charges, lasting=12.0) == [0.0, 12.0]


# Up


def test_room_that_lasts_is_given() -> None:
    assert limits(contender(current_a=6.0)) == [16.0]
    assert limits(contender(current_a=6.0), lasting=9.5) == [9.0]


def test_room_that_has_not_lasted_is_not() -> None:
    assert limits(contender(current_a=6.0), lasting=6.0, sure=16.0, present=16.0) == [6.0]


def test_young_command_is_not_raised_upon() -> None:
    assert limits(contender(current_a=6.0, may_rise=False)) == [6.0]


def test_who_begins_behind_a_slow_meter_begins_small() -> None:
    assert limits(contender(begins_small=True)) == [6.0]
    assert limits(contender(begins_small=False)) == [16.0]
    assert limits(contender(current_a=6.0, begins_small=True)) == [16.0]


def test_nobody_is_raised_into_what_another_still_draws() -> None:
    leaving = contender("leaving", 6.0, max_a=6.0, committed_a=16.0)
    coming = contender("coming", 6.0)
    assert limits(leaving, coming, lasting=22.0) == [6.0, 6.0]
    leaving.committed_a = 6.0
    assert limits(leaving, coming, lasting=22.0) == [6.0, 16.0]
    assert limits(leaving, coming, lasting=20.0) == [6.0, 14.0]


def test_what_one_draws_himself_is_no_room_but_his_own() -> None:
    slow = contender("slow", 6.0, committed_a=12.0)
    assert limits(slow, lasting=12.0) == [12.0]
    assert limits(slow, lasting=14.5) == [14.0]


def test_two_raises_share_the_same_room() -> None:
    assert limits(contender("a", 6.0), contender("b", 6.0), lasting=21.0) == [11.0, 10.0]


# Making way


def test_who_has_more_than_his_share_makes_way_for_one_who_waits() -> None:
    rich, waits = contender("rich", 16.0), contender("waits")
    assert limits(rich, waits, lasting=17.0) == [9.0, 0.0]
    assert limits(contender("rich", 16.0, may_lower=False), waits, lasting=17.0) == [16.0, 0.0]


def test_room_of_the_moment_does_not_keep_one_waiting_for_whom_there_is_room_that_lasts() -> None:
    rich, waits = contender("rich", 16.0), contender("waits")
    # Now there would be room for both; it has not lasted, so nobody is let in beside 16 A.
    assert limits(rich, waits, lasting=17.0, present=40.0) == [9.0, 0.0]
    assert limits(contender("rich", 9.0), waits, lasting=17.0, present=40.0) == [9.0, 8.0]
    # Nor does one stay far below his share for ever.
    assert limits(rich, contender("poor", 6.0), lasting=22.0, present=40.0) == [11.0, 6.0]
    # A young command is not lowered for that.
    young = contender("rich", 16.0, may_lower=False)
    assert limits(young, waits, lasting=17.0, present=40.0) == [16.0, 0.0]


def test_nobody_makes_way_for_a_single_ampere() -> None:
    assert limits(contender("a", 9.0), contender("b", 8.0), lasting=17.0) == [9.0, 8.0]
    assert limits(contender("a", 10.0), contender("b", 7.0), lasting=17.0, present=40.0) == [10.0, 7.0]
    assert limits(contender("a", 10.0), contender("b", 6.0), lasting=16.0, present=40.0) == [8.0, 6.0]
    assert limits(contender("a", 10.0), contender("b", 6.0), lasting=16.0) == [8.0, 6.0]


def test_nobody_makes_way_on_a_line_that_the_other_does_not_use() -> None:
    rich = contender("rich", 16.0, ((0, 1.0),), max_a=10.0, full_a=16.0)
    waits = contender("waits", 0.0, ((1, 1.0),))
    granted, _ = allot([rich, waits], [16.0, 5.0, 0.0], [16.0, 5.0, 0.0], [16.0, 5.0, 0.0])
    assert granted["rich"] == 16.0


def test_who_has_more_than_has_lasted_keeps_it_while_who_waits_waits_on_another_line() -> None:
    rich = contender("rich", 16.0, ((0, 1.0),))
    leaving = contender("leaving", 6.0, ((1, 1.0),), max_a=6.0, committed_a=16.0)
    waits = contender("waits", 0.0, ((1, 1.0),))
    room = [16.0, 16.0, 0.0]
    granted, goal = allot([rich, leaving, waits], [10.0, 16.0, 0.0], room, room)
    assert goal == {"rich": 10.0, "leaving": 6.0, "waits": 10.0}
    assert granted == {"rich": 16.0, "leaving": 6.0, "waits": 0.0}


# Beginning


def test_who_was_told_nothing_yet_begins_at_his_least_in_room_that_is_sure() -> None:
    assert limits(contender(may_begin=True), lasting=0.0, sure=6.0, present=6.0) == [6.0]
    assert limits(contender(may_begin=True), lasting=0.0, sure=5.9, present=6.0) == [0.0]
    assert limits(contender(may_begin=False), lasting=0.0, sure=6.0, present=6.0) == [0.0]


def test_who_begins_takes_nothing_of_what_others_draw_still() -> None:
    leaving = contender("leaving", 6.0, max_a=6.0, committed_a=10.0)
    begins = contender("begins", may_begin=True)
    assert limits(leaving, begins, lasting=6.0, sure=15.9, present=16.0) == [6.0, 0.0]
    assert limits(leaving, begins, lasting=6.0, sure=16.0, present=16.0) == [6.0, 6.0]


def test_two_who_begin_need_room_for_both() -> None:
    two = contender("a", may_begin=True), contender("b", may_begin=True)
    assert limits(*two, lasting=0.0, sure=11.9, present=12.0) == [6.0, 0.0]
    assert limits(*two, lasting=0.0, sure=12.0, present=12.0) == [6.0, 6.0]


# A pace


def test_who_has_to_be_ready_is_let_in_with_his_pace() -> None:
    hurried = contender("hurried", pace_a=11.0)
    assert limits(hurried, contender("other"), lasting=18.0) == [11.0, 7.0]
    assert limits(contender("calm"), contender("other"), lasting=18.0) == [9.0, 9.0]


# More than one asked for


def test_room_that_nobody_else_wants_goes_to_who_was_held_to_less() -> None:
    probing = contender("probing", 8.0, max_a=8.0, full_a=16.0)
    assert limits(probing) == [16.0]
    assert limits(probing, contender("other", 6.0), lasting=20.0) == [8.0, 12.0]
    assert limits(probing, contender("other", 6.0), lasting=26.0) == [10.0, 16.0]


@st.composite
def contenders_of(draw: st.DrawFn) -> list[Contender]:
    found = []
    for number in range(draw(st.integers(1, 5))):
        loads = draw(st.sampled_from([ALL, ((0, 1.0),), ((1, 1.0),), ((0, 1.0), (2, 1.0))]))
        current_a = draw(st.sampled_from([0.0, 6.0, 8.0, 13.0, 16.0]))
        found.append(
            contender(
                str(number),
                current_a,
                loads,
                committed_a=draw(st.sampled_from([0.0, 6.0, 10.0, 16.0])),
                max_a=draw(st.sampled_from([6.0, 10.0, 16.0])),
                pace_a=draw(st.sampled_from([0.0, 0.0, 9.0])),
                **{
                    name: draw(st.booleans())
                    for name in ("may_join", "may_rise", "may_lower", "begins_small", "may_begin")
                },
            )
        )
    return found


@given(contenders=contenders_of(), rooms=st.lists(st.floats(-10, 60), min_size=9, max_size=9))
def test_limits_always_fit_in_the_room_of_now_and_no_raise_uses_what_has_not_lasted(
    contenders: list[Contender], rooms: list[float]
) -> None:
    lasting, sure, present = (sorted(rooms[line::3]) for line in range(3))
    views = [list(view) for view in zip(lasting, sure, present, strict=True)]
    granted, _ = allot(contenders, *views)
    used, raised, before = [0.0] * 3, [0.0] * 3, [0.0] * 3
    for one in contenders:
        limit_a = granted[one.claim.id]
        assert limit_a <= 0 or limit_a >= one.claim.min_a
        assert limit_a <= max(one.current_a, one.full_a)
        begins = one.may_begin and limit_a == one.claim.min_a
        if limit_a > one.current_a and not begins:
            assert one.may_rise
        for line, factor in one.claim.loads:
            used[line] += factor * limit_a
            before[line] += factor * max(limit_a, one.committed_a)
            raised[line] += factor * (limit_a if limit_a > max(one.current_a, one.committed_a) and not begins else 0.0)
    for line in range(3):
        assert used[line] <= max(0.0, views[2][line]) + 1e-6 or used[line] <= 0, (line, granted)
        if raised[line] > 0:
            # What others draw still is counted, not only what they are allowed.
            assert before[line] <= max(views[0][line], views[1][line]) + 1e-6, (line, granted)


@pytest.mark.parametrize("room", [0.0, 6.0, 13.0, 40.0])
def test_nobody_contends_and_nothing_is_given(room: float) -> None:
    assert allot([], [room] * 3, [room] * 3, [room] * 3) == ({}, {})


def test_who_begins_beside_one_that_still_follows_has_its_minimum_where_exactly_that_is_left() -> None:
    on, waiting = contender("on", 16.0, may_lower=False), contender("waiting")
    assert limits(on, waiting, lasting=22.0) == [16.0, 6.0]
    assert limits(on, waiting, lasting=22.0 - NEARLY / 2) == [16.0, 6.0]
    assert limits(on, waiting, lasting=21.9) == [16.0, 0.0]
