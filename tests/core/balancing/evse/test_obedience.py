"""How long a charger has to follow, how often it is told again, and when its owner hears of it."""

from itertools import pairwise
from math import inf

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.evse.obedience import DEFAULT_LAG_S, Obedience


def judged(state: Obedience, at_s: float, *, excess: bool = False, mistaken: bool = False) -> tuple[Obedience, bool]:
    return state.judged(at_s, excess=excess, mistaken=mistaken)


@pytest.mark.parametrize(("lag_s", "given_s"), [(1.0, 10.0), (5.0, 10.0), (6.0, 12.0), (30.0, 60.0)])
def test_who_was_told_has_twice_the_time_that_he_is_used_to_take_and_ten_seconds_at_least(
    lag_s: float, given_s: float
) -> None:
    told = Obedience(lag_s=lag_s).commanded(100.0, lowered=True)
    assert judged(told, 100.0 + given_s - 0.1, excess=True) == (told, False)
    after, again = judged(told, 100.0 + given_s, excess=True)
    assert again
    assert after.unruly
    assert not after.disobedient  # once may be a message that was lost


def test_who_had_no_effect_twice_is_told_of() -> None:
    state = Obedience().commanded(0.0, lowered=True)
    for misses in (1, 2, 3):
        state, again = judged(state, state.due_s, excess=True)
        assert (again, state.misses, state.unruly, state.disobedient) == (True, misses, True, misses >= 2)
    # A new command is no effect.
    state = state.commanded(1000.0, lowered=True)
    assert (state.misses, state.repeats, state.disobedient) == (3, 3, True)


def test_another_limit_that_does_no_harm_is_no_miss_and_is_set_right_without_haste() -> None:
    state, again = judged(Obedience().commanded(0.0, lowered=False), 12.0, mistaken=True)
    assert (again, state.misses, state.repeats, state.due_s) == (True, 0, 1, 72.0)
    state, again = judged(Obedience().commanded(0.0, lowered=False), 12.0, excess=True)
    assert (again, state.misses, state.repeats, state.due_s) == (True, 1, 1, 24.0)
    slow, _ = judged(Obedience(lag_s=30.0).commanded(0.0, lowered=False), 60.0, excess=True)
    assert slow.due_s == 120.0


def test_who_is_told_again_is_told_ever_more_rarely_and_never_less_often_than_every_five_minutes() -> None:
    state = Obedience(lag_s=1.0).commanded(0.0, lowered=True)
    told_s = []
    for _ in range(9):
        told_s.append(state.due_s)
        state, again = judged(state, state.due_s, excess=True)
        assert again
    pauses = [after - before for before, after in pairwise(told_s)]
    assert pauses == [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0]


def test_excess_that_comes_by_itself_has_to_last_three_seconds() -> None:
    quiet = Obedience(lag_s=4.0)
    for excess in (True, False):
        seen, again = judged(quiet, 50.0, excess=excess, mistaken=not excess)
        assert (again, seen.due_s, seen.lag_s) == (False, 53.0, 4.0)
        assert judged(seen, 52.9, excess=excess, mistaken=not excess) == (seen, False)
        assert judged(seen, 53.0, excess=excess, mistaken=not excess)[1]
        # It was gone before: nothing was amiss.
        assert judged(seen, 51.0) == (quiet, False)


def test_who_follows_is_not_judged_any_more_and_what_is_known_of_him_stays() -> None:
    state = Obedience(due_s=10.0, misses=2, repeats=3, lag_s=9.0, effect_awaited=True)
    assert judged(state, 5.0) == (Obedience(lag_s=9.0, effect_awaited=True), False)
    quiet = Obedience(lag_s=9.0)
    assert judged(quiet, 5.0)[0] is quiet  # nothing new is no new state


@pytest.mark.parametrize(
    ("lag_s", "after_s", "learned_s"),
    [(6.0, 12.0, 12.0), (6.0, 2.0, 4.8), (6.0, 99.0, 30.0), (1.0, 0.0, 1.0), (6.0, 6.0, 6.0)],
)
def test_slower_is_believed_at_once_and_faster_only_in_time(lag_s: float, after_s: float, learned_s: float) -> None:
    state = Obedience(due_s=10.0, misses=2, repeats=3, lag_s=lag_s, effect_awaited=True).effect_seen(after_s)
    assert state == Obedience(due_s=10.0, lag_s=pytest.approx(learned_s))  # type: ignore[arg-type]
    assert not state.unruly


@given(st.lists(st.tuples(st.sampled_from(("told", "seen", "judged")), st.floats(0, 90), st.booleans(), st.booleans())))
def test_whatever_is_seen_nobody_waits_longer_than_five_minutes_to_be_told_again(
    story: list[tuple[str, float, bool, bool]],
) -> None:
    state, now_s = Obedience(), 0.0
    for what, passed_s, one, other in story:
        now_s += passed_s
        if what == "told":
            state = state.commanded(now_s, lowered=one)
            assert state.effect_awaited is one
        elif what == "seen":
            state = state.effect_seen(passed_s)
        else:
            was_due = state.due_s <= now_s
            state, again = judged(state, now_s, excess=one, mistaken=other)
            assert again is (was_due and (one or other))
            assert (state.due_s == inf) is not (one or other)
        assert 1.0 <= state.lag_s <= 30.0
        assert state.due_s == inf or state.due_s <= now_s + 300.0


def test_nobody_knows_a_charger_at_first() -> None:
    assert Obedience().lag_s == DEFAULT_LAG_S == 6.0
    assert not Obedience().unruly


def test_excess_that_comes_by_itself_is_no_miss_before_it_has_lasted() -> None:
    state, again = judged(Obedience(lag_s=2.0), 100.0, excess=True)
    assert (again, state) == (False, Obedience(due_s=103.0, lag_s=2.0))


def test_nobody_is_counted_as_told_again_more_than_five_times() -> None:
    state = Obedience().commanded(0.0, lowered=True)
    for _ in range(9):
        state, _ = judged(state, state.due_s, excess=True)
    assert (state.repeats, state.misses) == (5, 9)
