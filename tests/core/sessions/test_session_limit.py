"""Session limits: when a session has enough, and what makes it go on."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.plain import from_plain, to_plain
from custom_components.ev_sessions.core.sessions.session import EndReason, SessionEvent, SessionEventType
from custom_components.ev_sessions.core.sessions.session_limit import (
    NO_LIMIT,
    NO_LIMITS,
    LimitState,
    Progress,
    SessionLimit,
    asked,
    end_reason,
    follow,
    lifted,
    reached_by,
    untold,
    wished,
)

NOW = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
TEN_KWH = SessionLimit(energy_mwh=10_000_000)


def progress(session_id: str = "one", **figures: Any) -> Progress:
    return Progress(session_id=session_id, **figures)


def followed(state: LimitState, *looks: Progress | None, sees_car: bool = True) -> tuple[LimitState, list[EndReason]]:
    """Return the state after some looks, and what was told of them."""
    told: list[EndReason] = []
    for look in looks:
        state, reason = follow(state, look, sees_car=sees_car)
        told += [] if reason is None else [reason]
    return state, told


@pytest.mark.parametrize(
    ("limit", "figures", "reason"),
    [
        (TEN_KWH, {"energy_mwh": 10_000_000}, EndReason.LIMIT_ENERGY),
        (TEN_KWH, {"energy_mwh": 9_999_999}, None),
        (SessionLimit(cost=Decimal("2.5")), {"cost": Decimal("2.50")}, EndReason.LIMIT_COST),
        (SessionLimit(cost=Decimal("2.5")), {"cost": None, "energy_mwh": 10**9}, None),
        (SessionLimit(connected_ms=60_000), {"connected_ms": 60_000}, EndReason.LIMIT_TIME),
        (SessionLimit(soc_percent=80), {"soc_percent": 80.0}, EndReason.LIMIT_SOC),
        (SessionLimit(soc_percent=80), {"soc_percent": None}, None),
        (NO_LIMIT, {"energy_mwh": 10**9, "connected_ms": 10**9}, None),
    ],
)
def test_a_limit_is_reached_where_its_own_figure_is(
    limit: SessionLimit, figures: dict[str, Any], reason: EndReason | None
) -> None:
    assert reached_by(limit, progress(**figures)) is reason


def test_it_is_told_once_and_holds_until_the_car_leaves() -> None:
    state = wished(NO_LIMITS, TEN_KWH, None)
    state, told = followed(state, progress(energy_mwh=9_000_000), progress(energy_mwh=10_000_100))
    assert told == [EndReason.LIMIT_ENERGY]
    state, told = followed(state, progress(energy_mwh=10_000_200), progress(energy_mwh=10_000_300))
    assert (told, end_reason(state, "one")) == ([], EndReason.LIMIT_ENERGY)
    state, told = followed(state, None, progress("two", energy_mwh=1))
    assert (told, state.reached) == ([], None)
    # The wish stands for the next car as well.
    assert followed(state, progress("two", energy_mwh=10_000_000))[1] == [EndReason.LIMIT_ENERGY]


def test_what_was_asked_for_one_session_comes_before_the_wish_and_is_over_with_it() -> None:
    state = wished(NO_LIMITS, replace(TEN_KWH, connected_ms=60_000), None)
    state = asked(state, SessionLimit(energy_mwh=20_000_000), progress(energy_mwh=1))
    assert state.limit == SessionLimit(energy_mwh=20_000_000, connected_ms=60_000)
    assert followed(state, progress(energy_mwh=15_000_000))[1] == []
    state, _ = followed(state, None)
    assert state.limit == replace(TEN_KWH, connected_ms=60_000)


def test_what_is_asked_for_without_a_car_is_for_the_next_one() -> None:
    state, _ = followed(asked(NO_LIMITS, TEN_KWH, None), None, None, progress("next"))
    assert (state.limit, state.asked_for) == (TEN_KWH, "next")
    state, _ = followed(state, progress("another"))
    assert state.limit == NO_LIMIT


def test_a_limit_that_is_raised_lets_the_car_go_on_and_a_lower_one_does_not() -> None:
    full = progress(energy_mwh=10_000_000)
    state, _ = followed(wished(NO_LIMITS, TEN_KWH, None), full)
    lower = wished(state, SessionLimit(energy_mwh=5_000_000), full)
    assert lower.reached == state.reached
    higher = wished(state, SessionLimit(energy_mwh=15_000_000), full)
    assert higher.reached is None
    assert followed(higher, progress(energy_mwh=15_000_000))[1] == [EndReason.LIMIT_ENERGY]
    assert asked(state, SessionLimit(energy_mwh=11_000_000), full).reached is None


def test_who_lets_the_car_go_on_is_not_stopped_again_in_that_session() -> None:
    full = progress(energy_mwh=10_000_000)
    state, _ = followed(wished(NO_LIMITS, TEN_KWH, None), full)
    state, told = followed(lifted(state, full), progress(energy_mwh=12_000_000))
    assert (state.reached, told, end_reason(state, "one")) == (None, [], None)
    assert followed(state, None, progress("two", energy_mwh=10_000_000))[1] == [EndReason.LIMIT_ENERGY]
    assert lifted(NO_LIMITS, full) == NO_LIMITS


def test_a_plug_that_sees_no_car_stays_off_after_its_session_ended() -> None:
    state, _ = followed(wished(NO_LIMITS, TEN_KWH, None), progress(energy_mwh=10_000_000), sees_car=False)
    state, _ = followed(state, None, None, sees_car=False)
    assert end_reason(state, "one") is EndReason.LIMIT_ENERGY
    state = lifted(state, None)
    assert followed(state, progress("two", energy_mwh=1), sees_car=False)[0].reached is None


def test_what_the_limit_has_told_is_not_told_again() -> None:
    state, _ = followed(wished(NO_LIMITS, TEN_KWH, None), progress(energy_mwh=10_000_000))

    def event(kind: SessionEventType, session_id: str | None = "one") -> SessionEvent:
        return SessionEvent(type=kind, at=NOW, session_id=session_id)

    kept = [
        event(SessionEventType.DISCONNECTED),
        event(SessionEventType.PAUSED, "other"),
        event(SessionEventType.PAUSED, None),
    ]
    dropped = [event(SessionEventType.PAUSED), event(SessionEventType.COMPLETED)]
    assert untold(state, [*dropped, *kept]) == tuple(kept)
    assert untold(NO_LIMITS, dropped) == tuple(dropped)


def test_session_that_just_began_has_reached_nothing() -> None:
    assert reached_by(SessionLimit(energy_mwh=1, connected_ms=1), progress()) is None


def test_who_asks_for_another_limit_after_he_let_the_car_go_on_is_heard() -> None:
    full = progress(energy_mwh=10_000_000)
    state, _ = followed(wished(NO_LIMITS, TEN_KWH, None), full)
    state = wished(lifted(state, full), SessionLimit(energy_mwh=9_000_000), full)
    assert followed(state, full)[1] == [EndReason.LIMIT_ENERGY]


@pytest.mark.parametrize("now", [None, progress("two", energy_mwh=10_000_000)])
def test_what_an_earlier_session_reached_is_gone_with_new_limits(now: Progress | None) -> None:
    state, _ = followed(wished(NO_LIMITS, TEN_KWH, None), progress(energy_mwh=10_000_000))
    assert wished(state, TEN_KWH, now).reached is None


def test_what_was_asked_for_a_session_leaves_nothing_behind() -> None:
    state, _ = followed(asked(NO_LIMITS, TEN_KWH, progress()), progress(), None)
    assert state == NO_LIMITS


def test_car_that_is_seen_to_leave_takes_the_reached_limit_with_it() -> None:
    state, _ = followed(wished(NO_LIMITS, TEN_KWH, None), progress(energy_mwh=10_000_000))
    assert followed(state, None)[0].reached is None
    # Where no car is seen, the next session shows that it was another.
    assert followed(state, None, progress("two"), sees_car=False)[0].reached is None


LIMITS = st.builds(
    SessionLimit,
    energy_mwh=st.none() | st.integers(1, 20),
    cost=st.none() | st.integers(1, 20).map(Decimal),
    connected_ms=st.none() | st.integers(1, 20),
    soc_percent=st.none() | st.integers(1, 20).map(float),
)
LOOKS = st.none() | st.builds(
    Progress,
    session_id=st.sampled_from(["one", "two"]),
    energy_mwh=st.integers(0, 30),
    cost=st.none() | st.integers(-5, 30).map(Decimal),
    connected_ms=st.integers(0, 30),
    soc_percent=st.none() | st.integers(0, 30).map(float),
)
DEEDS = st.one_of(
    st.tuples(st.just("look"), LOOKS),
    st.tuples(st.just("wish"), LIMITS),
    st.tuples(st.just("ask"), LIMITS),
    st.tuples(st.just("lift"), st.none()),
)


@given(st.lists(DEEDS, max_size=30), st.booleans())
def test_nobody_charges_past_a_limit_that_nobody_lifted(deeds: list[tuple[str, Any]], sees_car: bool) -> None:
    state, now = NO_LIMITS, None
    for deed, what in deeds:
        if deed == "look":
            now = what
        elif deed == "wish":
            state = wished(state, what, now)
        elif deed == "ask":
            state = asked(state, what, now)
        else:
            state = lifted(state, now)
        before = state
        state, reason = follow(state, now, sees_car=sees_car)
        if now is not None and state.lifted_for != now.session_id:
            assert (reached_by(state.limit, now) is None) or state.reached is not None
        assert (reason is not None) == (state.reached is not None and state.reached != before.reached)
        # A second look at the same changes nothing, and a restart neither.
        assert follow(state, now, sees_car=sees_car) == (state, None)
        assert from_plain(LimitState, to_plain(state, 1), 1) == state


LEVEL = SessionLimit(soc_percent=80)


def levels(*told: tuple[float | None, float]) -> list[Progress]:
    """Return looks at a battery's level in percent, at so many minutes after plug-in."""
    return [progress(soc_percent=percent, connected_ms=round(60_000 * minutes)) for percent, minutes in told]


