"""Energy as whole thousandths of a Wh, and splits that lose nothing."""

from decimal import Decimal

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.energy import kwh_from_mwh, mwh_from_kwh, split


@pytest.mark.parametrize(
    ("kwh", "mwh"),
    [(1, 1_000_000), (0.1, 100_000), ("10233.118", 10_233_118_000), (Decimal("0.0000005"), 0), (0.0000015, 2)],
)
def test_kwh_become_mwh_to_the_nearest(kwh: Decimal | float | str, mwh: int) -> None:
    assert mwh_from_kwh(kwh) == mwh


def test_mwh_become_kwh_to_show() -> None:
    assert kwh_from_mwh(10_233_118_000) == 10_233.118


@pytest.mark.parametrize(
    ("whole", "weights", "parts"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (10, [2, 1], [7, 3]),
        (-10, [1, 1, 1], [-4, -3, -3]),
        (0, [1, 2], [0, 0]),
        (7, [0, 5, 0], [0, 7, 0]),
        (1, [1, 3], [0, 1]),
    ],
)
def test_the_largest_remainder_is_served_first(whole: int, weights: list[int], parts: list[int]) -> None:
    assert split(whole, weights) == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0]])
def test_nothing_cannot_be_split_over(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="positive weight"):
        split(1, weights)


@given(whole=st.integers(-(10**15), 10**15), weights=st.lists(st.integers(0, 10**15), min_size=1, max_size=20))
def test_parts_sum_to_the_whole_and_are_next_to_their_share(whole: int, weights: list[int]) -> None:
    total = sum(weights)
    if total == 0:
        return
    parts = split(whole, weights)
    assert sum(parts) == whole
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total - whole * weight) < total
