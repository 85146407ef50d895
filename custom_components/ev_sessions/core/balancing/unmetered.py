"""Circuits of a site without a grid meter: what hangs on them is what the chargers draw, and nobody knows the house.

Their limits hold all the same. The sum of the chargers is kept under each of them as if a
meter showed just that, with what the owner says that the house takes at the worst on top.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf

from ..moment import Now
from ..reading import GridReading
from .balancer_state import BalancerState
from .circuits.bounds import BoundKind, Bounds
from .circuits.fallback import FallbackClaim
from .evse.drawn_when import drawn_when
from .evse.memory import EvseMemory
from .load import EvseLoad, SiteLimits
from .meter.grid import total_current_a
from .meter.round import MeterRound
from .meter.watch import MeterHealth


def crowded(
    claims: Iterable[FallbackClaim], bounds: Bounds, house_a: Sequence[float], voltage_v: float
) -> frozenset[str]:
    """Return who hangs on a circuit that all together could overload, with whatever a meter shows there, or that moves.

    `fallback_a` of the claims is the most that they may take, `house_a` what the house takes at the worst.
    """
    claims = tuple(claims)
    theirs = {claim.id: bounds.loads(claim.circuit_id, claim.use.lines, claim.use.factor) for claim in claims}
    loads = [*house_a, *[0.0] * (len(bounds.circuits) * bounds.line_count + len(bounds.across) - len(house_a))]
    for claim in claims:
        for bound, factor in theirs[claim.id]:
            loads[bound] += claim.fallback_a * factor
    full = {bound for bound, load_a in enumerate(loads) if load_a > _limit_a(bounds, bound, voltage_v)}
    full |= {bound for bound in range(len(loads)) if bounds.circuit_and_line(bound)[0].moves} | set(bounds.varying)
    return frozenset(id_ for id_, loaded in theirs.items() if any(bound in full for bound, _ in loaded))


def _limit_a(bounds: Bounds, bound: int, voltage_v: float) -> float:
    """Return what a bound may carry, in A."""
    across = bounds.across_of(bound)
    circuit = bounds.circuits[across.place]
    if across.kind is BoundKind.LINE:
        return circuit.limit_a[across.line]
    if across.kind is BoundKind.POWER:
        return inf if circuit.limit_w is None else circuit.limit_w / voltage_v
    return inf if circuit.unbalance_a is None else circuit.unbalance_a


def without_meter(
    state: BalancerState,
    limits: SiteLimits,
    evses: Sequence[EvseLoad],
    memories: Mapping[str, EvseMemory],
    now: Now,
) -> tuple[BalancerState, SiteLimits, GridReading]:
    """Return the site as if a meter that is never late showed what the chargers draw at the most, and the house."""
    count, now_s = limits.wiring.line_count, now.monotonic_s
    currents = [limits.unmetered_house_a] * count
    power_a = 0.0
    for evse in evses:
        memory = memories[evse.id]
        drawn_a = drawn_when(memory, evse, (now_s, now_s), now_s, count)[1]
        if not evse.controllable and not memory.draw.samples:
            drawn_a = evse.use.per_line(evse.max_a, count)
        currents = [current + drawn for current, drawn in zip(currents, drawn_a, strict=True)]
        power_a += total_current_a(drawn_a, limits.wiring)
    power_a += total_current_a((limits.unmetered_house_a,) * count, limits.wiring)
    reading = GridReading(at=now.utc, currents_a=tuple(currents), power_w=power_a * limits.voltage_v)
    this_round = MeterRound(since_s=now_s)
    watch = replace(state.watch, measured_s=now_s, round=this_round, period_s=0.0, fresh=True, health=MeterHealth.GOOD)
    # Room that nobody measures does not come and go: there is nothing to be patient about.
    hold_s = limits.hold_s if any(circuit.meter is not None for circuit in limits.circuits) else 0.0
    return replace(state, watch=watch), replace(limits, meter_delay_s=0.0, hold_s=hold_s), reading