def test_level_of_the_car_before_does_not_stop_this_one_for_good() -> None:
    state, told = followed(wished(NO_LIMITS, LEVEL, None), *levels((90, 0), (None, 5), (35, 10), (35, 11)))
    assert (told, end_reason(state, "one")) == ([EndReason.LIMIT_SOC], EndReason.LIMIT_SOC)
    state, told = followed(state, *levels((35, 12), (79, 200)))
    assert (told, state.reached) == ([], None)
    assert followed(state, *levels((80, 210)))[1] == [EndReason.LIMIT_SOC]


@pytest.mark.parametrize("low", [[(0.8, 61)], [(0.8, 61), (80, 62), (0.8, 63.5)], [(76, 61), (75, 90)], [(None, 90)]])
def test_car_that_has_enough_does_not_go_on_for_a_glitch_nor_for_what_it_uses_itself(
    low: list[tuple[float | None, float]],
) -> None:
    state, _ = followed(wished(NO_LIMITS, LEVEL, None), *levels((79, 59), (80, 60), *low))
    assert end_reason(state, "one") is EndReason.LIMIT_SOC


def test_low_level_lifts_no_limit_of_another_kind() -> None:
    both = replace(LEVEL, energy_mwh=10_000_000)
    full = progress(energy_mwh=10_000_000, soc_percent=30, connected_ms=1)
    state, _ = followed(wished(NO_LIMITS, both, None), full, replace(full, connected_ms=10**9))
    assert end_reason(state, "one") is EndReason.LIMIT_ENERGY
