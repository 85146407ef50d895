"""What a car makes of what it is offered: it is offered a step more than it takes, and now and then all of it."""

from math import inf

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.circuits.circuit import LineUse
from custom_components.ev_sessions.core.balancing.evse.taking import Taking

ALL = LineUse(lines=(0, 1, 2))


def takes(
    state: Taking,
    took_a: float,
    at_s: float,
    *,
    limit_a: float = 16.0,
    step_a: float = 1.0,
    settled: bool = True,
    use: LineUse = ALL,
) -> Taking:
    drawn_a = tuple(took_a * use.factor if line in use.lines else 0.0 for line in range(3))
    return state.learn(drawn_a, use, limit_a, step_a, at_s, settled=settled)


def known(took_a: float = 10.0, **more: float) -> Taking:
    """Return what is known of a car that took less from second 0 to 30."""
    return takes(takes(Taking(), took_a, 0.0, **more), took_a, 30.0, **more)  # type: ignore[arg-type]


def test_who_takes_less_for_half_a_minute_is_offered_a_step_more_than_that() -> None:
    first = takes(Taking(), 10.0, 0.0)
    assert first.ceiling_a == inf
    assert takes(first, 10.0, 29.9) == first
    assert (known().ceiling_a, known().took_a) == (11.0, 10.0)
    # Half a minute from when it was first seen, whenever that was.
    later = takes(Taking(), 10.0, 100.0)
    assert takes(later, 10.0, 129.9) == later
    assert takes(later, 10.0, 130.0).ceiling_a == 11.0
    assert known(10.2).ceiling_a == 12.0  # a whole step, from where it is
    assert known(10.0, step_a=0.5).ceiling_a == 10.5


@pytest.mark.parametrize(
    ("limit_a", "step_a", "took_a", "less"),
    [
        (8.0, 0.1, 7.0, False),  # an ampere is nothing
        (8.0, 0.1, 6.9, True),
        (8.0, 2.0, 6.0, False),  # nor is a step
        (8.0, 2.0, 5.9, True),
        (32.0, 1.0, 28.8, False),  # nor a tenth of a great current
        (32.0, 1.0, 28.7, True),
    ],
)
def test_what_is_hardly_less_is_not_less(limit_a: float, step_a: float, took_a: float, less: bool) -> None:
    assert (known(took_a, limit_a=limit_a, step_a=step_a).ceiling_a < inf) is less


def test_who_has_not_had_the_time_to_follow_takes_no_less() -> None:
    begun = takes(Taking(), 10.0, 0.0)
    assert takes(begun, 10.0, 30.0, settled=False) == Taking()
    # Nor does one who took all in between.
    assert takes(takes(begun, 16.0, 20.0), 10.0, 30.0).ceiling_a == inf


def test_who_takes_more_is_offered_all_again() -> None:
    assert takes(known(), 10.5, 40.0).ceiling_a == 12.0  # half a step is its wobble: what it is offered moves with it
    more = takes(known(), 10.6, 40.0, limit_a=11.0)
    assert (more.ceiling_a, more.took_a, more.probe_s, more.probe_after_s) == (inf, inf, inf, 300.0)
    # In whole steps of its charger.
    assert takes(known(step_a=4.0), 12.0, 40.0, step_a=4.0).ceiling_a == 16.0


def test_the_line_that_carries_most_counts_and_by_what_the_charger_draws_on_it() -> None:
    state = Taking()
    for at_s in (0.0, 30.0):
        state = state.learn((9.0, 12.0, 3.0), LineUse(lines=(0, 2)), 16.0, 1.0, at_s, settled=True)
    assert state.took_a == 9.0
    delta = LineUse(lines=(0, 1, 2), factor=2.0)
    state = takes(takes(Taking(), 10.0, 0.0, use=delta), 10.0, 30.0, use=delta)
    assert state.took_a == 10.0


def test_now_and_then_it_is_offered_all_and_each_time_in_vain_after_twice_as_long_and_an_hour_at_most() -> None:
    state, waits = known(), []
    at_s = 30.0
    for _ in range(6):
        waits.append(state.probe_s - at_s)
        assert takes(state, 10.0, state.probe_s - 0.1, limit_a=11.0).ceiling_a == 11.0
        at_s = state.probe_s
        state = takes(state, 10.0, at_s, limit_a=11.0)
        assert state.ceiling_a == inf
        state = takes(takes(state, 10.0, at_s + 5), 10.0, at_s + 35)
        at_s += 35
        assert state.ceiling_a == 11.0
    assert waits == [300.0, 600.0, 1200.0, 2400.0, 3600.0, 3600.0]


def test_when_a_look_may_tell_something_new_is_known() -> None:
    assert Taking().dues_s == (inf, inf)
    assert takes(Taking(), 10.0, 100.0).dues_s == (130.0, inf)
    assert known().dues_s == (30.0, 330.0)


@given(
    st.lists(
        st.tuples(st.floats(0, 600), st.floats(0, 32), st.sampled_from((0.1, 1.0, 2.0)), st.booleans()), max_size=12
    )
)
def test_nobody_is_offered_less_than_he_was_seen_to_take(story: list[tuple[float, float, float, bool]]) -> None:
    state, at_s = Taking(), 0.0
    for passed_s, took_a, step_a, settled in story:
        at_s += passed_s
        state = takes(state, took_a, at_s, limit_a=32.0, step_a=step_a, settled=settled)
        assert state.ceiling_a >= state.took_a or state.took_a == inf
        if state.ceiling_a < inf:
            assert state.ceiling_a > took_a - 0.5 * step_a
            assert state.probe_s < inf
