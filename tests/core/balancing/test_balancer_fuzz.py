"""Whatever comes in, in whatever order: no limit outside what a charger takes, and an answer."""

from datetime import timedelta
from math import inf, isfinite, nan
from typing import Any

from hypothesis import given, settings, strategies as st

from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import LineUse
from custom_components.ev_sessions.core.balancing.load import BalancingState, EvseLoad
from custom_components.ev_sessions.core.balancing.override import SetBy
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import START, site

currents = st.one_of(st.floats(-40, 60), st.sampled_from((0.0, 10.0, 25.0, nan, inf, -inf, 25_000.0)))
draws = st.one_of(st.none(), st.tuples(*[st.floats(0, 40)] * 3))
uses = st.sampled_from(
    (LineUse(lines=(0, 1, 2)), LineUse(lines=(1,)), LineUse(lines=(2, 0, 1)), LineUse(lines=(0, 1, 2), factor=3**0.5))
)
#: What else a charger shows, as far as it goes together.
read_back: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    (
        {},
        {"enabled_read": True, "set_by": SetBy.PERSON, "lines_measured": False, "sum_a": 16.0},
        {"enabled_read": False, "set_by": SetBy.US, "lines_measured": False, "sum_a": 20.0, "each_a": 10.0},
        {"enabled_read": True, "lines_measured": False, "overridden_a": 8.0},
        {"overridden_a": 0.0, "lifts": 1},
        {"enabled_read": True, "has_rival": True},
        {"offered_a": 7.0, "has_rival": True},
        {"offered_a": 11.0, "asked_there_a": 12.0},
    )
)
#: What its owner said of the car's leaving, and whether its phases may be switched.
said: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "left_s": st.sampled_from((0.0, 600.0, 7200.0, 90_000.0)),
            "needed_s": st.sampled_from((0.0, 300.0, 5000.0, 90_000.0)),
            "got_s": st.sampled_from((0.0, 4000.0)),
        }
    ),
    st.just({"other_use": LineUse(lines=(0,)), "switches_ago_s": (400.0,)}),
    st.just({"other_use": LineUse(lines=(0, 1, 2))}),
)


@st.composite
def evses(draw: st.DrawFn, name: str) -> EvseLoad:
    least = draw(st.sampled_from((6.0, 6.0, 8.0)))
    return EvseLoad(
        id=name,
        use=draw(uses),
        min_a=least,
        max_a=least + draw(st.sampled_from((0.0, 4.5, 10.0, 26.0))),
        step_a=draw(st.sampled_from((1.0, 0.1, 2.0))),
        wish_a=draw(st.sampled_from((inf, 4.0, 9.0, 13.7))),
        fallback_a=draw(st.sampled_from((0.0, 6.0, 10.0, 50.0, 3.0))),
        priority=draw(st.integers(1, 3)),
        weight=draw(st.sampled_from((1.0, 3.0))),
        controllable=draw(st.sampled_from((True, True, True, False))),
        balancing_on=draw(st.sampled_from((True, True, True, False))),
        allowed=draw(st.sampled_from((True, True, False))),
        online=draw(st.sampled_from((True, True, True, False))),
        connected=draw(st.sampled_from((True, True, False, None))),
        wants=draw(st.booleans()),
        drawn_a=draw(draws),
        drawn_age_s=draw(st.floats(0, 90)),
        limit_read_a=draw(st.one_of(st.none(), st.floats(0, 40))),
        **draw(read_back),
        **draw(said),
    )


@st.composite
def moments(draw: st.DrawFn) -> tuple[float, float, tuple[float, ...] | None, tuple[EvseLoad, ...]]:
    """Seconds since the last look, a jump of the wall clock, what the meter shows, and the EVSEs."""
    passed_s = draw(st.sampled_from((0.0, 0.2, 1.0, 1.0, 5.0, 10.0, 40.0, 200.0, 1000.0)))
    jump_s = draw(st.sampled_from((0.0, 0.0, 0.0, 3600.0, -1e8)))
    shown = draw(st.one_of(st.none(), st.tuples(currents, currents, currents), st.tuples(currents)))
    return passed_s, jump_s, shown, tuple(draw(evses(name)) for name in draw(st.sampled_from(("ab", "ba", "abc", "a"))))


@given(st.lists(moments(), min_size=1, max_size=25), st.booleans())
@settings(max_examples=250, deadline=None)
def test_no_input_makes_a_limit_that_a_charger_does_not_take(
    story: list[tuple[float, float, tuple[float, ...] | None, tuple[EvseLoad, ...]]], balancing_on: bool
) -> None:
    limits = site(balancing_on=balancing_on)
    state = BalancerState()
    now = Now(utc=START, monotonic_s=100.0)
    for passed_s, jump_s, shown, loads in story:
        now = now.later(passed_s)
        now = Now(utc=now.utc + timedelta(seconds=jump_s), monotonic_s=now.monotonic_s)
        grid = None if shown is None else GridReading(at=now.utc, currents_a=shown)
        state, decision = balance(state, limits, grid, loads, now)
        assert [limit.evse_id for limit in decision.limits] == [load.id for load in loads]
        for load, limit in zip(loads, decision.limits, strict=True):
            assert (limit.limit_a is None) is not load.controllable
            if limit.limit_a is not None:
                assert limit.limit_a == 0 or load.min_a <= limit.limit_a <= load.max_a + 1e-9
                assert load.allowed or limit.limit_a == 0 or load.id in decision.asked_there
        assert all(any(command is limit for limit in decision.limits) for command in decision.commands)
        assert set(decision.phases.values()) <= {1, 3}
        assert isfinite(decision.check_again_s)
        assert 0 < decision.check_again_s <= 10
        if not balancing_on:
            assert decision.state is BalancingState.OFF
