"""What the chargers take when nobody balances has to pass the fuses."""

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.circuit import Connection, LineUse
from custom_components.ev_sessions.core.fallback import (
    FallbackClaim,
    assumed_house_a,
    fallbacks_that_fit,
)

ALL = LineUse.of(Connection.THREE_LINES, (0, 1, 2))
FUSES = (25.0, 25.0, 25.0)


def on_line(line: int) -> LineUse:
    return LineUse.of(Connection.LINE_NEUTRAL, (line,))


def claim(name: str, fallback_a: float = 6.0, **more: object) -> FallbackClaim:
    return FallbackClaim(**{"id": name, "use": ALL, "fallback_a": fallback_a, **more})  # type: ignore[arg-type]


def test_half_of_the_fuse_is_assumed_for_the_house() -> None:
    assert assumed_house_a((25.0, 16.0)) == (12.5, 8.0)


def test_two_chargers_at_their_least_fit_behind_25_a() -> None:
    check = fallbacks_that_fit([claim("a"), claim("b")], FUSES, assumed_house_a(FUSES))
    assert check.fits
    assert check.fallbacks_a == {"a": 6.0, "b": 6.0}
    assert (check.sum_a, check.fuse_a) == (24.5, 25.0)


def test_third_charger_pauses_and_it_is_the_one_of_least_priority() -> None:
    claims = [claim("a", priority=2), claim("b", priority=9), claim("c")]
    check = fallbacks_that_fit(claims, FUSES, assumed_house_a(FUSES))
    assert not check.fits
    assert check.fallbacks_a == {"a": 0.0, "b": 6.0, "c": 6.0}
    assert (check.sum_a, check.fuse_a) == (30.5, 25.0)


def test_three_cars_on_three_lines_do_not_meet() -> None:
    claims = [claim(str(line), 12.0, use=on_line(line)) for line in range(3)]
    check = fallbacks_that_fit(claims, FUSES, assumed_house_a(FUSES))
    assert check.fits
    assert check.sum_a == 24.5


def test_worst_line_is_the_one_that_is_named() -> None:
    claims = [claim("a", use=on_line(1)), claim("b", use=on_line(1))]
    check = fallbacks_that_fit(claims, (25.0, 20.0, 10.0), (5.0, 12.0, 5.0))
    assert not check.fits
    assert (check.line, check.sum_a, check.fuse_a) == (1, 24.0, 20.0)


def test_charger_that_nobody_controls_takes_its_room_first() -> None:
    claims = [claim("ours", priority=10), claim("fixed", 16.0, priority=1, fixed=True)]
    check = fallbacks_that_fit(claims, FUSES, (5.0, 5.0, 5.0))
    assert check.fallbacks_a == {"ours": 0.0, "fixed": 16.0}


def test_charger_that_nobody_controls_keeps_what_it_takes_though_nothing_fits() -> None:
    check = fallbacks_that_fit([claim("fixed", 32.0, fixed=True)], FUSES, assumed_house_a(FUSES))
    assert not check.fits
    assert check.fallbacks_a == {"fixed": 32.0}


def test_one_without_room_does_not_keep_a_smaller_one_out() -> None:
    claims = [claim("greedy", 16.0, priority=9), claim("modest")]
    check = fallbacks_that_fit(claims, FUSES, assumed_house_a(FUSES))
    assert check.fallbacks_a == {"greedy": 0.0, "modest": 6.0}


def test_loads_between_lines_count_with_their_factor() -> None:
    delta = LineUse.of(Connection.THREE_LINES_DELTA, (0, 1, 2))
    check = fallbacks_that_fit([claim("a", 6.0, use=delta)], FUSES, (15.0, 15.0, 15.0))
    assert not check.fits
    assert check.sum_a == pytest.approx(15 + 6 * 3**0.5)


@given(
    wishes=st.lists(
        st.tuples(st.sampled_from([0.0, 6.0, 10.0, 16.0]), st.integers(0, 3), st.integers(1, 10)), max_size=8
    ),
    fuse=st.sampled_from([16.0, 25.0, 63.0]),
)
def test_what_is_granted_always_passes_the_fuses(wishes: list[tuple[float, int, int]], fuse: float) -> None:
    uses = [on_line(0), on_line(1), on_line(2), ALL]
    claims = [
        claim(str(index), wish, use=uses[use], priority=priority) for index, (wish, use, priority) in enumerate(wishes)
    ]
    fuses = (fuse,) * 3
    check = fallbacks_that_fit(claims, fuses, assumed_house_a(fuses))
    for line in range(3):
        load = sum(check.fallbacks_a[each.id] for each in claims if line in each.use.lines)
        assert load <= fuse / 2
    assert check.fits == (check.fallbacks_a == {each.id: each.fallback_a for each in claims})
