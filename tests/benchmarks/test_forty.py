"""The benchmark of forty chargers measures what it says, and no rule but the reference is above a limit."""

from dataclasses import replace

import pytest

from benchmarks.forty import STEP_S, USUAL, Outcome, Town, live, town
from benchmarks.forty_ours import ours

FUSE_A = 40.0


def evening(hours: float) -> Town:
    """Return the first hours of a town's days, and those who leave in them."""
    whole = town(7, FUSE_A, 0.8)
    return replace(whole, flats_a=whole.flats_a[: round(hours * 3600 / STEP_S)])


def test_unfairness_is_none_where_all_get_the_same_part_and_a_half_where_half_get_nothing() -> None:
    assert Outcome(shares=[0.4, 0.4, 0.4]).unfairness == pytest.approx(0)
    assert Outcome(shares=[1.0, 0.0]).unfairness == pytest.approx(0.5)


@pytest.mark.parametrize("name", [name for name in USUAL if name != "uncontrolled"])
def test_no_usual_rule_is_above_a_limit_and_all_deliver(name: str) -> None:
    outcome = live(evening(24), USUAL[name]())
    assert outcome.over_a_s == 0
    assert 0 < outcome.energy_kwh <= outcome.asked_kwh
    assert all(0 <= share <= 1 + 1e-9 for share in outcome.shares)


def test_uncontrolled_cars_need_more_than_the_fuse_has() -> None:
    assert live(evening(24), USUAL["uncontrolled"]()).over_a_s > 0


@pytest.mark.long
def test_ours_is_above_no_limit_and_fairer_than_serving_one_after_the_other() -> None:
    busy = evening(30)
    mine, laxity = live(busy, ours(FUSE_A)), live(busy, USUAL["least laxity"]())
    assert mine.over_a_s == pytest.approx(0)
    assert len(mine.shares) == len(laxity.shares) > 5
    assert mine.energy_kwh > 0.9 * laxity.energy_kwh
    assert mine.unfairness < laxity.unfairness
