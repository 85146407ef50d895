"""A line that stays over its fuse though all that is believed fits: those who charge on it make way."""

from dataclasses import replace
from math import inf

import pytest

from custom_components.ev_sessions.core.balancing.evse.memory import first_sight
from custom_components.ev_sessions.core.balancing.last_word import LastWord, settled_since
from tests.core.balancing.load_rig import car
from tests.core.balancing.sharing.test_allotment import contender

LIMIT_A = (25.0, 25.0, 25.0)


def over(*lines_at: tuple[float, float], settled_s: float = 0.0, limit_a: tuple[float, ...] = LIMIT_A) -> LastWord:
    """Return what is known after the second line showed currents at instants."""
    word = LastWord()
    for at_s, current_a in lines_at:
        word = word.look((10.0, current_a, 25.0), limit_a, at_s, settled_s)
    return word


def test_a_line_that_stays_over_for_twelve_seconds_after_all_has_settled_is_believed() -> None:
    assert over((100.0, 25.1), (111.9, 25.1)).lines == frozenset()
    assert over((100.0, 25.1), (112.0, 25.1)).lines == {1}
    # Who is on his way yet may be the reason.
    assert over((100.0, 25.1), (120.0, 25.1), settled_s=108.1).lines == frozenset()
    assert over((100.0, 25.1), (120.0, 25.1), settled_s=108.0).lines == {1}


def test_a_line_at_its_fuse_is_not_over_and_one_that_was_not_over_in_between_begins_anew() -> None:
    assert over((100.0, 25.0), (150.0, 25.0)) == LastWord((inf, inf, inf))
    assert over((100.0, 30.0), (106.0, 25.0), (107.0, 30.0), (118.0, 30.0)).lines == frozenset()
    assert over((100.0, 30.0), (112.0, 30.0), (113.0, 20.0)).lines == frozenset()


def test_rooms_shrink_to_what_those_who_charge_there_have_less_what_is_too_much() -> None:
    word = LastWord((inf, 0.0, inf), frozenset({1}))
    rooms = [[40.0] * 3, [3.0] * 3]
    charging = [
        contender("all", 10.0),
        contender("second", 8.0, ((1, 1.0),)),
        contender("delta", 6.0, ((1, 1.5), (2, 1.5))),
        contender("first", 16.0, ((0, 1.0),)),
        contender("waits"),
    ]
    word.hold(rooms, charging, (30.0, 31.0, 30.0), (24.0, 24.0, 24.0))
    # 10 + 8 + 9 of theirs, less the 7 that are too much; the others' rooms are left alone.
    assert rooms == [[40.0, 20.0, 40.0], [3.0, 3.0, 3.0]]


def test_who_was_allowed_more_than_he_may_have_counts_with_what_he_may_have() -> None:
    word = LastWord((0.0,), frozenset({0}))
    rooms = [[40.0]]
    word.hold(rooms, [contender("a", 16.0, ((0, 1.0),), max_a=10.0)], (26.0,), (24.0,))
    assert rooms == [[8.0]]


@pytest.mark.parametrize(("lag_s", "settled_s"), [(None, 109.0), (20.0, 123.0)])
def test_all_has_settled_when_the_last_that_was_told_had_its_time_and_the_meter_too(
    lag_s: float | None, settled_s: float
) -> None:
    evses = [car("a"), car("b", lag_s=lag_s), car("stranger", controllable=False)]
    memories = {
        evse.id: replace(first_sight(evse, 0.0), sent_s=sent_s)
        for evse, sent_s in zip(evses, (90.0, 100.0, 500.0), strict=True)
    }
    assert settled_since(evses, memories, 3.0) == settled_s
    assert settled_since(evses[2:], memories, 3.0) == -inf
