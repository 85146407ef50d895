"""Who is let in, and how much each gets: exact cases, and properties of the real-valued result."""

from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.sharing.fair_share import (
    Claim,
    admit,
    down_to_step,
    fits,
    share,
    share_in_steps,
    take,
)

TINY = 1e-6


def claim(
    name: str,
    lines: tuple[int, ...] = (0, 1, 2),
    *,
    least: float = 6.0,
    most: float = 16.0,
    step: float = 1.0,
    weight: float = 1.0,
    factor: float = 1.0,
) -> Claim:
    return Claim(
        id=name,
        min_a=least,
        max_a=most,
        step_a=step,
        weight=weight,
        loads=tuple((line, factor) for line in lines),
    )


def test_all_have_their_maximum_where_it_fits() -> None:
    assert share([claim("a"), claim("b")], [32.0, 32.0, 32.0]) == {"a": 16.0, "b": 16.0}


def test_two_cars_halve_what_is_left() -> None:
    assert share([claim("a"), claim("b")], [21.0, 30.0, 30.0]) == {"a": 10.5, "b": 10.5}


def test_steps_are_rounded_down_and_a_whole_step_that_is_left_goes_out_by_id() -> None:
    assert share_in_steps([claim("b"), claim("a")], [21.0, 21.0, 21.0]) == {"a": 11.0, "b": 10.0}
    assert share_in_steps([claim("a"), claim("b")], [20.9, 20.9, 20.9]) == {"a": 10.0, "b": 10.0}


def test_a_car_on_a_line_of_its_own_is_not_held_back_by_a_full_neighbour() -> None:
    claims = [claim("a", (0,)), claim("b", (1,)), claim("c", (2,))]
    assert share(claims, [6.5, 12.0, 40.0]) == {"a": 6.5, "b": 12.0, "c": 16.0}


def test_a_three_phase_car_is_held_by_its_fullest_line_and_others_use_the_rest() -> None:
    claims = [claim("three"), claim("one", (1,))]
    granted = share(claims, [8.0, 24.0, 24.0])
    assert granted == {"three": 8.0, "one": 16.0}


def test_weights_share_in_proportion() -> None:
    granted = share([claim("a", weight=2.0, most=32.0), claim("b")], [24.0] * 3)
    assert granted["a"] == pytest.approx(16.0)
    assert granted["b"] == pytest.approx(8.0)


def test_a_heavy_weight_does_not_take_anothers_minimum() -> None:
    granted = share([claim("a", weight=10.0, most=32.0), claim("b")], [14.0] * 3)
    assert granted["b"] == pytest.approx(6.0)
    assert granted["a"] == pytest.approx(8.0)


def test_delta_loads_put_the_root_of_three_on_each_line() -> None:
    granted = share([claim("a", factor=3**0.5)], [17.3205080757] * 3)
    assert granted["a"] == pytest.approx(10.0)


def test_who_does_not_fit_with_the_minimum_is_not_let_in_but_a_later_one_on_another_line_is() -> None:
    claims = [claim("a", (0,)), claim("b", (0,)), claim("c", (1,))]
    assert [c.id for c in admit(claims, [10.0, 10.0])] == ["a", "c"]


def test_room_below_zero_lets_nobody_in() -> None:
    assert admit([claim("a", (0,))], [-3.0]) == []
    assert share([], []) == {}


def test_circuits_of_a_tree_are_bounds_like_any_other() -> None:
    # Bounds 0: the house's line, 1: a garage behind a 20 A breaker.
    garage = [
        Claim(id=name, min_a=6, max_a=16, step_a=1, weight=1, loads=((0, 1.0), (1, 1.0))) for name in ("g1", "g2")
    ]
    yard = Claim(id="y", min_a=6, max_a=32, step_a=1, weight=1, loads=((0, 1.0),))
    assert share([*garage, yard], [50.0, 20.0]) == {"g1": 10.0, "g2": 10.0, "y": 30.0}


def test_rounding_never_goes_below_the_minimum() -> None:
    assert down_to_step(claim("a"), 6.0) == 6.0
    assert down_to_step(claim("a"), 5.9999999) == 6.0
    assert down_to_step(claim("a", step=0.1), 10.35) == pytest.approx(10.3)


@st.composite
def sites(draw: st.DrawFn) -> tuple[list[Claim], list[float]]:
    """Claims that can be admitted at random, on up to five bounds."""
    bounds = draw(st.integers(1, 5))
    count = draw(st.integers(1, 8))
    claims: list[Claim] = []
    for number in range(count):
        lines = draw(st.lists(st.integers(0, bounds - 1), min_size=1, max_size=bounds, unique=True))
        least = draw(st.sampled_from((6.0, 6.0, 8.0, 1.5)))
        most = least + draw(st.sampled_from((0.0, 2.0, 10.0, 26.0)))
        claims.append(
            claim(
                f"evse{number}",
                tuple(lines),
                least=least,
                most=most,
                step=draw(st.sampled_from((1.0, 0.1, 0.5))),
                weight=draw(st.sampled_from((1.0, 1.0, 2.0, 0.5, 7.0))),
                factor=draw(st.sampled_from((1.0, 1.0, 3**0.5))),
            )
        )
    room = draw(st.lists(st.floats(0, 80), min_size=bounds, max_size=bounds))
    return claims, room


