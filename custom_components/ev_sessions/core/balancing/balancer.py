"""The fuse comes first: from a grid reading and the EVSEs to limits, on the same reading.

What the house needs is what the meter shows less what our chargers drew at that instant.
What the fuse leaves after it is shared out. A meter that cannot be believed, or balancing
switched off, leaves every EVSE at its fallback.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ..moment import Now
from ..reading import GridReading
from .balancer_state import BalancerState
from .circuits.bounds import Bounds, bounds_of
from .circuits.circuit import Protection
from .evse.draw import Draw
from .evse.drawn_when import line_draws
from .evse.kept_evse import revived
from .evse.memory import EvseMemory
from .evse.remember import remember
from .guard import guard
from .load import Decision, EvseLoad, SiteLimits
from .meter.branch_meters import MeterShows, watch_branches
from .meter.delay import MeterDelay
from .meter.grid import plausible
from .meter.watch import MeterHealth, MeterWatch, observe
from .reasons import ReasonKey
from .stand_still import stand_still
from .unmetered import without_meter

_LOST = {
    MeterHealth.MISSING: ReasonKey.METER_MISSING,
    MeterHealth.SILENT: ReasonKey.METER_SILENT,
    MeterHealth.FROZEN: ReasonKey.METER_FROZEN,
    MeterHealth.STILL: ReasonKey.METER_FROZEN,
}


def balance(
    state: BalancerState,
    limits: SiteLimits,
    grid: GridReading | None,
    evses: Sequence[EvseLoad],
    now: Now,
    *,
    meter_alive_at: datetime | None = None,
    circuit_meters: Mapping[str, MeterShows] | None = None,
) -> tuple[BalancerState, Decision]:
    """Decide the limit of every EVSE, and which limits have to be sent now.

    To be called on each grid reading, each change of an EVSE, and after `check_again_s`.
    `grid` is None while the meter has no value; `meter_alive_at` is when any entity of its
    device was last reported (the reading's own instant where that is later). `circuit_meters`
    are what circuits' own meters show, by circuit.
    """
    bounds = bounds_of(limits.circuits, limits.wiring.line_count, limits.wiring)
    memories, called = _looked_at(state, evses, now)
    evses = [memory.known for memory in memories.values()]
    if grid is not None and not plausible(grid, bounds.root.limit_a):
        grid = None
    watch = observe(
        state.watch,
        grid,
        meter_alive_at,
        [memory.draw for memory in memories.values()],
        now,
        delay_s=state.delay_s(limits),
        owner_timeout_s=limits.meter_timeout_s,
        by_heartbeat=limits.has_heartbeat,
        line_draws=line_draws(evses, memories) if limits.protection is Protection.PER_LINE else (),
    )
    state = replace(
        state,
        watch=watch,
        delay=_delay(state, watch, limits, grid, [memories[evse.id].draw for evse in evses if evse.controllable]),
        reading=grid or state.reading,
        memories=memories,
        branches=watch_branches(state.branches, circuit_meters or {}, limits, bounds, evses, memories, now),
    )
    unsure = any(not evse.lines_measured and evse.controllable and memories[evse.id].is_unsure(evse) for evse in evses)
    state = state.looked(limits, now.monotonic_s, unsure=unsure)
    state, decision = _decided(state, limits, bounds, evses, now)
    return state, replace(decision, calls=tuple(called)) if called else decision


def _decided(
    state: BalancerState, limits: SiteLimits, bounds: Bounds, evses: Sequence[EvseLoad], now: Now
) -> tuple[BalancerState, Decision]:
    """Decide by what is known after the look."""
    now_s = now.monotonic_s
    if not limits.balancing_on:
        return stand_still(state, limits, evses, now_s, ReasonKey.BALANCING_OFF)
    if not limits.has_meter and limits.guards_circuits:
        state, limits, reading = without_meter(state, limits, evses, state.memories, now)
        state, decision = guard(state, reading, limits, bounds, evses, now_s)
        return state, replace(decision, headroom_a=None)
    if not limits.has_meter:
        return stand_still(state, limits, evses, now_s, ReasonKey.NO_METER)
    health = state.watch.health
    if state.reading is None or health is not MeterHealth.GOOD:
        return stand_still(state, limits, evses, now_s, _LOST[health])
    if state.delay.is_turned:
        return stand_still(state, limits, evses, now_s, ReasonKey.METER_TURNED)
    return guard(state, state.reading, limits, bounds, evses, now_s)


def _looked_at(state: BalancerState, evses: Sequence[EvseLoad], now: Now) -> tuple[dict[str, EvseMemory], list[str]]:
    """Return the memories after a look at those EVSEs that may tell something new, and whose car is to be called."""
    before, over, now_s = state.memories, state.last_word.lines, now.monotonic_s
    hidden = state.last_word.hidden
    memories: dict[str, EvseMemory] = {}
    called: list[str] = []
    for evse in evses:
        id_ = evse.id
        memory = before.get(id_)
        if memory is None or memory.seen is not evse or now_s >= memory.rests_until_s or over:
            calls = 0 if memory is None else memory.wake.calls
            memory = remember(memory or revived(state.kept.get(id_), evse, now), evse, now_s, over=over, hidden=hidden)
            if memory.wake.calls > calls:
                called.append(id_)
        memories[id_] = memory
    return memories, called


def _delay(
    state: BalancerState, watch: MeterWatch, limits: SiteLimits, grid: GridReading | None, draws: Sequence[Draw]
) -> MeterDelay:
    """Return what is known of the meter's delay after a look."""
    if grid is None or watch.measured_s <= state.watch.measured_s or watch.partial:
        return state.delay
    if limits.protection is not Protection.PER_LINE:
        return state.delay
    return state.delay.look(watch.measured_s, grid.currents_a, draws)
