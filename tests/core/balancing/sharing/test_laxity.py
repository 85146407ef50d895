"""Who can wait, and which part of what they ask for those are to have who stand in each other's way."""

from dataclasses import replace
from math import inf

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.sharing.laxity import Need, fair_parts, paces
from tests.core.balancing.load_rig import Circuit, LoadRig, car, site

HOUR_S = 3600.0


def need(name: str, left_h: float, needed_h: float, got_h: float = 0.0, bounds: tuple[int, ...] = (0,)) -> Need:
    return Need(
        id=name,
        left_s=left_h * HOUR_S,
        needed_s=needed_h * HOUR_S,
        got_s=got_h * HOUR_S,
        most_a=16.0,
        loads=tuple((bound, 1.0) for bound in bounds),
    )


def test_all_are_to_have_all_where_there_is_time_for_it() -> None:
    assert fair_parts([need("a", 4, 2), need("b", 8, 4)], [16.0]) == {"a": 1.0, "b": 1.0}


def test_two_who_leave_together_are_to_have_the_same_part_of_what_they_asked_for() -> None:
    assert fair_parts([need("big", 4, 3), need("small", 4, 1)], [8.0]) == {"big": 0.5, "small": 0.5}


def test_who_has_more_than_his_part_already_leaves_the_rest_to_the_others() -> None:
    parts = fair_parts([need("late", 2, 4), need("had", 2, 1, got_h=3)], [16.0])
    assert parts == {"late": pytest.approx(0.5), "had": pytest.approx(0.5)}


def test_who_stays_longer_is_not_cut_by_a_crowd_that_leaves_before() -> None:
    parts = fair_parts([need("a", 1, 1), need("b", 1, 1), need("stays", 10, 2)], [16.0])
    assert parts == {"a": 0.5, "b": 0.5, "stays": 1.0}


def test_a_full_circuit_below_cuts_only_those_on_it() -> None:
    parts = fair_parts([need("below", 2, 2, bounds=(0, 1)), need("beside", 2, 2)], [100.0, 8.0])
    assert parts == {"below": 0.5, "beside": 1.0}


def test_who_asked_for_nothing_more_has_no_pace_and_can_wait_for_ever() -> None:
    (pace,) = paces([need("full", 4, 0)], [16.0], [16.0]).values()
    assert (pace.current_a, pace.laxity_s) == (0.0, inf)
    assert paces([need("full", 4, 0, got_h=2), need("other", 4, 9)], [0.0], [0.0])["full"].current_a == 0.0


def test_the_pace_is_what_brings_it_there_in_time() -> None:
    (pace,) = paces([need("a", 4, 2)], [16.0], [16.0]).values()
    assert (pace.current_a, pace.laxity_s) == (8.0, 2 * HOUR_S)


def test_at_the_last_moment_the_pace_is_the_greatest_current_and_no_more() -> None:
    (pace,) = paces([need("a", 0, 2)], [16.0], [16.0]).values()
    assert pace.current_a <= 16.0


needs = st.builds(
    need,
    st.sampled_from("abcdefgh"),
    st.floats(0, 30),
    st.sampled_from((0.0, 0.1, 1.0, 3.0, 9.0)),
    st.sampled_from((0.0, 0.0, 0.5, 4.0)),
    st.sampled_from(((0,), (0, 1), (1, 2), (0, 1, 2))),
)


@given(st.lists(needs, max_size=8, unique_by=lambda one: one.id), st.tuples(*[st.floats(-5, 40)] * 3))
@settings(max_examples=150, deadline=None)
def test_what_is_promised_until_a_departure_fits_in_the_room_until_then(
    wished: list[Need], room: tuple[float, ...]
) -> None:
    parts = fair_parts(wished, room)
    assert all(0.0 <= part <= 1.0 for part in parts.values())
    for last in wished:
        for bound in range(3):
            due_as = sum(
                max(0.0, parts[one.id] * (one.got_s + one.needed_s) - one.got_s) * one.most_a
                for one in wished
                if one.left_s <= last.left_s and bound in dict(one.loads)
            )
            assert due_as <= max(0.0, room[bound]) * last.left_s * (1 + 1e-6) + 1e-3


