"""Whatever a station holds and however little fits into a message, in the end it holds what it should."""

from collections.abc import Iterable

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.station.local_list import (
    ListEntry,
    ListPart,
    change_parts,
    content_hash,
    entries_of,
    full_parts,
)

TOKENS = st.lists(
    st.builds(
        ListEntry,
        token=st.text("abAB", min_size=1, max_size=3),
        status=st.sampled_from(["Accepted", "Blocked"]),
        group=st.none() | st.just("family"),
    ),
    max_size=12,
)
SIZES = st.none() | st.integers(-1, 5)


def held_after(before: dict[str, ListEntry], parts: Iterable[ListPart]) -> dict[str, ListEntry]:
    """Do what a station does with messages (1.6 §5.15)."""
    held = dict(before)
    for part in parts:
        if part.full:
            held = {}
        held |= {entry.key: entry for entry in part.put}
        for entry in part.remove:
            held.pop(entry.key)
    return held


@given(TOKENS, TOKENS, SIZES)
def test_the_whole_list_and_its_changes_lead_to_the_same(
    before: list[ListEntry], after: list[ListEntry], size: int | None
) -> None:
    old, _ = entries_of(before)
    new, _ = entries_of(after)
    assert held_after(dict(old), full_parts(new, size)) == new
    assert held_after(dict(old), change_parts(old, new, size)) == new
    assert not change_parts(new, new, size)
    for part in (*full_parts(new, size), *change_parts(old, new, size)):
        assert len(part.put) + len(part.remove) <= (50 if size is None else max(1, size))
    assert (content_hash(old) == content_hash(new)) is (old == new)


@given(TOKENS, st.integers(-1, 12))
def test_where_not_all_fit_those_that_may_charge_come_first(tokens: list[ListEntry], most: int) -> None:
    entries, left_out = entries_of(tokens, most)
    assert len(entries) <= max(0, most)
    assert len(entries) + left_out == len({one.key for one in tokens})
    everyone = {one.key: one for one in tokens}.values()
    if any(entry.status == "Blocked" for entry in entries.values()):
        assert all(one.key in entries for one in everyone if one.status == "Accepted")


def test_an_empty_list_is_one_message() -> None:
    assert full_parts({}) == (ListPart(full=True),)
