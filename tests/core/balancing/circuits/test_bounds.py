"""What a charger loads of each circuit above it, by the wiring of the site."""

from math import inf, sqrt

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.circuits.bounds import Across, BoundKind, Bounds, bounds_of
from custom_components.ev_sessions.core.balancing.circuits.circuit import (
    Circuit,
    CircuitMeter,
    Connection,
    LineUse,
    Wiring,
)
from custom_components.ev_sessions.core.balancing.meter.grid import total_current_a


def tree(wiring: Wiring = Wiring.THREE_PHASE_FOUR_WIRE) -> Bounds:
    """Return a street, a barn that is limited in all ways, and a shed below it."""
    count = wiring.line_count
    circuits = (
        Circuit(id="shed", name="Shed", limit_a=(16.0,) * count, parent_id="barn", moves=True),
        Circuit(id="street", name="Street", limit_a=(63.0,) * count),
        Circuit(
            id="barn",
            name="Barn",
            limit_a=(32.0,) * count,
            parent_id="street",
            limit_w=11_000.0,
            unbalance_a=16.0,
            continuous=True,
        ),
        Circuit(id="cellar", name="Cellar", limit_a=(20.0,) * count, parent_id="street", meter=CircuitMeter()),
    )
    return bounds_of(circuits, count, wiring)


def test_bounds_are_numbered_from_the_root_down_and_those_across_lines_come_last() -> None:
    bounds = tree()
    assert [one.id for one in bounds.circuits] == ["street", "barn", "cellar", "shed"]
    assert bounds.root.id == "street"
    assert [bounds.chains[name] for name in (None, "street", "barn", "shed")] == [(0,), (0,), (0, 1), (0, 1, 3)]
    assert bounds.across_of(4) == Across(BoundKind.LINE, 1, 1)
    assert bounds.across_of(11) == Across(BoundKind.LINE, 3, 2)
    assert [bounds.across_of(bound) for bound in (12, 13, 15)] == [
        Across(BoundKind.POWER, 1, 0),
        Across(BoundKind.UNBALANCE, 1, 0),
        Across(BoundKind.UNBALANCE, 1, 2),
    ]
    assert [(one.id, line) for one, line in map(bounds.circuit_and_line, (2, 11, 14))] == [
        ("street", 2),
        ("shed", 2),
        ("barn", 1),
    ]


def test_what_changes_by_itself_is_what_a_meter_shows_and_what_somebody_moves() -> None:
    bounds = tree()
    assert [bounds.measured(place) for place in range(4)] == [True, False, True, False]
    assert bounds.varying == (6, 7, 8, 9, 10, 11)  # the cellar's lines, and the shed's; the root's are told apart
    street = Circuit(id="street", name="Street", limit_a=(63.0,), limit_w=inf)
    assert bounds_of((street,), 1).varying == (1,)


def test_a_charger_loads_each_circuit_above_it_and_continuous_ones_a_quarter_more() -> None:
    bounds = tree()
    street, barn, shed = {0: 1.0, 1: 1.0, 2: 1.0}, {3: 1.25, 4: 1.25, 5: 1.25}, {9: 1.0, 10: 1.0, 11: 1.0}
    assert dict(bounds.loads(None, (0, 1, 2), 1.0)) == street
    assert dict(bounds.loads("barn", (1, 2, 0), 1.0)) == {**street, **barn, 12: 3.0}
    assert dict(bounds.loads("shed", (0, 1, 2), 1.0)) == {**street, **barn, **shed, 12: 3.0}
    # A line alone makes its circuit uneven, and two as well.
    assert dict(bounds.loads("barn", (1,), 1.0)) == {1: 1.0, 4: 1.25, 12: 1.0, 14: 1.0}
    assert dict(bounds.loads("barn", (0, 2), 1.0)) == {0: 1.0, 2: 1.0, 3: 1.25, 5: 1.25, 12: 2.0, 13: 1.0, 15: 1.0}
    assert bounds.loads("barn", (1,), 1.0) is bounds.loads("barn", [1], 1.0)  # worked out once


@pytest.mark.parametrize(
    ("wiring", "use"),
    [
        (Wiring.SINGLE_PHASE, LineUse(lines=(0,))),
        (Wiring.SPLIT_PHASE, LineUse(lines=(0, 1))),
        (Wiring.SPLIT_PHASE, LineUse(lines=(1,))),
        (Wiring.THREE_PHASE_FOUR_WIRE, LineUse(lines=(2, 0, 1))),
        (Wiring.THREE_PHASE_FOUR_WIRE, LineUse(lines=(2,))),
        (Wiring.THREE_PHASE_THREE_WIRE, LineUse(lines=(0, 1, 2))),
        (Wiring.THREE_PHASE_THREE_WIRE, LineUse.of(Connection.THREE_LINES_DELTA, (0, 1, 2))),
    ],
)
def test_what_it_loads_of_a_power_is_what_its_currents_make_of_it(wiring: Wiring, use: LineUse) -> None:
    bounds = tree(wiring)
    power = next(bound for bound in range(99) if bounds.across_of(bound).kind is BoundKind.POWER)
    shown_a = total_current_a(use.per_line(1.0, wiring.line_count), wiring)
    assert dict(bounds.loads("barn", use.lines, use.factor))[power] == pytest.approx(shown_a)


def test_between_two_lines_of_three_it_is_the_current_itself() -> None:
    bounds = tree(Wiring.THREE_PHASE_THREE_WIRE)
    assert dict(bounds.loads("barn", (1, 2), 1.0))[12] == 1.0
    assert dict(bounds.loads("barn", (0, 1, 2), sqrt(3)))[12] == pytest.approx(3.0)


@given(st.sampled_from(("street", "barn", "shed", "cellar")), st.sampled_from(Wiring), st.floats(0.5, 2))
def test_nobody_loads_less_further_up(name: str, wiring: Wiring, factor: float) -> None:
    bounds = tree(wiring)
    lines = tuple(range(wiring.line_count))
    loads = dict(bounds.loads(name, lines, factor))
    for place in bounds.chains[name]:
        for line in lines:
            assert loads.pop(place * wiring.line_count + line) >= factor
    assert all(bounds.across_of(bound).kind is BoundKind.POWER for bound in loads)