@given(st.lists(needs, max_size=8, unique_by=lambda one: one.id), st.permutations(range(8)))
@settings(max_examples=50, deadline=None)
def test_the_order_of_the_list_changes_no_part(wished: list[Need], order: list[int]) -> None:
    shuffled = sorted(wished, key=lambda one: order["abcdefgh".index(one.id)])
    assert fair_parts(wished, [9.0, 20.0, 30.0]) == fair_parts(shuffled, [9.0, 20.0, 30.0])


# In the balancer


def test_who_leaves_soon_charges_first_though_another_has_waited_longer() -> None:
    leaves_soon = car("b", left_s=1.2 * HOUR_S, needed_s=HOUR_S, got_s=0.0)
    rig = LoadRig(site(), car("a"), leaves_soon, house=16.0)
    rig.run(150)
    assert (rig.limit("a"), rig.limit("b")) == (0.0, 8.0)


def test_who_cannot_wait_another_turn_ends_a_turn_that_has_just_begun() -> None:
    rig = LoadRig(site(), car("a"), car("b", connected=False), house=16.0)
    rig.run(150)
    assert rig.limit("a") == 8.0
    rig.change("b", connected=True, left_s=0.4 * HOUR_S, needed_s=HOUR_S)
    rig.run(60)
    assert (rig.limit("a"), rig.limit("b")) == (0.0, 8.0)


def test_who_has_the_whole_night_waits_for_him_who_said_nothing() -> None:
    rig = LoadRig(site(), car("a", left_s=14 * HOUR_S, needed_s=HOUR_S), car("b"), house=16.0)
    rig.run(150)
    assert (rig.limit("a"), rig.limit("b")) == (0.0, 8.0)


def test_who_said_nothing_does_not_wait_for_ever() -> None:
    rig = LoadRig(site(turn_s=900.0), car("a", left_s=9 * HOUR_S, needed_s=6.5 * HOUR_S), car("b"), house=16.0)
    charged = 0
    for _ in range(360):
        rig.run(10)
        charged += rig.limit("b") > 0
    # Its hours to wait fall until it is as pressed as the other.
    rig.t_s += 3 * HOUR_S
    for _ in range(180):
        rig.run(10)
        charged += rig.limit("b") > 0
    assert charged > 50


def test_who_needs_ten_amperes_gets_them_before_the_rest_is_shared() -> None:
    rig = LoadRig(site(), car("a"), car("b", left_s=2 * HOUR_S, needed_s=1.5 * HOUR_S), house=6.0)
    rig.run(200)
    assert (rig.limit("a"), rig.limit("b")) == (6.0, 12.0)
    rig.change("b", left_s=14 * HOUR_S)
    rig.run(200)
    assert (rig.limit("a"), rig.limit("b")) == (9.0, 9.0)


def test_a_departure_that_nobody_gives_any_more_leaves_all_as_it_was() -> None:
    rig = LoadRig(site(), car("a"), car("b", left_s=2 * HOUR_S, needed_s=1.5 * HOUR_S), house=6.0)
    rig.run(200)
    rig.change("b", left_s=None)
    rig.run(200)
    assert (rig.limit("a"), rig.limit("b")) == (9.0, 9.0)


def test_below_a_small_circuit_each_has_the_same_part_when_they_leave() -> None:
    root = Circuit(id="root", name="House", limit_a=(63.0,) * 3)
    row = Circuit(id="row", name="Row", limit_a=(16.0,) * 3, parent_id="root")
    big = car("big", circuit_id="row", left_s=4 * HOUR_S, needed_s=6 * HOUR_S)
    small = car("small", circuit_id="row", left_s=4 * HOUR_S, needed_s=3 * HOUR_S)
    rig = LoadRig(replace(site(), circuits=(root, row)), big, small, house=5.0)
    rig.run(200)
    assert rig.limit("big") > rig.limit("small") >= 6.0


def test_among_those_whose_turn_is_over_who_charged_least_comes_first() -> None:
    rig = LoadRig(site(turn_s=300.0), car("a"), car("b"), car("c"), house=16.0)
    charged: dict[str, int] = dict.fromkeys("abc", 0)
    for _ in range(540):
        rig.run(10)
        for name in "abc":
            charged[name] += rig.limit(name) > 0
    assert max(charged.values()) < 1.4 * min(charged.values())
