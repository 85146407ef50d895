"""No circuit is ever promised more than it carries, whatever hangs where and whatever is measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

from hypothesis import given, settings, strategies as st

from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import (
    Circuit,
    CircuitMeter,
    Connection,
    LineUse,
    Protection,
    Wiring,
)
from custom_components.ev_sessions.core.balancing.circuits.tree import upward
from custom_components.ev_sessions.core.balancing.load import Decision, EvseLoad, LimitNow, SiteLimits
from custom_components.ev_sessions.core.balancing.meter.branch_meters import MeterShows
from custom_components.ev_sessions.core.balancing.meter.grid import total_current_a
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading
from tests.core.balancing.load_rig import START

VOLTAGE_V = 230.0
THREE_WIRE = Wiring.THREE_PHASE_THREE_WIRE
USES = {
    Wiring.SINGLE_PHASE: [LineUse(lines=(0,))],
    Wiring.SPLIT_PHASE: [LineUse(lines=(0, 1)), LineUse(lines=(1,))],
    Wiring.THREE_PHASE_FOUR_WIRE: [LineUse(lines=(0, 1, 2)), LineUse(lines=(1, 2, 0)), LineUse(lines=(2,))],
    THREE_WIRE: [
        LineUse(lines=(1, 2)),
        LineUse(lines=(0, 1, 2)),
        LineUse.of(Connection.THREE_LINES_DELTA, (2, 0, 1)),
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Circuits, what else hangs on those that have a meter (in A per line), and EVSEs."""

    limits: SiteLimits
    other_a: dict[str, tuple[float, ...]]
    evses: tuple[EvseLoad, ...]


@st.composite
def places(draw: st.DrawFn) -> Place:
    wiring = draw(st.sampled_from(Wiring))
    count = wiring.line_count
    amperes = st.sampled_from((8.0, 13.0, 16.0, 20.0, 32.0, 63.0))
    ids: list[str] = []
    circuits: list[Circuit] = []
    other_a: dict[str, tuple[float, ...]] = {}
    for name in ["root", *draw(st.sampled_from(("", "a", "ab", "abc", "abcd")))]:
        metered = bool(ids) and draw(st.booleans())
        total = metered and draw(st.sampled_from((False, False, True)))
        circuits.append(
            Circuit(
                id=name,
                name=name,
                limit_a=tuple(draw(amperes) for _ in range(count)),
                parent_id=draw(st.sampled_from(ids)) if ids else None,
                limit_w=draw(st.sampled_from((None, None, inf, 4200.0, 11000.0))),
                unbalance_a=draw(st.sampled_from((None, None, 16.0, 20.0))),
                continuous=draw(st.booleans()),
                moves=draw(st.booleans()),
                meter=CircuitMeter(protection=Protection.TOTAL_ONLY if total else Protection.PER_LINE)
                if metered
                else None,
            )
        )
        if not ids or metered:
            other_a[name] = tuple(draw(st.sampled_from((0.0, 1.0, 4.0, 9.0))) for _ in range(count))
        ids.append(name)
    evses = tuple(
        EvseLoad(
            id=f"car {number}",
            use=draw(st.sampled_from(USES[wiring])),
            max_a=draw(st.sampled_from((10.0, 16.0, 32.0))),
            step_a=draw(st.sampled_from((1.0, 0.1))),
            priority=draw(st.integers(1, 3)),
            circuit_id=draw(st.sampled_from(ids)),
            connected=True,
            limit_read_a=0.0,
            drawn_a=(0.0,) * count,
            fallback_a=0.0,
        )
        for number in range(draw(st.integers(1, 5)))
    )
    limits = SiteLimits(circuits=tuple(circuits), wiring=wiring, hold_s=20.0, resume_delay_s=20.0, voltage_v=VOLTAGE_V)
    return Place(limits=limits, other_a=other_a, evses=evses)


def below(place: Place, circuit: Circuit) -> list[EvseLoad]:
    return [evse for evse in place.evses if circuit in upward(place.limits.circuits, evse.circuit_id)]


def shown(place: Place, circuit: Circuit, limits_a: dict[str, float], now: Now) -> GridReading:
    """Return what a meter on a circuit shows while each car takes what it may; it never stands still."""
    count = place.limits.wiring.line_count
    flow = [0.0] * count
    for one in place.limits.circuits:
        if circuit in upward(place.limits.circuits, one.id):
            flow = [a + b for a, b in zip(flow, place.other_a.get(one.id, (0.0,) * count), strict=True)]
    for evse in below(place, circuit):
        flow = [a + b for a, b in zip(flow, evse.use.per_line(limits_a[evse.id], count), strict=True)]
    flow = [a - 0.001 * (now.monotonic_s % 7) for a in flow]
    if circuit.meter is not None and circuit.meter.protection is Protection.TOTAL_ONLY:
        total_a = power_a(flow, place.limits.wiring)
        return GridReading(at=now.utc, currents_a=(total_a,) * count, power_w=total_a * VOLTAGE_V)
    return GridReading(at=now.utc, currents_a=tuple(flow))


