"""Who is let in before whom, by which rule, and for how long that holds."""

from itertools import pairwise
from math import inf
from typing import Any

from hypothesis import example, given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.sharing.turns import Standing, holds_until_s, turn_order

HOUR_S = 3600.0
TURN_S = 1800.0
NOW_S = 100_000.0


def waiting(name: str = "b", waited_h: float = 0.0, **more: Any) -> Standing:
    """Return one who has waited for so many hours."""
    return Standing(**{"evse_id": name, "rank": 0, "on": False, "since_s": NOW_S - waited_h * HOUR_S, **more})


def charging(name: str = "b", charged_s: float = 60.0, **more: Any) -> Standing:
    """Return one who has charged for so many seconds."""
    return Standing(**{"evse_id": name, "rank": 0, "on": True, "since_s": NOW_S - charged_s, **more})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(waiting(rank=-1), charging(laxity_s=0.0, rank=0), id="rank before all"),
        pytest.param(waiting(laxity_s=TURN_S - 1), charging(), id="who cannot wait, before whose turn it is"),
        pytest.param(
            waiting(laxity_s=TURN_S - 1, left_s=9 * HOUR_S),
            charging(laxity_s=TURN_S, left_s=HOUR_S),
            id="even where that one can wait hardly longer",
        ),
        pytest.param(charging(), waiting(laxity_s=TURN_S), id="who can wait for just one turn waits for it"),
        pytest.param(charging(charged_s=TURN_S - 1), waiting(waited_h=90), id="whose turn it is, whoever waited long"),
        pytest.param(waiting(), charging(charged_s=TURN_S), id="whose turn is over, after who waits"),
        pytest.param(charging(laxity_s=0.0), charging(laxity_s=inf), id="among turns too, who can wait least"),
        pytest.param(waiting(laxity_s=2.9 * HOUR_S), waiting("a", laxity_s=3 * HOUR_S), id="laxity by the hour"),
        pytest.param(
            charging(charged_s=TURN_S, laxity_s=2.0 * HOUR_S),
            waiting(laxity_s=3.0 * HOUR_S),
            id="an hour less to wait counts more than a turn that is over",
        ),
        pytest.param(
            waiting(laxity_s=2.9 * HOUR_S, left_s=3 * HOUR_S),
            waiting("a", 9.0, laxity_s=2.1 * HOUR_S, left_s=4 * HOUR_S),
            id="alike within the hour: who leaves first",
        ),
        pytest.param(
            waiting(laxity_s=-9 * HOUR_S, left_s=HOUR_S),
            waiting("a", laxity_s=-20 * HOUR_S, left_s=2 * HOUR_S),
            id="too late is not more urgent than just in time",
        ),
        pytest.param(waiting(laxity_s=3 * HOUR_S), waiting("a"), id="who says nothing can wait for four hours"),
        pytest.param(waiting(), waiting("a", laxity_s=5 * HOUR_S), id="and no more than four"),
        pytest.param(waiting(waited_h=2.5), waiting("a", laxity_s=3 * HOUR_S), id="less what he has waited already"),
        pytest.param(
            waiting(laxity_s=4 * HOUR_S, left_s=9 * HOUR_S),
            waiting("a"),
            id="who leaves, before who does not say",
        ),
        pytest.param(waiting(laxity_s=900 * HOUR_S), waiting("a", laxity_s=inf), id="who needs nothing more, last"),
        pytest.param(waiting(waited_h=0.5), waiting("a", 0.2), id="who waited longest"),
        pytest.param(
            charging(charged_s=TURN_S + 1),
            charging("a", charged_s=TURN_S + 2),
            id="of those whose turn is over, who charged least",
        ),
        pytest.param(charging(charged_s=50), charging("a", charged_s=40), id="of those within it, who began first"),
        pytest.param(waiting("a"), waiting("b"), id="at last the name, so that it never flickers"),
    ],
)
def test_who_goes_first(first: Standing, second: Standing) -> None:
    def order(one: Standing) -> tuple[Any, ...]:
        return turn_order(one, turn_s=TURN_S, now_s=NOW_S)

    assert order(first) < order(second)


standings = st.builds(
    Standing,
    evse_id=st.just("a"),
    rank=st.integers(-3, 0),
    on=st.booleans(),
    since_s=st.integers(0, 100_000).map(float),
    laxity_s=st.one_of(st.none(), st.just(inf), st.integers(-9000, 90_000).map(float)),
    left_s=st.one_of(st.none(), st.integers(0, 90_000).map(float)),
)


@example(charging(charged_s=TURN_S), TURN_S, NOW_S, [])
@given(
    standings,
    st.integers(60, 9000).map(float),
    st.integers(100_000, 200_000).map(float),
    st.lists(st.floats(0, 1, exclude_max=True), max_size=5),
)
def test_order_is_kept_exactly_as_long_as_it_holds(
    standing: Standing, turn_s: float, now_s: float, later: list[float]
) -> None:
    until_s = holds_until_s(standing, turn_s=turn_s, now_s=now_s)
    assert until_s > now_s
    span_s = min(until_s, now_s + 50 * HOUR_S) - now_s
    looks = [now_s, *sorted(now_s + part * span_s for part in later)]
    for before, after in pairwise(turn_order(standing, turn_s=turn_s, now_s=at_s) for at_s in looks):
        assert before == after
    if until_s < inf:
        assert turn_order(standing, turn_s=turn_s, now_s=until_s) != turn_order(standing, turn_s=turn_s, now_s=now_s)
