"""The tree of circuits: what hangs on what, whether it is a tree at all, and how it is mended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from .circuit import Circuit


class TreeFault(StrEnum):
    """What keeps circuits from being one tree."""

    NO_ROOT = "no_root"
    TWO_ROOTS = "two_roots"
    ORPHAN = "orphan"  # its parent does not exist
    CYCLE = "cycle"  # it hangs on itself, directly or by others


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeProblem:
    """A fault, and the circuits that have it."""

    fault: TreeFault
    circuit_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """Circuits that are a tree, and what had to be hung elsewhere for that, by id with its new parent."""

    circuits: tuple[Circuit, ...]
    moved: Mapping[str, str]


def problem_of(circuits: Sequence[Circuit]) -> TreeProblem | None:
    """Return what keeps circuits from being one tree; None where they are one."""
    roots = [circuit.id for circuit in circuits if circuit.parent_id is None]
    if not roots:
        return TreeProblem(fault=TreeFault.NO_ROOT)
    if len(roots) > 1:
        return TreeProblem(fault=TreeFault.TWO_ROOTS, circuit_ids=tuple(roots))
    parents = {circuit.id: circuit.parent_id for circuit in circuits}
    orphans = [circuit.id for circuit in circuits if circuit.parent_id is not None and circuit.parent_id not in parents]
    if orphans:
        return TreeProblem(fault=TreeFault.ORPHAN, circuit_ids=tuple(orphans))
    caught = [circuit.id for circuit in circuits if roots[0] not in _upward(circuit.id, parents)]
    return TreeProblem(fault=TreeFault.CYCLE, circuit_ids=tuple(caught)) if caught else None


def upward(circuits: Sequence[Circuit], circuit_id: str | None) -> tuple[Circuit, ...]:
    """Return a circuit and all above it, the root last; None is the root. For circuits that are a tree."""
    by_id = {circuit.id: circuit for circuit in circuits}
    if circuit_id is None:
        circuit_id = next(circuit.id for circuit in circuits if circuit.parent_id is None)
    return tuple(by_id[one] for one in _upward(circuit_id, {id_: one.parent_id for id_, one in by_id.items()}))


def below(circuits: Sequence[Circuit], circuit_id: str) -> frozenset[str]:
    """Return the ids of a circuit and of all that hang on it."""
    parents = {circuit.id: circuit.parent_id for circuit in circuits}
    return frozenset(one for one in parents if circuit_id in _upward(one, parents))


def outline(circuits: Sequence[Circuit]) -> tuple[tuple[int, Circuit], ...]:
    """Return a tree as a person reads it: each circuit with its depth, before those that hang on it."""
    children: dict[str | None, list[Circuit]] = {}
    for circuit in circuits:
        children.setdefault(circuit.parent_id, []).append(circuit)
    found: list[tuple[int, Circuit]] = []
    waiting = [(0, circuit) for circuit in reversed(children.get(None, []))]
    while waiting:
        depth, circuit = waiting.pop()
        found.append((depth, circuit))
        waiting.extend((depth + 1, child) for child in reversed(children.get(circuit.id, [])))
    return tuple(found)


def mended(circuits: Sequence[Circuit], parents_before: Mapping[str, str | None]) -> Mended:
    """Hang what lost its parent on the next circuit above it that is still there, at last on the root.

    `parents_before` are the parents of circuits that were removed, as far as they are known.
    What hangs on itself hangs on the root. There must be one root.
    """
    root_id = next(circuit.id for circuit in circuits if circuit.parent_id is None)
    parents = {circuit.id: circuit.parent_id for circuit in circuits}
    moved: dict[str, str] = {}
    for circuit in circuits:
        if circuit.parent_id is not None and circuit.parent_id not in parents:
            moved[circuit.id] = still_there(circuit.parent_id, parents, parents_before) or root_id
            parents[circuit.id] = moved[circuit.id]
    for circuit in circuits:
        if root_id not in _upward(circuit.id, parents):
            parents[circuit.id] = moved[circuit.id] = root_id
    return Mended(
        circuits=tuple(replace(circuit, parent_id=parents[circuit.id]) for circuit in circuits),
        moved=moved,
    )


def still_there(
    circuit_id: str | None, present: Mapping[str, str | None], parents_before: Mapping[str, str | None]
) -> str | None:
    """Return the next circuit at or above one that may be gone; None where nothing leads to one."""
    seen: set[str] = set()
    while circuit_id is not None and circuit_id not in present:
        if circuit_id in seen:
            return None
        seen.add(circuit_id)
        circuit_id = parents_before.get(circuit_id)
    return circuit_id


def _upward(circuit_id: str, parents: Mapping[str, str | None]) -> list[str]:
    """Return a circuit and all above it, each once."""
    chain: list[str] = []
    at: str | None = circuit_id
    while at is not None and at not in chain:
        chain.append(at)
        at = parents.get(at)
    return chain