def power_a(flow: Sequence[float], wiring: Wiring) -> float:
    return sum(flow) / sqrt(3) if wiring is THREE_WIRE else sum(flow)


def promised(decision: Decision) -> dict[str, float]:
    return {limit.evse_id: limit.limit_a or 0.0 for limit in decision.limits}


def assert_all_fits(place: Place, decision: Decision, less: dict[str, LimitNow]) -> None:
    """Check all that is promised with all that else hangs on each circuit, where a meter shows that."""
    wiring, circuits = place.limits.wiring, place.limits.circuits
    count = wiring.line_count
    granted = promised(decision)
    for circuit in circuits:
        measured = circuit.parent_id is None or circuit.meter is not None
        other = [0.0] * count
        for one in circuits:
            if measured and circuit in upward(circuits, one.id):
                other = [a + b for a, b in zip(other, place.other_a.get(one.id, (0.0,) * count), strict=True)]
        loads = {evse.id: evse.use.per_line(granted[evse.id], count) for evse in below(place, circuit)}
        cars = [sum(load[line] for load in loads.values()) for line in range(count)]
        times = 1.25 if circuit.continuous else 1.0
        now = less.get(circuit.id, LimitNow())
        for line in range(count):
            most_a = min(circuit.limit_a[line], inf if now.limit_a is None else now.limit_a[line])
            assert not cars[line] or other[line] + times * cars[line] <= most_a + 1e-6, (circuit, line, granted)
        if circuit.limit_w is not None and any(cars):
            most_w = min(circuit.limit_w, inf if now.limit_w is None else now.limit_w)
            load_a = power_a(other, wiring) + sum(total_current_a(load, wiring) for load in loads.values())
            # Metered to the last milliampere of its flicker.
            assert load_a * VOLTAGE_V <= most_w + 0.02 * VOLTAGE_V + 1e-6, (circuit, granted)
        uneven = [load for load in loads.values() if max(load) - min(load) > 1e-9]
        if circuit.unbalance_a is not None and uneven:
            total_only = circuit.meter is not None and circuit.meter.protection is Protection.TOTAL_ONLY
            flow = cars if total_only else [a + b for a, b in zip(cars, other, strict=True)]
            loaded = [line for line in range(count) if any(load[line] for load in uneven)]
            assert max(flow[line] for line in loaded) - min(flow) <= circuit.unbalance_a + 1e-6, (circuit, granted)


@given(places(), st.data())
@settings(max_examples=120, deadline=None)
def test_no_circuit_is_promised_more_than_it_carries(place: Place, data: st.DataObject) -> None:
    limits, state = place.limits, BalancerState()
    now = Now(utc=START, monotonic_s=500.0)
    limits_a = {evse.id: 0.0 for evse in place.evses}
    movable = [circuit for circuit in limits.circuits if circuit.moves]
    less: dict[str, LimitNow] = {}
    for look in range(12):
        now = now.later(10.0)
        if look >= 6 and movable and data.draw(st.booleans()):
            circuit = data.draw(st.sampled_from(movable))
            limit_a = data.draw(st.sampled_from((0.0, 6.0, 14.0, 40.0)))
            less[circuit.id] = LimitNow(
                limit_a=(limit_a,) * limits.wiring.line_count, limit_w=data.draw(st.sampled_from((None, 0.0, 4200.0)))
            )
        evses = tuple(told(evse, limits_a[evse.id], limits.wiring.line_count) for evse in place.evses)
        state, decision = balance(
            state,
            SiteLimits(**{**fields(limits), "now": dict(less)}),
            shown(place, limits.circuits[0], limits_a, now),
            evses,
            now,
            circuit_meters={
                circuit.id: MeterShows(reading=shown(place, circuit, limits_a, now))
                for circuit in limits.circuits
                if circuit.meter is not None
            },
        )
        assert_all_fits(place, decision, less)
        limits_a = promised(decision)


def fields(limits: SiteLimits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in SiteLimits.__dataclass_fields__}


def told(evse: EvseLoad, limit_a: float, count: int) -> EvseLoad:
    values = {name: getattr(evse, name) for name in EvseLoad.__dataclass_fields__}
    return EvseLoad(**{**values, "drawn_a": evse.use.per_line(limit_a, count), "limit_read_a": limit_a})
