"""Pieces of time and what fell into them: nothing is lost or doubled by joining, cutting and weighing."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.reading import Activity
from custom_components.ev_sessions.core.sessions.session import Quality
from custom_components.ev_sessions.core.sessions.tracking.piece import (
    Piece,
    cut_at,
    divided,
    joined,
    lasting,
    shared_out,
    weighed,
    with_solar,
    worst,
)

S = 1_000_000
SUMS = (
    "energy_mwh",
    "estimated_mwh",
    "power_uj",
    "power_ms",
    "grid_uj",
    "grid_known_uj",
    "grid_known_ms",
    "elapsed_ms",
    "covered_ms",
    "pending_uj",
)


def piece(sums: tuple[int, ...], **known: Any) -> Piece:
    fields_of: dict[str, Any] = {**known, **dict(zip(SUMS, sums, strict=True))}
    return Piece(**fields_of)


ONE = piece(
    (100, 10, 700, 9_000, 300, 500, 8_000, 10_000, 9_500, 650),
    start_us=0,
    end_us=10 * S,
    session_id="one",
    index=3,
    activity=Activity.CHARGING,
    unseen=True,
    solar_mwh=7,
    quality=Quality.MEASURED,
    least_mw=500,
    greatest_mw=900,
)
OTHER = piece(
    (60, 20, 240, 3_000, 110, 130, 2_000, 4_000, 3_500, 210),
    start_us=10 * S,
    end_us=14 * S,
    session_id="other",
    quality=Quality.ESTIMATED,
    least_mw=400,
    greatest_mw=1_100,
)


def test_new_piece_has_nothing_in_it() -> None:
    new = Piece(start_us=0, end_us=0)
    assert new.empty
    assert [getattr(new, name) for name in SUMS] == [0] * len(SUMS)
    assert (new.index, new.charging_ms, new.connected_ms, new.period().mean_power_w) == (0, 0, 0, None)


def test_two_pieces_become_one_of_which_each_sum_is_theirs_together() -> None:
    both = joined(ONE, OTHER)
    assert {name: getattr(both, name) for name in SUMS} == {
        name: getattr(ONE, name) + getattr(OTHER, name) for name in SUMS
    }
    assert (both.start_us, both.end_us, both.session_id, both.index) == (0, 14 * S, "one", 3)
    assert (both.least_mw, both.greatest_mw, both.quality) == (400, 1_100, Quality.ESTIMATED)
    assert joined(OTHER, replace(ONE, start_us=14 * S, end_us=24 * S)).quality is Quality.ESTIMATED


def test_power_that_was_seen_in_one_of_two_is_that_of_both() -> None:
    dark = replace(OTHER, least_mw=None, greatest_mw=None)
    for one, other in ((ONE, dark), (replace(dark, start_us=0, end_us=10 * S), replace(ONE, start_us=10 * S))):
        both = joined(one, other)
        assert (both.least_mw, both.greatest_mw) == (500, 900)
    assert joined(dark, dark).least_mw is None


@given(cuts=st.lists(st.integers(-S, 11 * S), max_size=6).map(sorted))
def test_cutting_loses_nothing_and_joining_again_gives_the_same(cuts: list[int]) -> None:
    parts = cut_at(ONE, cuts)
    inside = sorted({cut for cut in cuts if 0 < cut < 10 * S})
    assert [(part.start_us, part.end_us) for part in parts] == list(
        zip([0, *inside], [*inside, 10 * S], strict=True)
    ), "no part is empty, and none is missing"
    for name in SUMS:
        assert sum(getattr(part, name) for part in parts) == getattr(ONE, name)
    whole = parts[0]
    for part in parts[1:]:
        whole = joined(whole, part)
    assert whole == ONE


def test_all_sums_are_cut_in_proportion_to_time() -> None:
    first, second = divided(ONE, 4 * S)
    for name in SUMS:
        assert getattr(first, name) == round(getattr(ONE, name) * 0.4)
        assert getattr(second, name) == getattr(ONE, name) - getattr(first, name)
    # Whatever is added to a piece as a count has to be cut as well, or it is doubled.
    counts = {
        field.name for field in fields(Piece) if field.type is int and field.default == 0 and field.name != "index"
    }
    assert counts == set(SUMS)


def test_time_without_a_power_that_is_known_counts_as_time_alone() -> None:
    after = lasting(ONE, 12 * S, None, None)
    assert after == replace(ONE, end_us=12 * S, elapsed_ms=12_000)


def test_time_at_a_power_adds_its_energy_and_keeps_all_else() -> None:
    after = lasting(ONE, 12 * S, 400, None)
    assert after == replace(
        ONE,
        end_us=12 * S,
        power_uj=700 + 800_000,
        power_ms=11_000,
        least_mw=400,
        elapsed_ms=12_000,
        covered_ms=11_500,
        pending_uj=650 + 800_000,
    )
    assert lasting(ONE, 12 * S, 1_000, None).greatest_mw == 1_000


def test_time_whose_source_is_known_counts_for_the_sun() -> None:
    after = lasting(ONE, 12 * S, 600, 450)
    assert (after.grid_uj, after.grid_known_uj, after.grid_known_ms) == (750, 500 + 1_200_000, 10_000)
    before = lasting(ONE, 12 * S, 600, None)
    assert (before.grid_uj, before.grid_known_uj, before.grid_known_ms) == (300, 500, 8_000)


@pytest.mark.parametrize("energy_mwh", [0, 25])
def test_what_the_register_told_is_weighed_once(energy_mwh: int) -> None:
    after = weighed(ONE, energy_mwh, Quality.MEASURED)
    assert (after.energy_mwh, after.estimated_mwh) == (100 + energy_mwh, 10)
    assert (after.elapsed_ms, after.covered_ms, after.pending_uj) == (0, 0, 0)


def test_what_was_not_measured_is_marked_for_ever() -> None:
    after = weighed(ONE, 25, Quality.ESTIMATED)
    assert (after.estimated_mwh, after.quality) == (35, Quality.ESTIMATED)
    assert weighed(after, 25, Quality.MEASURED).quality is Quality.ESTIMATED
    assert weighed(ONE, 0, Quality.ESTIMATED).quality is Quality.MEASURED, "nothing fell into it"


@pytest.mark.parametrize("quality", list(Quality))
def test_worse_of_two_qualities_does_not_depend_on_their_order(quality: Quality) -> None:
    assert worst(quality, quality) is quality
    for other in Quality:
        assert worst(quality, other) is worst(other, quality)
    assert worst(quality, Quality.MEASURED) is quality


def part(elapsed_ms: int = 1_000, **known: Any) -> Piece:
    return Piece(start_us=0, end_us=S, elapsed_ms=elapsed_ms, **known)


def test_increment_is_shared_by_power_where_all_of_it_was_seen() -> None:
    seen = (
        part(covered_ms=1_000, pending_uj=3),
        part(covered_ms=1_000, pending_uj=0),
        part(covered_ms=1_000, pending_uj=1),
    )
    assert shared_out(seen, 100) == [75, 0, 25]
    gap = (*seen[:2], part(covered_ms=999, pending_uj=1))
    assert shared_out(gap, 99) == [33, 33, 33]


def test_increment_is_shared_by_charging_then_by_presence_then_by_time() -> None:
    charges = part(3_000, session_id="a", activity=Activity.CHARGING)
    waits = part(1_000, session_id="a", activity=Activity.SUSPENDED_EV)
    away = part(1_000, activity=Activity.CHARGING)
    assert charges.charging_ms == 3_000
    assert away.charging_ms == 0, "who belongs to no session does not charge"
    assert shared_out((charges, waits, away), 100) == [100, 0, 0]
    assert shared_out((waits, away), 100) == [100, 0]
    assert shared_out((away, part(3_000)), 100) == [25, 75]
    assert shared_out((part(0), part(0), part(0)), 100) == [0, 0, 100]
    assert shared_out((part(0),), 100) == [100]


@given(
    energy_mwh=st.integers(0, 10**9),
    parts=st.lists(
        st.builds(
            part,
            elapsed_ms=st.integers(0, 5_000),
            covered_ms=st.integers(0, 5_000),
            pending_uj=st.integers(0, 10**12),
            session_id=st.none() | st.just("a"),
            activity=st.sampled_from(Activity),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_what_is_shared_out_is_never_more_or_less(energy_mwh: int, parts: list[Piece]) -> None:
    shares = shared_out(tuple(parts), energy_mwh)
    assert len(shares) == len(parts)
    assert sum(shares) == energy_mwh
    assert min(shares) >= 0


def test_period_says_what_was_seen() -> None:
    period = replace(ONE, power_uj=9_000_123, power_ms=9_000).period()
    assert (period.index, period.duration_ms, period.energy_mwh, period.estimated_mwh) == (3, 10_000, 100, 10)
    assert (period.mean_power_w, period.least_power_w, period.greatest_power_w) == (1.0, 0.5, 0.9)
    assert replace(ONE, power_uj=9_012_000).period().mean_power_w == 1.001
    assert (ONE.connected_ms, replace(ONE, session_id=None).connected_ms) == (10_000, 0)


def test_energy_without_time_is_not_nothing() -> None:
    assert not Piece(start_us=5, end_us=5, energy_mwh=1).empty
    assert not Piece(start_us=5, end_us=6).empty


def test_sun_is_told_anew_only_where_it_is_another() -> None:
    told = with_solar(ONE)
    assert told.solar_mwh != ONE.solar_mwh
    assert with_solar(told) is told
