"""A site without a grid meter: its circuits' limits hold all the same, for the sum of the chargers."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings, strategies as st

from custom_components.ev_sessions.core.balancing.circuits.bounds import bounds_of
from custom_components.ev_sessions.core.balancing.circuits.circuit import Wiring
from custom_components.ev_sessions.core.balancing.circuits.fallback import FallbackClaim
from custom_components.ev_sessions.core.balancing.load import LimitNow
from custom_components.ev_sessions.core.balancing.reasons import ReasonKey as Key
from custom_components.ev_sessions.core.balancing.unmetered import crowded
from tests.core.balancing.load_rig import BalancingState, Circuit, LineUse, LoadRig, SiteLimits, car, site

ROOT = Circuit(id="root", name="House", limit_a=(35.0,) * 3)
BARN = Circuit(id="barn", name="Barn", limit_a=(20.0,) * 3, parent_id="root")


def unmetered(*circuits: Circuit, **changes: Any) -> SiteLimits:
    return site(circuits=circuits or (ROOT, BARN), has_meter=False, guards_circuits=True, margin_a=0.0, **changes)


def barn_cars(limits: SiteLimits | None = None) -> LoadRig:
    cars = [car(name, circuit_id="barn") for name in ("one", "two")]
    rig = LoadRig(limits or unmetered(), *cars, house=0.0)
    rig.meter = False
    return rig


def shares(rig: LoadRig) -> list[float]:
    return [rig.limit(name) for name in rig.evses]


def test_two_cars_share_what_their_circuit_carries_though_nobody_measures_the_house() -> None:
    rig = barn_cars()
    rig.run(60)
    assert shares(rig) == [10.0, 10.0]
    assert rig.balancing_state == BalancingState.LIMITING
    assert rig.decision is not None
    assert rig.decision.headroom_a is None
    assert rig.decision.circuits["barn"].load_a == (20.0,) * 3


def test_what_one_car_leaves_the_other_one_gets() -> None:
    rig = barn_cars()
    rig.run(60)
    rig.change("two", connected=False)
    rig.run(60)
    assert rig.limit("one") == 16.0


def test_third_car_that_finds_no_room_waits_for_its_turn() -> None:
    rig = LoadRig(unmetered(), *(car(name, circuit_id="barn") for name in "abcd"), house=0.0)
    rig.meter = False
    rig.run(60)
    assert sorted(shares(rig)) == [0.0, 6.0, 7.0, 7.0]
    assert rig.balancing_state == BalancingState.PAUSED
    rig.run(1000)
    assert rig.limit("d") > 0


def test_charger_that_nobody_commands_is_counted_with_what_it_draws_or_else_its_maximum() -> None:
    watched = car("watched", circuit_id="barn", controllable=False, drawn_a=(13.0,) * 3)
    rig = LoadRig(unmetered(), car(circuit_id="barn"), watched, house=0.0)
    rig.meter = False
    rig.following["watched"] = False
    rig.run(60)
    assert rig.limit() == 7.0
    rig = LoadRig(
        unmetered(), car(), replace(watched, circuit_id=None, drawn_a=None, max_a=25.0, online=False), house=0.0
    )
    rig.meter = False
    rig.run(60)
    assert rig.limit() == 10.0  # of the 35 A of the house's fuse


def test_watched_charger_that_tells_seldom_is_not_held_to_be_on_its_way_to_its_maximum() -> None:
    watched = car("watched", circuit_id="barn", controllable=False, drawn_a=(8.0,) * 3)
    rig = LoadRig(unmetered(), car(circuit_id="barn"), watched, house=0.0)
    rig.meter = False
    rig.following["watched"] = False
    for second in range(90):
        rig.change("watched", drawn_age_s=float(second % 30), drawn_a=(8.0 + second // 30 * 0.3,) * 3)
        rig.second()
        assert second < 10 or rig.limit() >= 11.0


def test_house_at_worst_that_its_owner_names_is_left_room_for() -> None:
    rig = LoadRig(unmetered(ROOT, unmetered_house_a=15.0), car("one"), car("two"), house=0.0)
    rig.meter = False
    rig.run(60)
    assert shares(rig) == [10.0, 10.0]


def test_limit_from_outside_is_shared_as_well() -> None:
    rig = barn_cars(unmetered(ROOT, replace(BARN, moves=True, limit_w=20_000.0)))
    rig.limits = replace(rig.limits, now={"barn": LimitNow(limit_a=(14.0,) * 3)})
    rig.run(60)
    assert shares(rig) == [7.0, 7.0]
    rig.limits = replace(rig.limits, now={"barn": LimitNow(limit_w=4140.0)})
    rig.run(60)
    assert sorted(shares(rig)) == [0.0, 6.0]
    rig.limits = replace(rig.limits, now={})
    rig.run(120)
    assert shares(rig) == [10.0, 10.0]


def test_with_balancing_off_all_are_left_at_their_fallback() -> None:
    rig = barn_cars()
    rig.run(60)
    rig.limits = replace(rig.limits, balancing_on=False)
    rig.run(5)
    assert shares(rig) == [6.0, 6.0]
    assert rig.reason("one") is Key.BALANCING_OFF


def test_site_whose_circuits_carry_all_is_left_alone() -> None:
    rig = barn_cars(replace(unmetered(), guards_circuits=False))
    rig.run(5)
    assert rig.reason("one") is Key.NO_METER
    assert rig.balancing_state == BalancingState.OFF


@given(
    draws=st.lists(st.tuples(st.integers(0, 1), st.floats(0.0, 18.0)), max_size=30),
    limits=st.tuples(st.integers(12, 40), st.integers(12, 40)),
)
@settings(deadline=None, max_examples=60)
def test_no_circuit_is_ever_promised_more_than_it_carries(
    draws: list[tuple[int, float]], limits: tuple[int, int]
) -> None:
    root, barn = (replace(one, limit_a=(float(a),) * 3) for one, a in zip((ROOT, BARN), limits, strict=True))
    rig = barn_cars(unmetered(root, barn))
    rig.run(20)
    for who, drawn_a in draws:
        rig.draws(("one", "two")[who], min(drawn_a, rig.allowed[("one", "two")[who]]))
        rig.run(3)
        promised = sum(share for share in shares(rig))
        assert promised <= min(limits) + 1e-6


def claim(name: str, most_a: float, circuit_id: str | None = None, lines: tuple[int, ...] = (0, 1, 2)) -> FallbackClaim:
    return FallbackClaim(id=name, use=LineUse(lines=lines), fallback_a=most_a, circuit_id=circuit_id)


def crowd(*claims: FallbackClaim, circuits: tuple[Circuit, ...] = (ROOT, BARN), house_a: float = 0.0) -> set[str]:
    bounds = bounds_of(circuits, 3, Wiring.THREE_PHASE_FOUR_WIRE)
    return set(crowded(claims, bounds, (house_a,) * 3, 230.0))


def test_only_who_hangs_on_a_circuit_that_all_together_could_overload_is_limited_by_it() -> None:
    assert crowd(claim("one", 16.0, "barn"), claim("two", 16.0)) == set()
    assert crowd(claim("one", 16.0, "barn"), claim("two", 16.0, "barn"), claim("three", 2.0)) == {"one", "two"}
    assert crowd(claim("one", 16.0, "barn"), claim("two", 20.0)) == {"one", "two"}
    assert crowd(claim("one", 16.0), house_a=20.0) == {"one"}


def test_power_unbalance_and_limits_that_move_count_as_well() -> None:
    power = (ROOT, replace(BARN, limit_w=9_000.0))
    assert crowd(claim("one", 16.0, "barn"), circuits=power) == {"one"}
    assert crowd(claim("one", 16.0, "barn"), circuits=(ROOT, replace(BARN, limit_w=12_000.0))) == set()
    lopsided = (ROOT, replace(BARN, unbalance_a=10.0))
    assert crowd(claim("one", 16.0, "barn", lines=(0,)), circuits=lopsided) == {"one"}
    assert crowd(claim("one", 16.0, "barn"), circuits=lopsided) == set()
    assert crowd(claim("one", 16.0, "barn"), claim("two", 6.0), circuits=(ROOT, replace(BARN, moves=True))) == {"one"}
