"""The bounds of a tree of circuits: one per circuit and line, numbered."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .circuit import Circuit


@dataclass(frozen=True, slots=True)
class Bounds:
    """The tree as numbers: bound = place of the circuit x lines + line; the root is first.

    `chains` are the places of a circuit and all above it, by the circuit's id.
    """

    circuits: tuple[Circuit, ...]
    line_count: int
    chains: dict[str | None, tuple[int, ...]]

    def loads(self, circuit_id: str | None, lines: Sequence[int], factor: float) -> tuple[tuple[int, float], ...]:
        """Return what an EVSE on a circuit loads, as pairs (bound, factor)."""
        return tuple((place * self.line_count + line, factor) for place in self.chains[circuit_id] for line in lines)

    def circuit_and_line(self, bound: int) -> tuple[Circuit, int]:
        """Return where a bound is."""
        place, line = divmod(bound, self.line_count)
        return self.circuits[place], line

    @property
    def root(self) -> Circuit:
        """Return the grid connection."""
        return self.circuits[0]


@lru_cache(maxsize=32)
def bounds_of(circuits: tuple[Circuit, ...], line_count: int) -> Bounds:
    """Return the bounds of a tree. It must have one root and no orphan: ValueError."""
    roots = [circuit for circuit in circuits if circuit.parent_id is None]
    if len(roots) != 1:
        raise ValueError(f"a site has one root circuit, not {len(roots)}")
    ordered = [roots[0]]
    chains: dict[str | None, tuple[int, ...]] = {None: (0,), roots[0].id: (0,)}
    for parent in ordered:  # grows while it is walked: breadth first
        for circuit in circuits:
            if circuit.parent_id == parent.id:
                chains[circuit.id] = (*chains[parent.id], len(ordered))
                ordered.append(circuit)
    if len(ordered) != len(circuits):
        raise ValueError("a circuit hangs on none that leads to the root")
    return Bounds(tuple(ordered), line_count, chains)
