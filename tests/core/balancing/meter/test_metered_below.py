"""A yard's breaker without a meter, and in the yard a barn that has one: what the barn takes flows through both."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.ev_sessions.core.balancing.circuits.bounds import bounds_of
from custom_components.ev_sessions.core.balancing.circuits.circuit import CircuitMeter, Protection, Wiring
from custom_components.ev_sessions.core.balancing.circuits.fallback import FallbackClaim, fallbacks_that_fit
from custom_components.ev_sessions.core.balancing.load import EvseLoad, LimitNow
from custom_components.ev_sessions.core.balancing.unmetered import crowded
from tests.core.balancing.headroom.test_branches import Estate, in_barn
from tests.core.balancing.load_rig import Circuit, LineUse, ReasonKey as Key, car, site

STREET = Circuit(id="root", name="Street", limit_a=(63.0,) * 3)
YARD = Circuit(id="yard", name="Yard", limit_a=(20.0,) * 3, parent_id="root")
BARN = Circuit(id="barn", name="Barn", limit_a=(32.0,) * 3, parent_id="yard", meter=CircuitMeter())


def farm(*evses: EvseLoad, yard: Circuit = YARD, barn: Circuit = BARN, **changes: Any) -> Estate:
    return Estate(replace(site(), circuits=(STREET, yard, barn), **changes), *evses)


def in_yard(name: str = "van", **changes: Any) -> EvseLoad:
    return car(name, **{"circuit_id": "yard", "max_a": 32.0, "limit_read_a": 0.0, **changes})


def test_what_the_barn_takes_counts_against_the_breaker_of_the_yard_that_feeds_it() -> None:
    rig = farm(in_yard())
    rig.barn_a = 8.0
    rig.run(150)
    assert rig.limit("van") == 11.0  # 20 less 1 of margin and 8 in the barn
    assert rig.reason("van") is Key.CIRCUIT_FULL
    assert rig.decision is not None
    assert rig.decision.circuits["yard"].load_a == pytest.approx((19.0,) * 3, abs=0.1)
    rig.barn_a = 12.0
    rig.run(3)
    assert rig.limit("van") == 7.0
    rig.barn_a = 14.0
    rig.run(70)
    assert rig.limit("van") == 0.0


def test_room_in_the_yard_has_to_last_as_that_in_the_barn_has() -> None:
    rig = farm(in_yard())
    rig.barn_a = 8.0
    rig.run(150)
    rig.barn_a = 0.0
    rig.run(40)
    assert rig.limit("van") == 11.0
    rig.run(60)
    assert rig.limit("van") == 19.0


def test_what_flows_back_from_the_barns_roof_is_no_room_in_the_yard() -> None:
    rig = farm(in_yard())
    rig.barn_a = -8.0
    rig.run(150)
    assert rig.limit("van") == 19.0


def test_of_a_barn_whose_meter_is_lost_half_is_assumed_but_no_more_than_half_of_the_yard() -> None:
    rig = farm(in_yard(), in_barn(fallback_a=0.0, wants=False))
    rig.run(150)
    assert rig.limit("van") > 12.0
    rig.barn_speaks = False
    rig.run(40)
    assert rig.limit("van") == 9.0  # half of 20, less the margin
    assert rig.limit("tractor") == 0.0


def test_total_of_a_barn_is_held_to_be_on_the_worst_line() -> None:
    total = CircuitMeter(protection=Protection.TOTAL_ONLY, power_factor=0.95)
    rig = farm(in_yard(), barn=replace(BARN, meter=total))
    rig.barn_a, rig.barn_total = 3.0, True
    rig.run(150)
    assert rig.limit("van") == 9.0  # 20 - 1 - 3 x 3 / 0.95


def test_power_of_the_yard_is_shared_with_the_barn() -> None:
    rig = farm(in_yard(), yard=replace(YARD, limit_a=(40.0,) * 3, limit_w=11_040.0))
    rig.barn_a = 6.0
    rig.run(150)
    assert rig.limit("van") == 10.0  # 16 A on three lines less 6
    assert rig.reason("van") is Key.POWER_FULL
    assert rig.decision is not None
    assert rig.decision.circuits["yard"].load_w == pytest.approx(11_040.0, abs=50)


def test_a_charger_that_nobody_controls_counts_once_in_the_yard() -> None:
    stranger = in_barn("stranger", controllable=False)
    rig = farm(in_yard(), stranger, yard=replace(YARD, limit_w=13_800.0))
    rig.draws("stranger", 8.0)
    rig.run(150)
    assert rig.limit("van") == 11.0
    assert rig.decision is not None
    assert rig.decision.circuits["yard"].load_a == pytest.approx((19.0,) * 3, abs=0.1)


def test_unbalance_of_a_yard_is_that_of_its_chargers_alone() -> None:
    rig = farm(in_yard(lines=(0,)), yard=replace(YARD, unbalance_a=10.0))
    rig.barn_a = 8.0
    rig.run(150)
    assert rig.limit("van") == 10.0


def test_a_limit_from_outside_leaves_half_to_the_barn_while_no_grid_meter_tells() -> None:
    rig = farm(in_yard(fallback_a=16.0), yard=replace(YARD, moves=True), now={"yard": LimitNow(limit_a=(14.0,) * 3)})
    rig.meter = False
    rig.run(60)
    assert rig.limit("van") == 7.0


def test_fallbacks_leave_half_of_the_barn_to_what_hangs_there() -> None:
    claims = [FallbackClaim(id="van", use=LineUse(lines=(0, 1, 2)), fallback_a=12.0, circuit_id="yard")]
    for wiring, barn_a, limit_w, fits in (
        (Wiring.THREE_PHASE_FOUR_WIRE, 16.0, None, True),
        (Wiring.THREE_PHASE_FOUR_WIRE, 18.0, None, False),
        (Wiring.THREE_PHASE_FOUR_WIRE, 8.0, 48.0 * 230, True),
        (Wiring.THREE_PHASE_FOUR_WIRE, 8.0, 47.0 * 230, False),
        (Wiring.THREE_PHASE_THREE_WIRE, 8.0, 27.8 * 230, True),
        (Wiring.THREE_PHASE_THREE_WIRE, 8.0, 27.6 * 230, False),
    ):
        circuits = (STREET, replace(YARD, limit_w=limit_w), replace(BARN, limit_a=(barn_a,) * 3))
        found = fallbacks_that_fit(claims, bounds_of(circuits, 3, wiring), (0.0,) * 3)
        assert found.fits is fits, (wiring, barn_a, limit_w)


def test_without_a_grid_meter_who_hangs_beside_a_measured_load_is_limited_by_it() -> None:
    claims = [
        FallbackClaim(id="van", use=LineUse(lines=(0,)), fallback_a=16.0, circuit_id="yard"),
        FallbackClaim(id="home", use=LineUse(lines=(0,)), fallback_a=16.0),
    ]
    bounds = bounds_of((STREET, YARD, BARN), 3, Wiring.THREE_PHASE_FOUR_WIRE)
    assert crowded(claims, bounds, (0.0,) * 3, 230.0) == {"van"}
    rig = farm(in_yard(), has_meter=False, guards_circuits=True, margin_a=0.0)
    rig.meter = False
    rig.barn_a = 8.0
    rig.run(150)
    assert rig.limit("van") == 12.0
