"""A charger on one line that hangs on another than its owner says: "single phase" is not always L1."""

from dataclasses import replace
from math import inf
from typing import Any, override

import pytest

from custom_components.ev_sessions.core.balancing.last_word import LastWord
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import LineUse, LoadRig, car, site


class Rewired(LoadRig):
    """What the charger draws flows on L2, though it is held to be on L1."""

    @override
    def measure(self) -> GridReading:
        reading = super().measure()
        l1, l2, l3 = reading.currents_a
        drawn_a = (self.evses["car"].drawn_a or (0.0,))[0]
        return replace(reading, currents_a=(l1 - drawn_a, l2 + drawn_a, l3))


def one_line(**changes: Any) -> LoadRig:
    return Rewired(site(margin_a=0.0), car(lines=(0,), limit_read_a=0.0, **changes), house=(5.0, 2.0, 2.0))


def test_a_charger_on_another_line_than_is_said_makes_way_on_that() -> None:
    rig = one_line()
    rig.run(60)
    assert rig.limit() == 16.0
    rig.house = (5.0, 18.0, 2.0)
    rig.run(40)
    assert rig.limit() == 7.0
    rig.run(600)
    assert rig.limit() == 7.0


def test_with_the_next_car_its_owner_is_believed_again() -> None:
    rig = one_line()
    rig.run(60)
    rig.house = (5.0, 18.0, 2.0)
    rig.run(40)
    assert rig.state.memories["car"].car_lines.doubted
    rig.change(connected=False)
    rig.run(5)
    assert not rig.state.memories["car"].car_lines.doubted


@pytest.mark.parametrize(
    ("house", "changes"),
    [
        ((5.0, 28.0, 2.0), {}),  # the house alone: the charger's own line shows all that it draws
        ((5.0, 28.0, 2.0), {"drawn_a": None}),
    ],
)
def test_who_is_where_he_is_said_to_be_charges_on_while_the_house_alone_is_too_much(
    house: tuple[float, ...], changes: dict[str, Any]
) -> None:
    rig = LoadRig(site(margin_a=0.0), car(lines=(0,), limit_read_a=0.0, **changes), house=(5.0, 2.0, 2.0))
    rig.run(60)
    rig.house = house
    rig.run(120)
    assert rig.limit() >= 16.0
    assert not rig.state.memories["car"].car_lines.doubted


def test_who_is_switched_to_one_line_for_now_was_seen_on_all() -> None:
    rig = one_line(other_use=LineUse(lines=(0, 1, 2)))
    rig.run(60)
    rig.house = (5.0, 18.0, 2.0)
    rig.run(60)
    assert not rig.state.memories["car"].car_lines.doubted


def test_lines_are_hidden_only_while_one_is_over_for_long() -> None:
    word = LastWord().look((2.0, 30.0), (25.0, 25.0), 0.0, -inf, [(16.0, 0.0)])
    assert word == LastWord((inf, 0.0))
    word = word.look((2.0, 30.0), (25.0, 25.0), 20.0, -inf, [(9.0, 0.0), (7.0, 2.0)])
    assert word == LastWord((inf, 0.0), frozenset({1}), frozenset({0}))
    assert word.look((14.0, 30.0), (25.0, 25.0), 21.0, -inf, [(16.0, 0.0)]).hidden == frozenset()
    assert word.look((2.0, 30.0), (25.0, 25.0), 21.0, -inf).hidden == frozenset()
