"""At what pace they charge who said when they leave: by the usual room, less what is owed to those who said nothing."""

from math import exp
from typing import Any

import pytest

from custom_components.ev_sessions.core.balancing.circuits.bounds import bounds_of
from custom_components.ev_sessions.core.balancing.load import EvseLoad
from custom_components.ev_sessions.core.balancing.sharing.pacing import NO_PACING, Pacing
from tests.core.balancing.load_rig import car, site

BOUNDS = bounds_of(site().circuits, 3, site().wiring)
HOUR_S = 3600.0


def look(before: Pacing, *evses: EvseLoad, room_a: float = 20.0, now_s: float = 1000.0) -> Pacing:
    return before.look(evses, BOUNDS, [room_a] * 3, now_s)


def leaves(name: str = "a", left_h: float = 2.0, needed_h: float = 1.0, **more: Any) -> EvseLoad:
    return car(name, left_s=left_h * HOUR_S, needed_s=needed_h * HOUR_S, **more)


def test_nobody_who_leaves_has_no_pace_and_what_was_known_is_forgotten() -> None:
    assert look(NO_PACING, car("b")) is NO_PACING
    assert look(look(NO_PACING, leaves()), car("b")) == NO_PACING
    # Who does not want anything more, leaves without a pace.
    assert look(NO_PACING, leaves(allowed=True, connected=True, wants=False)) is NO_PACING


def test_a_pace_is_worked_out_once_a_minute_and_when_somebody_comes_or_goes() -> None:
    first = look(NO_PACING, leaves())
    assert first.paces["a"].current_a == 8.0
    assert first.worked_out_s == 1000.0
    assert look(first, leaves(left_h=9.0), now_s=1059.9) is first
    assert look(first, leaves(left_h=4.0), now_s=1060.0).paces["a"].current_a == 4.0
    both = look(first, leaves(), leaves("b"), now_s=1001.0)
    assert set(both.paces) == {"a", "b"}
    assert set(look(both, leaves("b"), now_s=1002.0).paces) == {"b"}
    assert set(look(first, leaves("c"), now_s=1001.0).paces) == {"c"}
    assert set(look(both, leaves(), leaves("c"), now_s=1002.0).paces) == {"a", "c"}


def test_the_room_is_that_of_the_last_hour() -> None:
    first = look(NO_PACING, leaves(), room_a=20.0)
    assert first.room_a == (20.0,) * 3
    later = look(first, leaves(), room_a=8.0, now_s=1000.0 + HOUR_S)
    assert later.room_a == pytest.approx((8.0 + 12.0 * exp(-1),) * 3)
    # Of another tree nothing is known.
    assert Pacing({}, (5.0,), 900.0).look([leaves()], BOUNDS, [20.0] * 3, 1000.0).room_a == (20.0,) * 3


@pytest.mark.parametrize(
    ("room_a", "silent", "left_a"),
    [
        (20.0, 0, 20.0),
        (20.0, 1, 14.0),  # less his least
        (20.0, 2, 8.0),
        (15.0, 2, 5.0),  # but never less than a share by their number
    ],
)
def test_those_who_said_nothing_have_their_least_and_no_more_than_their_number(
    room_a: float, silent: int, left_a: float
) -> None:
    # It asks for more than there can be: its part is all that is left for it until then.
    others = [car(f"silent {number}") for number in range(silent)]
    needs = leaves(left_h=2.0, needed_h=40.0)
    paced = look(NO_PACING, needs, *others, room_a=room_a).paces["a"]
    assert paced.current_a == pytest.approx(min(16.0, left_a))


def test_the_time_that_it_needs_is_at_the_current_that_it_wishes_and_can_have() -> None:
    def pace_a(**more: Any) -> float:
        return look(NO_PACING, leaves(left_h=2.0, needed_h=1.0, **more), room_a=60.0).paces["a"].current_a

    assert pace_a(max_a=32.0) == 16.0
    assert pace_a(max_a=32.0, wish_a=10.0) == 5.0
    assert pace_a(max_a=32.0, wish_a=2.0) == 3.0  # at its least, at the least


def test_two_who_leave_have_the_share_of_two() -> None:
    # Ten amperes, and half of these who share them say when they leave: they have 5 A, and not the 2.5 A of one.
    asking = [leaves(name, left_h=2.0, needed_h=40.0) for name in ("a", "b")]
    paced = look(NO_PACING, *asking, car("silent 0"), car("silent 1"), room_a=10.0).paces
    assert sum(pace.current_a for pace in paced.values()) == pytest.approx(5.0)
