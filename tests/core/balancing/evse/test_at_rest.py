"""An EVSE of which nothing new was heard is not looked at anew, and that changes no decision."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing import balancer
from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.evse.memory import EvseMemory
from custom_components.ev_sessions.core.balancing.evse.remember import remember
from custom_components.ev_sessions.core.balancing.load import EvseLoad
from custom_components.ev_sessions.core.balancing.sharing.contenders import NO_ENTRIES
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import START, car, site
from tests.core.balancing.test_balancer_fuzz import evses

#: Around the times that looks compare with, too.
passing = st.sampled_from((0.2, 1.0, 2.0, 5.0, 6.0, 10.0, 15.0, 30.0, 90.0, 300.0))


@st.composite
def moments(draw: st.DrawFn) -> tuple[float, tuple[float, ...] | None, dict[str, EvseLoad]]:
    """How long after the last moment, what the meter shows, and the EVSEs of which anything was heard."""
    shown = draw(st.one_of(st.none(), st.tuples(*[st.floats(0, 40)] * 3)))
    heard = draw(st.sampled_from(("", "", "a", "b", "ab")))
    return draw(passing), shown, {name: draw(evses(name)) for name in heard}


@given(evses("a"), evses("b"), st.lists(moments(), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_who_is_told_of_by_the_same_object_is_decided_upon_as_if_he_were_looked_at_each_time(
    a: EvseLoad, b: EvseLoad, story: list[tuple[float, tuple[float, ...] | None, dict[str, EvseLoad]]]
) -> None:
    limits = site()
    now = Now(utc=START, monotonic_s=100.0)
    resting, looked_at = BalancerState(), BalancerState()
    heard = {"a": replace(a, drawn_s=now.monotonic_s), "b": replace(b, drawn_s=now.monotonic_s)}
    for passed_s, shown, news in story:
        now = now.later(passed_s)
        heard |= {name: replace(load, drawn_s=now.monotonic_s - load.drawn_age_s) for name, load in news.items()}
        grid = None if shown is None else GridReading(at=now.utc, currents_a=shown)
        resting, decision = balance(resting, limits, grid, tuple(heard.values()), now)
        again = tuple(replace(load) for load in heard.values())
        looked_at, expected = balance(looked_at, limits, grid, again, now)
        assert decision == expected


@given(evses("a"), evses("b"), st.lists(moments(), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_what_is_kept_of_who_shares_changes_no_decision(
    a: EvseLoad, b: EvseLoad, story: list[tuple[float, tuple[float, ...] | None, dict[str, EvseLoad]]]
) -> None:
    limits = site()
    now = Now(utc=START, monotonic_s=100.0)
    keeping, forgetful = BalancerState(), BalancerState()
    heard = {"a": a, "b": b}
    for passed_s, shown, news in story:
        now = now.later(passed_s)
        # Most of what is heard is another draw alone.
        heard |= {name: replace(heard[name], drawn_a=load.drawn_a) for name, load in news.items() if passed_s <= 5.0}
        heard |= {name: load for name, load in news.items() if passed_s > 5.0}
        grid = None if shown is None else GridReading(at=now.utc, currents_a=shown)
        keeping, decision = balance(keeping, limits, grid, tuple(heard.values()), now)
        forgetful = replace(forgetful, entries=NO_ENTRIES)
        forgetful, expected = balance(forgetful, limits, grid, tuple(heard.values()), now)
        assert decision == expected


def test_among_many_only_those_of_whom_anything_was_heard_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def noted(memory: EvseMemory | None, evse: EvseLoad, now_s: float, **lines: frozenset[int]) -> EvseMemory:
        looks.append(evse.id)
        return remember(memory, evse, now_s, **lines)

    limits = site(2000.0)
    now = Now(utc=START, monotonic_s=100.0)
    heard = {name: car(name, drawn_s=100.0) for name in (f"evse{number:02}" for number in range(40))}
    state, decision = BalancerState(), None
    for _ in range(120):
        now = now.later(1.0)
        grid = GridReading(at=now.utc, currents_a=(9.0,) * 3)
        state, decision = balance(state, limits, grid, tuple(heard.values()), now)
    monkeypatch.setattr(balancer, "remember", noted)
    for second in range(10):
        now = now.later(1.0)
        name = f"evse{second:02}"
        heard[name] = replace(heard[name], drawn_s=now.monotonic_s)
        grid = GridReading(at=now.utc, currents_a=(9.0 + 0.1 * (second % 2),) * 3)
        state, decision = balance(state, limits, grid, tuple(heard.values()), now)
    assert decision is not None
    assert len(decision.limits) == 40
    # Who has told something is looked at then, and once more where that changed anything.
    assert set(looks) <= {f"evse{number:02}" for number in range(10)}
    assert len(looks) <= 20
