"""The bounds of a tree of circuits, numbered: one per circuit and line, then those of several lines.

All room is in A. That of a circuit's power is in A of one line against neutral: the power
over the voltage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from math import sqrt

from .circuit import Circuit, Wiring
from .tree import problem_of

#: What runs for three hours or more counts so many times (NEC 100 "continuous load", 210.20(A), 625.42).
CONTINUOUS_FACTOR = 1.25


class BoundKind(StrEnum):
    """What a bound holds down."""

    LINE = "line"  # the current of a line
    POWER = "power"  # the power of all lines together
    UNBALANCE = "unbalance"  # by how much a line exceeds the least loaded one


@dataclass(frozen=True, slots=True)
class Across:
    """A bound that is not one of a line's fuse: of which circuit, and of which line (0 for the power)."""

    kind: BoundKind
    place: int
    line: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """The tree as numbers: bound = place of the circuit x lines + line; the root is first.

    After these come the bounds `across` lines. `chains` are the places of a circuit and all
    above it, by the circuit's id. `varying` are the bounds, but for the root's lines, whose
    room changes by itself. `at` are those across lines by the place of their circuit. `metered_below`
    are the next circuits with a meter below one that has none, by their places. `known`
    remembers what EVSEs load, once it was asked for.
    """

    circuits: tuple[Circuit, ...]
    line_count: int
    chains: dict[str | None, tuple[int, ...]]
    three_wire: bool = False
    across: tuple[Across, ...] = ()
    varying: tuple[int, ...] = ()
    at: dict[int, list[tuple[int, Across]]] = field(default_factory=dict)
    metered_below: dict[int, tuple[int, ...]] = field(default_factory=dict)
    known: dict[tuple[str | None, tuple[int, ...], float], tuple[tuple[int, float], ...]] = field(default_factory=dict)

    def loads(self, circuit_id: str | None, lines: Sequence[int], factor: float) -> tuple[tuple[int, float], ...]:
        """Return what an EVSE on a circuit loads, as pairs (bound, factor)."""
        key = (circuit_id, tuple(lines), factor)
        if (found := self.known.get(key)) is None:
            found = self.known[key] = self._loads(*key)
        return found

    def _loads(self, circuit_id: str | None, lines: tuple[int, ...], factor: float) -> tuple[tuple[int, float], ...]:
        chain = self.chains[circuit_id]
        loads = [
            (place * self.line_count + line, factor * counted(self.circuits[place]))
            for place in chain
            for line in lines
        ]
        for bound, across in self.crossing(chain):
            if across.kind is BoundKind.POWER:
                loads.append((bound, self._power_factor(len(lines), factor)))
            elif across.line in lines and len(lines) < self.line_count:
                loads.append((bound, factor))
        return tuple(loads)

    def crossing(self, chain: Sequence[int]) -> list[tuple[int, Across]]:
        """Return the bounds across lines of some circuits, by their places."""
        return [one for place in chain for one in self.at.get(place, ())]

    def _power_factor(self, used: int, factor: float) -> float:
        """Return the power of 1 A of an EVSE over the voltage: what `power_at_one_ampere_w` has in W."""
        if self.three_wire:
            return factor * (sqrt(3) if used == self.line_count else 1.0)
        return factor * used

    def across_of(self, bound: int) -> Across:
        """Return what a bound holds down, and where."""
        lines = len(self.circuits) * self.line_count
        if bound < lines:
            return Across(BoundKind.LINE, *divmod(bound, self.line_count))
        return self.across[bound - lines]

    def circuit_and_line(self, bound: int) -> tuple[Circuit, int]:
        """Return where a bound is."""
        across = self.across_of(bound)
        return self.circuits[across.place], across.line

    def measured(self, place: int) -> bool:
        """Tell whether a meter shows all that hangs on the circuit at a place."""
        return place == 0 or self.circuits[place].meter is not None

    def in_load(self, circuit_id: str | None, place: int) -> bool:
        """Tell whether what an EVSE on a circuit draws is in what a meter shows of the load of the one at a place."""
        chain = self.chains[circuit_id]
        return any(self.measured(one) for one in chain[chain.index(place) :])

    @property
    def root(self) -> Circuit:
        """Return the grid connection."""
        return self.circuits[0]


def counted(circuit: Circuit) -> float:
    """Return how many times a charger's current counts on a circuit."""
    return CONTINUOUS_FACTOR if circuit.continuous else 1.0


@lru_cache(maxsize=32)
def bounds_of(circuits: tuple[Circuit, ...], line_count: int, wiring: Wiring | None = None) -> Bounds:
    """Return the bounds of a tree. It must have one root and no orphan: ValueError.

    That what holds now is no part of the tree keeps this from being worked out anew.
    """
    if (problem := problem_of(circuits)) is not None:
        raise ValueError(f"the circuits are no tree: {problem.fault} {', '.join(problem.circuit_ids)}")
    ordered = [circuit for circuit in circuits if circuit.parent_id is None]
    chains: dict[str | None, tuple[int, ...]] = {None: (0,), ordered[0].id: (0,)}
    children: dict[str | None, list[Circuit]] = {}
    for circuit in circuits:
        children.setdefault(circuit.parent_id, []).append(circuit)
    for parent in ordered:  # grows while it is walked: breadth first
        for circuit in children.get(parent.id, ()):
            chains[circuit.id] = (*chains[parent.id], len(ordered))
            ordered.append(circuit)
    across: list[Across] = []
    for place, circuit in enumerate(ordered):
        if circuit.limit_w is not None:
            across.append(Across(BoundKind.POWER, place, 0))
        if circuit.unbalance_a is not None:
            across.extend(Across(BoundKind.UNBALANCE, place, line) for line in range(line_count))
    at: dict[int, list[tuple[int, Across]]] = {}
    for bound, one in enumerate(across, len(ordered) * line_count):
        at.setdefault(one.place, []).append((bound, one))
    bounds = Bounds(
        tuple(ordered),
        line_count,
        chains,
        three_wire=wiring is Wiring.THREE_PHASE_THREE_WIRE,
        across=tuple(across),
        at=at,
        metered_below=_metered_below(ordered, chains),
    )
    varying = (
        bound
        for bound in range(line_count, len(ordered) * line_count + len(across))
        if bounds.measured(place := bounds.across_of(bound).place)
        or ordered[place].moves
        or place in bounds.metered_below
    )
    return replace(bounds, varying=tuple(varying))


def _metered_below(
    ordered: Sequence[Circuit], chains: Mapping[str | None, tuple[int, ...]]
) -> dict[int, tuple[int, ...]]:
    """Return the next circuits with a meter below each that has none; the root has one, or nobody knows the house."""
    below: dict[int, tuple[int, ...]] = {}
    for place, circuit in enumerate(ordered):
        if circuit.meter is None:
            continue
        for above in chains[circuit.id][-2:0:-1]:
            if ordered[above].meter is not None:
                break
            below[above] = (*below.get(above, ()), place)
    return below
