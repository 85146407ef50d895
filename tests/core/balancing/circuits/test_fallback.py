"""What the chargers take when nobody balances has to pass the fuses."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ev_sessions.core.balancing.circuits.bounds import Bounds, bounds_of
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, CircuitMeter, Connection, LineUse
from custom_components.ev_sessions.core.balancing.circuits.fallback import (
    Excess,
    FallbackCheck,
    FallbackClaim,
    assumed_house_a,
    fallbacks_that_fit,
)

ALL = LineUse.of(Connection.THREE_LINES, (0, 1, 2))
FUSES = (25.0, 25.0, 25.0)


def on_line(line: int) -> LineUse:
    return LineUse.of(Connection.LINE_NEUTRAL, (line,))


def claim(name: str, fallback_a: float = 6.0, **more: Any) -> FallbackClaim:
    return FallbackClaim(**{"id": name, "use": ALL, "fallback_a": fallback_a, **more})


def tree(*branches: Circuit, fuses: tuple[float, ...] = FUSES, **root: Any) -> Bounds:
    circuits = (Circuit(id="root", name="House", limit_a=fuses, **root), *branches)
    return bounds_of(circuits, len(fuses))


def check(
    *claims: FallbackClaim, fuses: tuple[float, ...] = FUSES, house_a: tuple[float, ...] | None = None
) -> FallbackCheck:
    return fallbacks_that_fit(claims, tree(fuses=fuses), assumed_house_a(fuses) if house_a is None else house_a)


def test_half_of_the_fuse_is_assumed_for_the_house_unless_its_owner_knows_better() -> None:
    assert assumed_house_a((25.0, 16.0)) == (12.5, 8.0)
    assert assumed_house_a((25.0, 16.0), 18.0) == (18.0, 16.0)


def test_two_chargers_at_their_least_fit_behind_25_a() -> None:
    found = check(claim("a"), claim("b"))
    assert found.fits
    assert found.fallbacks_a == {"a": 6.0, "b": 6.0}


def test_third_charger_pauses_and_it_is_the_one_of_least_priority() -> None:
    found = check(claim("a", priority=2), claim("b", priority=9), claim("c"))
    assert found.fallbacks_a == {"a": 0.0, "b": 6.0, "c": 6.0}
    assert found.told == Excess(circuit="House", is_root=True, line=0, sum_a=30.5, limit_a=25.0)
    assert found.alone is None


def test_three_cars_on_three_lines_do_not_meet() -> None:
    assert check(*(claim(str(line), 12.0, use=on_line(line)) for line in range(3))).fits


def test_worst_line_is_the_one_that_is_named() -> None:
    claims = [claim("a", use=on_line(1)), claim("b", use=on_line(1))]
    told = check(*claims, fuses=(25.0, 20.0, 10.0), house_a=(5.0, 12.0, 5.0)).told
    assert told is not None
    assert (told.line, told.sum_a, told.limit_a) == (1, 24.0, 20.0)


def test_charger_that_nobody_controls_takes_its_room_first() -> None:
    claims = [claim("ours", priority=10), claim("fixed", 16.0, priority=1, fixed=True)]
    assert check(*claims, house_a=(5.0, 5.0, 5.0)).fallbacks_a == {"ours": 0.0, "fixed": 16.0}


def test_charger_that_nobody_controls_keeps_what_it_takes_though_nothing_fits() -> None:
    found = check(claim("fixed", 32.0, fixed=True))
    assert not found.fits
    assert found.fallbacks_a == {"fixed": 32.0}


def test_one_without_room_does_not_keep_a_smaller_one_out() -> None:
    found = check(claim("greedy", 16.0, priority=9), claim("modest"))
    assert found.fallbacks_a == {"greedy": 0.0, "modest": 6.0}


def test_loads_between_lines_count_with_their_factor() -> None:
    delta = LineUse.of(Connection.THREE_LINES_DELTA, (0, 1, 2))
    told = check(claim("a", 6.0, use=delta), fuses=(15.0, 15.0, 15.0), house_a=(15.0, 15.0, 15.0)).told
    assert told is not None
    assert told.sum_a == pytest.approx(15 + 6 * 3**0.5)


def test_last_ampere_is_granted_and_not_a_tenth_more() -> None:
    exact = check(claim("a"), claim("b"), house_a=(13.0,) * 3)
    assert exact.fits
    assert exact.fallbacks_a == {"a": 6.0, "b": 6.0}
    over = check(claim("a"), claim("b", 6.1), house_a=(13.0,) * 3)
    assert over.told is not None
    assert over.fallbacks_a == {"a": 6.0, "b": 0.0}


def test_priority_that_nobody_set_is_the_middle() -> None:
    first = check(claim("usual"), claim("above", priority=6), house_a=(19.0,) * 3)
    assert first.fallbacks_a == {"usual": 0.0, "above": 6.0}


def test_loads_between_lines_need_room_for_their_factor() -> None:
    delta = LineUse.of(Connection.THREE_LINES_DELTA, (0, 1, 2))
    # 6 A are 10.4 on each line.
    assert check(claim("a", use=delta), house_a=(15.0,) * 3).fallbacks_a == {"a": 0.0}
    assert check(claim("a", use=delta), house_a=(14.5,) * 3).fallbacks_a == {"a": 6.0}
    kept = claim("a", use=delta, hardware_a=16.0)
    assert check(kept, house_a=(10.0,) * 3).hardware_a == {"a": 8.0}


# Home Assistant is gone


def test_charger_that_keeps_its_limit_counts_with_its_own_switch_when_home_assistant_is_gone() -> None:
    found = check(claim("a", hardware_a=16.0))
    assert found.told is None
    assert found.alone == Excess(circuit="House", is_root=True, line=0, sum_a=28.5, limit_a=25.0)
    assert found.fallbacks_a == {"a": 6.0}
    assert found.hardware_a == {"a": 12.0}


def test_charger_that_falls_back_by_itself_makes_way_for_one_that_cannot() -> None:
    found = check(claim("keeps", hardware_a=10.0), claim("falls_back", priority=9))
    assert found.told is None
    assert found.alone is not None
    assert found.fallbacks_a == {"keeps": 6.0, "falls_back": 0.0}


def test_own_switches_that_pass_the_fuse_are_nothing_to_tell() -> None:
    found = check(claim("a", hardware_a=6.0), claim("b"))
    assert (found.fits, found.hardware_a) == (True, {})


def test_own_switch_is_proposed_in_whole_amperes_by_priority_beside_what_nobody_controls() -> None:
    claims = [claim("low", hardware_a=16.0), claim("fixed", 3.0, fixed=True), claim("high", hardware_a=7.0, priority=9)]
    found = check(*claims, house_a=(12.7, 12.7, 12.7))
    assert found.hardware_a == {"high": 7.0, "low": 2.0}


def test_own_switch_may_use_the_last_ampere_beside_chargers_that_step_back_by_themselves() -> None:
    claims = [claim("falls_back", priority=9), claim("keeps", hardware_a=16.0)]
    assert check(*claims, house_a=(13.0,) * 3).hardware_a == {"keeps": 12.0}


# Circuits


def test_unbalance_alone_is_no_limit_of_power() -> None:
    bounds = tree(unbalance_a=1.0)
    assert fallbacks_that_fit([claim("a", use=on_line(0))], bounds, (10.0,) * 3).fits
    flat = Circuit(id="flat", name="Flat", limit_a=(16.0,) * 3, parent_id="root", meter=CircuitMeter(), unbalance_a=1.0)
    found = fallbacks_that_fit([claim("a", circuit_id="flat")], tree(flat), (10.0,) * 3)
    assert found.fallbacks_a == {"a": 6.0}
    assert found.fits


def test_branch_holds_its_own_chargers_and_is_named() -> None:
    shed = Circuit(id="shed", name="Shed", limit_a=(10.0,) * 3, parent_id="root")
    claims = [claim("a", circuit_id="shed"), claim("b", circuit_id="shed", priority=9), claim("c")]
    found = fallbacks_that_fit(claims, tree(shed, fuses=(63.0,) * 3), (10.0,) * 3)
    assert found.told == Excess(circuit="Shed", is_root=False, line=0, sum_a=12.0, limit_a=10.0)
    assert found.fallbacks_a == {"a": 0.0, "b": 6.0, "c": 6.0}


def test_half_of_a_branch_with_a_meter_is_left_to_what_else_hangs_on_it() -> None:
    flat = Circuit(id="flat", name="Flat", limit_a=(16.0,) * 3, parent_id="root", meter=CircuitMeter())
    bounds = tree(flat, fuses=(63.0,) * 3)
    claims = [claim("a", circuit_id="flat"), claim("b", circuit_id="flat")]
    assert fallbacks_that_fit(claims, bounds, (10.0,) * 3).fallbacks_a == {"a": 6.0, "b": 0.0}


def test_limit_of_power_holds_all_lines_together_and_the_unbalance_nothing() -> None:
    bounds = tree(fuses=(63.0,) * 3, limit_w=23_000.0, unbalance_a=1.0)
    found = fallbacks_that_fit([claim("a", 16.0), claim("b", use=on_line(0))], bounds, (10.0,) * 3)
    # Half of 100 A is the house's, and three times 16 A are left out of 50.
    assert found.told == Excess(circuit="House", is_root=True, line=None, sum_a=104.0, limit_a=100.0)
    assert found.fallbacks_a == {"a": 16.0, "b": 0.0}


@given(
    wishes=st.lists(
        st.tuples(
            st.sampled_from([0.0, 6.0, 10.0, 16.0]),
            st.integers(0, 3),
            st.integers(1, 10),
            st.sampled_from([None, 6.0, 16.0]),
        ),
        max_size=8,
    ),
    fuse=st.sampled_from([16.0, 25.0, 63.0]),
)
def test_what_is_granted_always_passes_the_fuses(
    wishes: list[tuple[float, int, int, float | None]], fuse: float
) -> None:
    uses = [on_line(0), on_line(1), on_line(2), ALL]
    claims = [
        claim(str(index), wish, use=uses[use], priority=priority, hardware_a=hardware_a)
        for index, (wish, use, priority, hardware_a) in enumerate(wishes)
    ]
    found = check(*claims, fuses=(fuse,) * 3)
    for line in range(3):
        mine = [each for each in claims if line in each.use.lines]
        assert sum(found.fallbacks_a[each.id] for each in mine) <= fuse / 2
        kept = sum(each.hardware_a for each in mine if each.hardware_a is not None)
        others = sum(found.fallbacks_a[each.id] for each in mine if each.hardware_a is None)
        # Where their own switches alone are too much, nobody else adds to it.
        assert others == 0 or kept + others <= fuse / 2
        assert not found.hardware_a or sum(found.hardware_a.get(each.id, 0.0) for each in mine) <= fuse / 2
    if found.fits:
        assert found.fallbacks_a == {each.id: each.fallback_a for each in claims}