def used(claims: list[Claim], granted: dict[str, float], room: list[float]) -> list[float]:
    left = list(room)
    for c in claims:
        take(c, granted[c.id], left)
    return left


@given(sites())
@settings(max_examples=400, deadline=None)
def test_never_above_a_limit_nor_outside_minimum_and_maximum(site: tuple[list[Claim], list[float]]) -> None:
    claims, room = site
    admitted = admit(claims, room)
    for granted in (share(admitted, room), share_in_steps(admitted, room)):
        assert set(granted) == {c.id for c in admitted}
        assert min(used(admitted, granted, room), default=0.0) >= -TINY
        assert all(c.min_a <= granted[c.id] <= c.max_a for c in admitted)


@given(sites())
@settings(max_examples=400, deadline=None)
def test_nobody_could_get_more_without_taking_from_a_smaller_weighted_grant(
    site: tuple[list[Claim], list[float]],
) -> None:
    claims, room = site
    admitted = admit(claims, room)
    granted = share(admitted, room)
    left = used(admitted, granted, room)
    for c in admitted:
        if granted[c.id] >= c.max_a - TINY:
            continue
        level = granted[c.id] / c.weight
        bottlenecks = [bound for bound, _ in c.loads if left[bound] <= TINY]
        # Some full line of it carries nobody with a greater weighted grant who could give.
        assert any(
            all(
                other.min_a >= granted[other.id] - TINY or granted[other.id] / other.weight <= level + TINY
                for other in admitted
                if bound in {b for b, _ in other.loads}
            )
            for bound in bottlenecks
        ), c.id


@given(sites(), st.floats(0, 20), st.integers(0, 4))
@settings(max_examples=400, deadline=None)
def test_more_room_never_makes_the_smallest_weighted_grants_worse(
    site: tuple[list[Claim], list[float]], more: float, where: int
) -> None:
    claims, room = site
    admitted = admit(claims, room)
    wider = list(room)
    wider[where % len(room)] += more
    before = sorted(granted / c.weight for c in admitted for granted in [share(admitted, room)[c.id]])
    after = sorted(granted / c.weight for c in admitted for granted in [share(admitted, wider)[c.id]])
    for old, new in zip(before, after, strict=True):
        if abs(old - new) > TINY:
            assert new > old
            break


@given(sites(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_the_list_changes_nothing(site: tuple[list[Claim], list[float]], random: Random) -> None:
    claims, room = site
    admitted = admit(claims, room)
    shuffled = list(admitted)
    random.shuffle(shuffled)
    assert share(admitted, room) == share(shuffled, room)
    assert share_in_steps(admitted, room) == share_in_steps(shuffled, room)


@given(sites())
@settings(max_examples=300, deadline=None)
def test_what_is_left_after_rounding_is_less_than_a_step_of_anyone_in_need(
    site: tuple[list[Claim], list[float]],
) -> None:
    claims, room = site
    admitted = admit(claims, room)
    exact, stepped = share(admitted, room), share_in_steps(admitted, room)
    left = used(admitted, stepped, room)
    for c in admitted:
        assert stepped[c.id] > exact[c.id] - c.step_a - TINY
        if stepped[c.id] < exact[c.id] - TINY and stepped[c.id] + c.step_a <= c.max_a:
            assert not fits(c, c.step_a + TINY, left)


@given(sites(), st.lists(st.floats(0, 60), min_size=8, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_who_needs_more_is_let_in_with_it_and_nobody_below_his_minimum_or_above_a_limit(
    site: tuple[list[Claim], list[float]], wanted_a: list[float], random: Random
) -> None:
    claims, room = site
    paces = {c.id: pace_a for c, pace_a in zip(claims, wanted_a, strict=False) if pace_a > 0}
    admitted = admit(claims, room, paces)
    least = {c.id: c for c in claims}
    # Nobody is let in, or kept out, but by the order and what those before him need.
    assert [c.id for c in admitted][:1] == [c.id for c in admit(claims, room)][:1]
    for c in admitted:
        assert least[c.id].min_a <= c.min_a <= max(least[c.id].min_a, paces.get(c.id, 0.0) + TINY)
    granted = share_in_steps(admitted, room)
    assert min(used(admitted, granted, room), default=0.0) >= -TINY
    assert all(granted[c.id] >= c.min_a - TINY for c in admitted)
    shuffled = list(admitted)
    random.shuffle(shuffled)
    assert share_in_steps(shuffled, room) == granted
