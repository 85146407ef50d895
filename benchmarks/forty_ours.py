"""The balancer as one of the rules that share a main fuse among forty chargers."""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.forty import CHARGERS, HOUR_S, LINES, START, Car, Rule, limits_a
from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, LineUse, Wiring
from custom_components.ev_sessions.core.balancing.load import EvseLoad, SiteLimits
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading


def ours(fuse_a: float) -> Rule:
    """Let the balancer do it: it sees meter and chargers, and is told when each car leaves and what it asks for."""
    names = ["house", "hall 1", "hall 2", *(f"row {number}" for number in range(1, 5))]
    parents = [None, "house", "house", "hall 1", "hall 1", "hall 2", "hall 2"]
    circuits = tuple(
        Circuit(id=name, name=name, limit_a=(limit_a,) * LINES, parent_id=parent)
        for name, limit_a, parent in zip(names, limits_a(fuse_a), parents, strict=True)
    )
    site = SiteLimits(circuits=circuits, wiring=Wiring.THREE_PHASE_FOUR_WIRE, margin_a=0.0, meter_delay_s=0.0)
    state = BalancerState()

    def rule(cars: Sequence[Car], room: Sequence[float], now_s: float) -> None:
        nonlocal state
        now = Now(utc=START, monotonic_s=0.0).later(now_s)
        flow = [fuse_a - room[line] for line in range(LINES)]
        there = {car.stay.charger: car for car in cars}
        loads = []
        for charger in range(CHARGERS):
            car = there.get(charger)
            load = _NOBODY[charger]
            if car is not None:
                drawn_a = LineUse(lines=car.stay.lines).per_line(car.rate_a if car.wants else 0.0, LINES)
                flow = [carried + current_a for carried, current_a in zip(flow, drawn_a, strict=True)]
                load = _load(load, car, drawn_a, now_s)
            loads.append(load)
        state, decision = balance(state, site, GridReading(at=now.utc, currents_a=tuple(flow)), loads, now)
        for limit in decision.limits:
            car = there.get(int(limit.evse_id))
            if car is not None:
                car.rate_a = limit.limit_a or 0.0

    return rule


_NOBODY = tuple(
    EvseLoad(
        id=f"{charger:02}",
        use=LineUse(lines=(0, 1, 2)),
        max_a=16.0,
        connected=False,
        wants=False,
        drawn_a=(0.0,) * LINES,
        circuit_id=f"row {1 + charger * 4 // CHARGERS}",
        lag_s=5.0,
    )
    for charger in range(CHARGERS)
)


def _load(nobody: EvseLoad, car: Car, drawn_a: tuple[float, ...], now_s: float) -> EvseLoad:
    """Return what the balancer sees of a charger with a car."""
    stay = car.stay
    kw = stay.kw_per_a * stay.most_a
    return replace(
        nobody,
        use=LineUse(lines=stay.lines),
        max_a=stay.most_a,
        connected=True,
        # A charger that is paused shows itself as the cause, whatever the car would do.
        wants=car.wants or car.rate_a <= 0,
        drawn_a=drawn_a,
        left_s=stay.depart_s - now_s,
        needed_s=car.lacks_kwh / kw * HOUR_S,
        got_s=car.got_kwh / kw * HOUR_S,
    )
