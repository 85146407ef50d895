"""Circuits hang on each other as a tree; what is none is refused with a reason, or mended."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.circuits.bounds import bounds_of
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit
from custom_components.ev_sessions.core.balancing.circuits.tree import (
    TreeFault,
    below,
    mended,
    outline,
    problem_of,
    still_there,
    upward,
)


def circuit(name: str, parent: str | None = "root") -> Circuit:
    return Circuit(id=name, name=name.title(), limit_a=(25.0,), parent_id=parent)


ROOT = circuit("root", None)
HOUSE = (ROOT, circuit("barn"), circuit("stable", "barn"), circuit("garage"))


def test_a_tree_has_no_fault_and_is_read_from_the_root() -> None:
    assert problem_of(HOUSE) is None
    assert [(depth, one.id) for depth, one in outline(HOUSE)] == [
        (0, "root"),
        (1, "barn"),
        (2, "stable"),
        (1, "garage"),
    ]
    assert [one.id for one in upward(HOUSE, "stable")] == ["stable", "barn", "root"]
    assert [one.id for one in upward(HOUSE, None)] == ["root"]
    assert below(HOUSE, "barn") == {"barn", "stable"}


@pytest.mark.parametrize(
    ("circuits", "fault", "ids"),
    [
        ((circuit("barn"),), TreeFault.NO_ROOT, ()),
        ((ROOT, replace(ROOT, id="street")), TreeFault.TWO_ROOTS, ("root", "street")),
        ((ROOT, circuit("barn", "gone"), circuit("stable", "barn")), TreeFault.ORPHAN, ("barn",)),
        ((ROOT, circuit("barn", "stable"), circuit("stable", "barn")), TreeFault.CYCLE, ("barn", "stable")),
        ((ROOT, circuit("barn", "barn")), TreeFault.CYCLE, ("barn",)),
    ],
)
def test_what_is_no_tree_is_refused_with_a_reason(
    circuits: tuple[Circuit, ...], fault: TreeFault, ids: tuple[str, ...]
) -> None:
    problem = problem_of(circuits)
    assert problem is not None
    assert (problem.fault, problem.circuit_ids) == (fault, ids)
    with pytest.raises(ValueError, match=fault.value):
        bounds_of(circuits, 1)


def test_what_hung_on_a_removed_circuit_hangs_on_the_next_above_it() -> None:
    left = tuple(one for one in HOUSE if one.id != "barn")
    found = mended(left, {"barn": "garage"})
    assert dict(found.moved) == {"stable": "garage"}
    assert problem_of(found.circuits) is None
    assert upward(found.circuits, "stable")[1].id == "garage"


def test_where_nobody_knows_what_was_above_the_grid_connection_takes_it() -> None:
    assert dict(mended((ROOT, circuit("stable", "barn")), {}).moved) == {"stable": "root"}
    assert dict(mended((ROOT, circuit("stable", "barn")), {"barn": "loft", "loft": "barn"}).moved) == {"stable": "root"}
    assert dict(mended((ROOT, circuit("a", "b"), circuit("b", "a")), {}).moved) == {"a": "root"}
    assert mended(HOUSE, {}).moved == {}
    assert still_there("barn", {"root": None}, {"barn": "loft", "loft": "root"}) == "root"


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcdex")), max_size=5),
    st.dictionaries(st.sampled_from("abcdex"), st.sampled_from([*"abcdex", None])),
)
@settings(max_examples=150, deadline=None)
def test_whatever_was_stored_becomes_a_tree(links: list[tuple[str, str]], before: dict[str, str | None]) -> None:
    circuits = (ROOT, *(circuit(name, parent) for name, parent in dict(links).items()))
    found = mended(circuits, before)
    assert problem_of(found.circuits) is None
    assert [one.id for one in found.circuits] == [one.id for one in circuits]
    if problem_of(circuits) is None:
        assert found.circuits == circuits
