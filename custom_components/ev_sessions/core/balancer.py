"""The fuse comes first: from a grid reading and the EVSEs to limits, on the same reading.

What the house needs is what the meter shows less what our chargers drew at that instant.
What the fuse leaves after it is shared out. A meter that cannot be believed, or balancing
switched off, leaves every EVSE at its fallback.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf

from .allotment import Contender, allot, turn_order
from .bounds import Bounds, bounds_of
from .circuit import Protection
from .draw import PerLine, greatest
from .evse_memory import EvseMemory, remember
from .explain import Scene, key_of, reason_of
from .fair_share import Claim, down_to_step, take
from .grid import plausible, total_current_a
from .headroom import LeastRoom
from .load import BalancingState, Decision, EvseLimit, EvseLoad, SiteLimits
from .meter_watch import MeterHealth, MeterWatch, observe
from .moment import Now
from .reading import GridReading
from .reasons import Reason, ReasonKey, amperes

#: Somebody looks again at least so often, and at most.
_LOOK_AGAIN_S = 10.0
_LOOK_AGAIN_SOONEST_S = 0.5

#: Currents that differ by less are the same command.
_SAME_COMMAND_A = 0.05

#: An EVSE draws where it draws more than this.
_DRAWS_A = 0.5

_LOST = {
    MeterHealth.MISSING: ReasonKey.METER_MISSING,
    MeterHealth.SILENT: ReasonKey.METER_SILENT,
    MeterHealth.FROZEN: ReasonKey.METER_FROZEN,
}

_UNSEEN = MeterWatch()


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerState:
    """What one decision hands to the next. A new one knows nothing and trusts nothing."""

    watch: MeterWatch = _UNSEEN
    reading: GridReading | None = None
    lasting: tuple[LeastRoom, ...] = ()
    memories: Mapping[str, EvseMemory] = field(default_factory=dict)


def balance(
    state: BalancerState,
    limits: SiteLimits,
    grid: GridReading | None,
    evses: Sequence[EvseLoad],
    now: Now,
    *,
    meter_alive_at: datetime | None = None,
) -> tuple[BalancerState, Decision]:
    """Decide the limit of every EVSE, and which limits have to be sent now.

    To be called on each grid reading, each change of an EVSE, and after `check_again_s`.
    `grid` is None while the meter has no value; `meter_alive_at` is when any entity of its
    device was last reported (the reading's own instant where that is later).
    """
    bounds = bounds_of(limits.circuits, limits.wiring.line_count)
    now_s = now.monotonic_s
    memories = {evse.id: remember(state.memories.get(evse.id), evse, now_s) for evse in evses}
    if grid is not None and not plausible(grid, bounds.root.limit_a):
        grid = None
    watch = observe(
        state.watch,
        grid,
        meter_alive_at,
        [memory.draw for memory in memories.values()],
        now,
        delay_s=limits.meter_delay_s,
        owner_timeout_s=limits.meter_timeout_s,
    )
    state = BalancerState(watch=watch, reading=grid or state.reading, lasting=state.lasting, memories=memories)
    if not limits.balancing_on:
        return _stand_still(state, limits, evses, now_s, ReasonKey.BALANCING_OFF)
    if not limits.has_meter:
        return _stand_still(state, limits, evses, now_s, ReasonKey.NO_METER)
    if watch.health is not MeterHealth.GOOD or state.reading is None:
        return _stand_still(state, limits, evses, now_s, _LOST[watch.health])
    return _guard(state, limits, bounds, evses, now_s)


# Without a meter to go by


def _stand_still(
    state: BalancerState, limits: SiteLimits, evses: Sequence[EvseLoad], now_s: float, key: ReasonKey
) -> tuple[BalancerState, Decision]:
    """Leave every EVSE at its fallback. Room seen before does not count afterwards."""
    timeout_s = state.watch.timeout_s(limits.meter_delay_s, limits.meter_timeout_s)
    reason = Reason(key=key, placeholders={"timeout_s": amperes(timeout_s)})
    decided: list[EvseLimit] = []
    for evse in evses:
        memory = state.memories[evse.id]
        if not evse.controllable:
            decided.append(_not_controlled(evse))
        elif not evse.allowed:
            decided.append(_limit(evse, 0.0, Reason(key=ReasonKey.NOT_ALLOWED)))
        else:
            # Who was paused for the fuse is not let go blindly at once.
            held = memory.standing_a <= 0 and now_s - memory.paused_s < limits.resume_delay_s
            decided.append(_limit(evse, 0.0 if held else evse.fallback_a, reason))
    off = key in {ReasonKey.BALANCING_OFF, ReasonKey.NO_METER}
    balancing_state = BalancingState.OFF if off else BalancingState.METER_LOST
    state = replace(state, lasting=())
    return _decide(state, limits, evses, decided, now_s, balancing_state, None, repeat=not off)


def _not_controlled(evse: EvseLoad) -> EvseLimit:
    return EvseLimit(evse_id=evse.id, limit_a=None, reason=Reason(key=ReasonKey.NOT_CONTROLLED))


def _limit(evse: EvseLoad, limit_a: float, reason: Reason) -> EvseLimit:
    """Return a limit that is 0 or at least the EVSE's minimum, never in between."""
    limit_a = min(limit_a, evse.max_a)
    return EvseLimit(evse_id=evse.id, limit_a=limit_a if limit_a >= evse.min_a else 0.0, reason=reason)


# With a meter


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the site: what is drawn, and what room that leaves per bound."""

    drawn: Mapping[str, tuple[PerLine, PerLine]]
    present: list[float]
    certain: list[float]
    load: list[float]


def _guard(
    state: BalancerState, limits: SiteLimits, bounds: Bounds, evses: Sequence[EvseLoad], now_s: float
) -> tuple[BalancerState, Decision]:
    """Decide by what the meter shows."""
    reading = state.reading
    assert reading is not None  # noqa: S101 - told by the caller
    look = _look(state, limits, bounds, evses, reading, now_s)
    lasting_history = _history(state, limits, look, bounds.line_count, now_s)
    state = replace(state, lasting=lasting_history)
    lasting = [
        min(certain, least.least_a) for certain, least in zip(look.certain, lasting_history, strict=False)
    ] + look.certain[bounds.line_count :]
    present = list(look.present)

    decided: dict[str, EvseLimit] = {}
    sharing: list[EvseLoad] = []
    for evse in evses:
        memory = state.memories[evse.id]
        apart = _apart(evse, memory, look.drawn[evse.id], bounds)
        if apart is None:
            sharing.append(evse)
            continue
        decided[evse.id], reserved = apart
        for place in bounds.chains[evse.circuit_id]:
            for line, current in enumerate(reserved):
                present[place * bounds.line_count + line] -= current
                lasting[place * bounds.line_count + line] -= current

    contenders = _contenders(sharing, state.memories, limits, bounds, look, now_s)
    granted = allot(contenders, lasting, present)
    left = list(present)
    for contender in contenders:
        take(contender.claim, granted[contender.claim.id], left)
    scene = Scene(bounds, present, lasting, left, look.load, limits.hold_s)
    by_id = {evse.id: evse for evse in sharing}
    for contender in contenders:
        evse = by_id[contender.claim.id]
        decided[evse.id] = _explained(evse, state.memories[evse.id], contender, granted[evse.id], scene)
    ordered = [decided[evse.id] for evse in evses]
    overload = any(current > limit for current, limit in zip(reading.currents_a, bounds.root.limit_a, strict=True))
    headroom = None
    if limits.protection is Protection.PER_LINE:
        headroom = tuple(
            limit - current for current, limit in zip(reading.currents_a, bounds.root.limit_a, strict=True)
        )
    balancing_state = BalancingState.OVERLOAD if overload else _site_state(contenders, granted, by_id)
    return _decide(state, limits, evses, ordered, now_s, balancing_state, headroom, repeat=True)


def _look(
    state: BalancerState,
    limits: SiteLimits,
    bounds: Bounds,
    evses: Sequence[EvseLoad],
    reading: GridReading,
    now_s: float,
) -> _Look:
    """Compare the meter with what the EVSEs may have drawn at the instant that it shows."""
    count = bounds.line_count
    total_only = limits.protection is Protection.TOTAL_ONLY
    start_s, end_s = state.watch.measured_s - limits.meter_delay_s, state.watch.measured_s
    drawn: dict[str, tuple[PerLine, PerLine]] = {}
    least = [0.0] * count
    most = [0.0] * count
    for evse in evses:
        low, high = state.memories[evse.id].drawn_between(evse, start_s, end_s, now_s, count)
        drawn[evse.id] = (low, high)
        if not evse.controllable:
            continue  # a part of the house
        if total_only:
            low = (total_current_a(low, limits.wiring),) * count
            high = (total_current_a(high, limits.wiring),) * count
        for line in range(count):
            least[line] += low[line]
            most[line] += high[line]
    present: list[float] = []
    certain: list[float] = []
    for line in range(count):
        allowed = bounds.root.limit_a[line] - limits.margin_a
        measured = reading.currents_a[line]
        present.append(allowed - _house_a(measured - most[line], limits))
        certain.append(allowed - _house_a(measured - least[line], limits))
    load = list(reading.currents_a)
    for circuit in bounds.circuits[1:]:
        present.extend(circuit.limit_a)
        certain.extend(circuit.limit_a)
        load.extend([0.0] * count)
    for evse in evses:
        for place in bounds.chains[evse.circuit_id][1:]:
            for line in evse.use.lines:
                load[place * count + line] += drawn[evse.id][1][line]
    return _Look(drawn, present, certain, load)


def _house_a(current_a: float, limits: SiteLimits) -> float:
    """Return the current to reckon with for the house, from what the meter shows of it."""
    if limits.protection is Protection.TOTAL_ONLY:
        if limits.reserve_a is not None:
            mean_a = current_a / limits.power_factor / limits.wiring.line_count
            return max(limits.reserve_a, mean_a)
        # An export of one line may hide the load of another.
        current_a = max(0.0, current_a)
    return current_a / limits.power_factor if current_a > 0 else current_a


def _history(
    state: BalancerState, limits: SiteLimits, look: _Look, line_count: int, now_s: float
) -> tuple[LeastRoom, ...]:
    """Return the least room of the last seconds, with what the meter shows now."""
    history = state.lasting or (LeastRoom.none_before(now_s),) * line_count
    return tuple(
        least.push(now_s, look.present[line]).since(now_s - limits.hold_s) for line, least in enumerate(history)
    )


def _apart(
    evse: EvseLoad, memory: EvseMemory, drawn: tuple[PerLine, PerLine], bounds: Bounds
) -> tuple[EvseLimit, PerLine] | None:
    """Return limit and reserve of an EVSE that takes no part in the sharing; None where it does."""
    count = bounds.line_count
    high = drawn[1]
    measured = memory.draw.newest_a is not None
    whole = evse.use.per_line(evse.max_a, count)
    nothing = (0.0,) * count
    if not evse.controllable:
        # On the root the meter counts it.
        return _not_controlled(evse), nothing
    if not evse.allowed:
        return _limit(evse, 0.0, Reason(key=ReasonKey.NOT_ALLOWED)), high
    if not evse.balancing_on:
        reason = Reason(key=ReasonKey.CHARGER_BALANCING_OFF)
        return _limit(evse, evse.fallback_a, reason), greatest(
            high, evse.use.per_line(evse.fallback_a if evse.connected is not False else 0.0, count)
        )
    if not evse.online:
        reserve = whole if not measured or max(high) > _DRAWS_A else high
        return _limit(evse, evse.fallback_a, Reason(key=ReasonKey.OFFLINE)), reserve
    if evse.connected is False:
        return _limit(evse, evse.fallback_a, Reason(key=ReasonKey.NO_CAR)), high
    if memory.obedience.unruly:
        drawn_a = max(high) / evse.use.factor if measured else evse.max_a
        reason = Reason(key=ReasonKey.NOT_OBEYING, placeholders={"drawn_a": amperes(drawn_a)})
        return _limit(evse, memory.standing_a, reason), high if measured else whole
    if evse.wish_a < evse.min_a:
        return _limit(evse, 0.0, Reason(key=ReasonKey.OWNER_LIMIT)), high
    return None


def _contenders(
    evses: Sequence[EvseLoad],
    memories: Mapping[str, EvseMemory],
    limits: SiteLimits,
    bounds: Bounds,
    look: _Look,
    now_s: float,
) -> list[Contender]:
    """Return those that share, in the order of admission."""
    keyed: list[tuple[tuple[int, int, float, str], Contender]] = []
    for evse in evses:
        memory = memories[evse.id]
        idle = memory.taking.idle_lines
        lines = [line for line in evse.use.lines if line not in idle] if idle else evse.use.lines
        full_a = min(evse.max_a, evse.wish_a) if evse.wants else evse.min_a
        claim = Claim(
            id=evse.id,
            min_a=evse.min_a,
            max_a=max(evse.min_a, min(full_a, memory.taking.ceiling_a)),
            step_a=evse.step_a,
            weight=evse.weight,
            loads=bounds.loads(evse.circuit_id, lines, evse.use.factor),
        )
        settled = now_s - memory.sent_s >= memory.settle_s(evse)
        paused = memory.standing_a <= 0 and now_s - memory.paused_s < limits.resume_delay_s
        contender = Contender(
            claim=claim,
            full_a=down_to_step(claim, full_a),
            current_a=memory.standing_a,
            committed_a=max(look.drawn[evse.id][1]) / evse.use.factor,
            may_join=not paused,
            may_rise=settled and not paused,
            may_lower=settled,
        )
        key = turn_order(
            rank=-evse.priority if evse.wants else 0,
            on=memory.standing_a > 0,
            since_s=memory.turn_since_s,
            turn_s=limits.turn_s,
            now_s=now_s,
            evse_id=evse.id,
        )
        keyed.append((key, contender))
    keyed.sort(key=_by_key)
    return [contender for _, contender in keyed]


def _by_key(keyed: tuple[tuple[int, int, float, str], Contender]) -> tuple[int, int, float, str]:
    return keyed[0]


def _explained(evse: EvseLoad, memory: EvseMemory, contender: Contender, limit_a: float, scene: Scene) -> EvseLimit:
    """Return the limit with its reason: the one it had while nothing else holds."""
    key = key_of(contender, limit_a, evse.wish_a, scene) if evse.wants else ReasonKey.CAR_SATISFIED
    before = memory.limit
    if before is not None and before.limit_a == limit_a and before.reason.key is key:
        return before
    return EvseLimit(evse_id=evse.id, limit_a=limit_a, reason=reason_of(key, contender, scene))


def _site_state(
    contenders: Sequence[Contender], granted: Mapping[str, float], evses: Mapping[str, EvseLoad]
) -> BalancingState:
    """Return the worst that a car which wants power has to bear."""
    state = BalancingState.OK
    for contender in contenders:
        if not evses[contender.claim.id].wants:
            continue
        limit_a = granted[contender.claim.id]
        if limit_a <= 0:
            return BalancingState.PAUSED
        if limit_a < contender.claim.max_a - evses[contender.claim.id].step_a / 2:
            state = BalancingState.LIMITING
    return state


# What has to be sent


def _decide(
    state: BalancerState,
    limits: SiteLimits,
    evses: Sequence[EvseLoad],
    decided: Sequence[EvseLimit],
    now_s: float,
    balancing_state: BalancingState,
    headroom_a: tuple[float, ...] | None,
    *,
    repeat: bool,
) -> tuple[BalancerState, Decision]:
    """Find what has to be sent, and remember it as sent."""
    memories = dict(state.memories)
    commands: list[EvseLimit] = []
    for evse, limit in zip(evses, decided, strict=True):
        memory = memories[evse.id]
        limit_a = limit.limit_a
        if limit_a is not None and evse.online:
            changed = memory.sent_a is None or abs(limit_a - memory.sent_a) > _SAME_COMMAND_A
            if changed or (repeat and memory.repeat):
                commands.append(limit)
                memory = _sent(memory, limit_a, evse, now_s, changed=changed)
        if memory.limit is not limit:
            memory = replace(memory, limit=limit)
        memories[evse.id] = memory
    state = replace(state, memories=memories)
    return state, Decision(
        limits=tuple(decided),
        commands=tuple(commands),
        state=balancing_state,
        headroom_a=headroom_a,
        check_again_s=_check_again_s(state, limits, evses, now_s),
        not_obeying=tuple(evse.id for evse in evses if evse.controllable and memories[evse.id].obedience.disobedient),
    )


def _sent(memory: EvseMemory, limit_a: float, evse: EvseLoad, now_s: float, *, changed: bool) -> EvseMemory:
    """Return the memory after a command."""
    if not changed:
        return replace(memory, repeat=False)
    drawn = memory.draw.newest_a
    lowered = drawn is not None and max(drawn) / evse.use.factor > limit_a
    turned = (limit_a > 0) is not (memory.standing_a > 0)
    return replace(
        memory,
        standing_a=limit_a,
        previous_a=memory.standing_a,
        sent_a=limit_a,
        sent_s=now_s,
        repeat=False,
        turn_since_s=now_s if turned else memory.turn_since_s,
        paused_s=now_s if turned and limit_a <= 0 else memory.paused_s,
        obedience=memory.obedience.commanded(now_s, lowered=lowered),
    )


def _check_again_s(state: BalancerState, limits: SiteLimits, evses: Sequence[EvseLoad], now_s: float) -> float:
    """Return when something falls due although nothing is reported."""
    watch = state.watch
    soonest = now_s + _LOOK_AGAIN_S
    for due in (
        watch.heard_s + watch.timeout_s(limits.meter_delay_s, limits.meter_timeout_s),
        *(least.rises_at_s + limits.hold_s for least in state.lasting),
    ):
        if now_s < due < soonest:
            soonest = due
    for evse in evses:
        memory = state.memories[evse.id]
        for due in (
            memory.sent_s + memory.settle_s(evse),
            memory.obedience.due_s,
            memory.paused_s + limits.resume_delay_s,
        ):
            if now_s < due < soonest:
                soonest = due
    return max(_LOOK_AGAIN_SOONEST_S, soonest - now_s) if soonest < inf else _LOOK_AGAIN_S
