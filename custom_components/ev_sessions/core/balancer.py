"""The fuse comes first: from a grid reading and the EVSEs to limits, on the same reading.

What the house needs is what the meter shows less what our chargers drew at that instant.
What the fuse leaves after it is shared out. A meter that cannot be believed, or balancing
switched off, leaves every EVSE at its fallback.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .allotment import Contender, allot, turn_order
from .apart import apart, limit_of, not_controlled
from .base_load import Look, look
from .bounds import Bounds, bounds_of
from .circuit import Protection
from .commands import check_again_s, commands_for
from .draw import Draw, PerLine
from .evse_memory import EvseMemory, as_known, remember, set_there
from .explain import Scene, key_of, reason_of
from .fair_share import Claim, down_to_step, take
from .grid import plausible
from .headroom import LeastRoom
from .load import BalancingState, Decision, EvseLimit, EvseLoad, SiteLimits
from .meter_delay import MeterDelay
from .meter_watch import MeterHealth, MeterWatch, observe
from .moment import Now
from .reading import GridReading
from .reasons import Reason, ReasonKey, amperes

_LOST = {
    MeterHealth.MISSING: ReasonKey.METER_MISSING,
    MeterHealth.SILENT: ReasonKey.METER_SILENT,
    MeterHealth.FROZEN: ReasonKey.METER_FROZEN,
    MeterHealth.STILL: ReasonKey.METER_FROZEN,
}
_UNSEEN = MeterWatch()
_DELAY_UNKNOWN = MeterDelay()

#: A meter of this period is slower than a car that starts.
_SLOW_PERIOD_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerState:
    """What one decision hands to the next. A new one knows nothing and trusts nothing."""

    watch: MeterWatch = _UNSEEN
    delay: MeterDelay = _DELAY_UNKNOWN
    reading: GridReading | None = None
    house_a: PerLine | None = None
    lasting: tuple[LeastRoom, ...] = ()
    memories: Mapping[str, EvseMemory] = field(default_factory=dict)

    def delay_s(self, limits: SiteLimits) -> float:
        """Return how late the meter may be, in s."""
        return self.delay.span_s(limits.meter_delay_s)[1]


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
    evses = [as_known(evse, memories[evse.id]) for evse in evses]
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
    )
    state = BalancerState(
        watch=watch,
        delay=_delay(state, watch, limits, grid, [memories[evse.id].draw for evse in evses if evse.controllable]),
        reading=grid or state.reading,
        house_a=state.house_a,
        lasting=state.lasting,
        memories=memories,
    )
    if not limits.balancing_on:
        return _stand_still(state, limits, evses, now_s, ReasonKey.BALANCING_OFF)
    if not limits.has_meter:
        return _stand_still(state, limits, evses, now_s, ReasonKey.NO_METER)
    if state.reading is None or watch.health is not MeterHealth.GOOD:
        return _stand_still(state, limits, evses, now_s, _LOST[watch.health])
    return _guard(state, state.reading, limits, bounds, evses, now_s)


def _delay(
    state: BalancerState, watch: MeterWatch, limits: SiteLimits, grid: GridReading | None, draws: Sequence[Draw]
) -> MeterDelay:
    """Return what is known of the meter's delay after a look."""
    if grid is None or watch.measured_s <= state.watch.measured_s or limits.protection is not Protection.PER_LINE:
        return state.delay
    return state.delay.look(watch.measured_s, grid.currents_a, draws)


# Without a meter to go by


def _stand_still(
    state: BalancerState, limits: SiteLimits, evses: Sequence[EvseLoad], now_s: float, key: ReasonKey
) -> tuple[BalancerState, Decision]:
    """Leave every EVSE at its fallback."""
    timeout_s = state.watch.timeout_s(state.delay_s(limits), limits.meter_timeout_s)
    reason = Reason(key=key, placeholders={"timeout_s": amperes(timeout_s)})
    not_allowed = Reason(key=ReasonKey.NOT_ALLOWED)
    # Just after a start a meter is late rather than lost: no car is paused for that.
    expected = key is ReasonKey.METER_MISSING and now_s - state.watch.since_s <= timeout_s
    decided: list[EvseLimit] = []
    for evse in evses:
        memory = state.memories[evse.id]
        if not evse.controllable:
            decided.append(not_controlled(evse))
        elif not evse.allowed:
            decided.append(limit_of(evse, 0.0, not_allowed))
        else:
            # Who was paused for the fuse is not let go blindly at once.
            held = memory.standing_a <= 0 and now_s - memory.paused_s < limits.resume_delay_s
            limit_a = 0.0 if held else evse.fallback_a
            if expected and evse.connected is not False and memory.standing_a >= evse.min_a:
                limit_a = max(limit_a, evse.min_a)
            if memory.override.limit_a is not None:
                limit_a = min(limit_a, memory.override.limit_a)
            decided.append(limit_of(evse, limit_a, reason))
    off = key in {ReasonKey.BALANCING_OFF, ReasonKey.NO_METER}
    balancing_state = BalancingState.OFF if off else BalancingState.METER_LOST
    # A meter that only stood still and then answers to the fallback was right all the time.
    lasting = state.lasting if state.watch.health is MeterHealth.STILL else ()
    state = BalancerState(
        watch=state.watch, delay=state.delay, reading=state.reading, lasting=lasting, memories=state.memories
    )
    return _decide(state, limits, evses, decided, now_s, balancing_state, None)


# With a meter


def _guard(
    state: BalancerState,
    reading: GridReading,
    limits: SiteLimits,
    bounds: Bounds,
    evses: Sequence[EvseLoad],
    now_s: float,
) -> tuple[BalancerState, Decision]:
    """Decide by what the meter shows."""
    least_s, most_s = state.delay.span_s(limits.meter_delay_s)
    measured = (state.watch.measured_s - most_s, state.watch.measured_s - least_s)
    per_line = limits.protection is Protection.PER_LINE
    seen = look(limits, bounds, evses, state.memories, reading, measured, now_s, state.house_a)
    state = BalancerState(
        watch=state.watch,
        delay=state.delay,
        reading=reading,
        house_a=seen.house_a,
        lasting=_history(state.lasting, limits, seen, now_s),
        memories=state.memories,
    )
    present = list(seen.present)
    sure = list(seen.sure)
    lasting = list(seen.sure)
    for line, least in enumerate(state.lasting):
        lasting[line] = min(lasting[line], least.least_a)

    decided: dict[str, EvseLimit] = {}
    sharing: list[EvseLoad] = []
    full_lines = {line for line, limit in enumerate(bounds.root.limit_a) if seen.load[line] > limit - limits.margin_a}
    for evse in evses:
        aside = apart(evse, state.memories[evse.id], seen.drawn[evse.id][1], full_lines)
        if aside is None:
            sharing.append(evse)
            continue
        decided[evse.id], reserve_a = aside
        # What nobody controls is in the house's load already.
        for place in bounds.chains[evse.circuit_id][0 if evse.controllable else 1 :]:
            for line, current_a in enumerate(reserve_a, place * bounds.line_count):
                for room in (present, sure, lasting):
                    room[line] -= current_a

    contenders = _contenders(sharing, state, limits, bounds, seen, now_s)
    granted, goal = allot(contenders, lasting, sure, present)
    left = list(present)
    for contender in contenders:
        take(contender.claim, granted[contender.claim.id], left)
    scene = Scene(bounds, present, lasting, left, seen.load, goal, limits.hold_s)
    by_id = {evse.id: evse for evse in sharing}
    for contender in contenders:
        evse = by_id[contender.claim.id]
        decided[evse.id] = _explained(evse, state.memories[evse.id], contender, granted[evse.id], scene)
    headroom_a = tuple(limit - current for current, limit in zip(reading.currents_a, bounds.root.limit_a, strict=True))
    if per_line and min(headroom_a) < 0:
        balancing_state = BalancingState.OVERLOAD
    else:
        balancing_state = _site_state(contenders, granted, by_id)
    ordered = [decided[evse.id] for evse in evses]
    return _decide(state, limits, evses, ordered, now_s, balancing_state, headroom_a if per_line else None)


def _history(lasting: tuple[LeastRoom, ...], limits: SiteLimits, seen: Look, now_s: float) -> tuple[LeastRoom, ...]:
    """Return the least room of the last seconds, with what the meter shows now."""
    history = lasting or (LeastRoom.none_before(now_s),) * limits.wiring.line_count
    return tuple(least.push(now_s, seen.present[line], now_s - limits.hold_s) for line, least in enumerate(history))


def _contenders(
    evses: Sequence[EvseLoad],
    state: BalancerState,
    limits: SiteLimits,
    bounds: Bounds,
    seen: Look,
    now_s: float,
) -> list[Contender]:
    """Return those that share, in the order of admission."""
    keyed: list[tuple[tuple[int, int, float, str], Contender]] = []
    for evse in evses:
        memory = state.memories[evse.id]
        full_a = min(evse.max_a, evse.wish_a) if evse.wants else evse.min_a
        claim = Claim(
            id=evse.id,
            min_a=evse.min_a,
            max_a=max(evse.min_a, min(full_a, memory.taking.ceiling_a)),
            step_a=evse.step_a,
            weight=evse.weight,
            loads=bounds.loads(evse.circuit_id, evse.use.lines, evse.use.factor),
        )
        settled = now_s - memory.sent_s >= memory.settle_s(evse)
        paused = memory.standing_a <= 0 and now_s - memory.paused_s < limits.resume_delay_s
        contender = Contender(
            claim=claim,
            full_a=down_to_step(claim, full_a),
            # Below its least a charger gives nothing.
            current_a=memory.standing_a if memory.standing_a >= evse.min_a else 0.0,
            committed_a=max(seen.drawn[evse.id][1]) / evse.use.factor,
            may_join=not paused,
            # A raise waits for the next report where one is about to come.
            may_rise=settled and not paused and state.watch.fresh,
            may_lower=settled,
            # A slow meter cannot tell a car's start from a step of the house.
            begins_small=state.watch.period_s >= _SLOW_PERIOD_S,
            may_begin=memory.sent_a is None,
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
    if memory.wake.asleep and limit_a > 0:
        key = ReasonKey.ASLEEP
    there = set_there(evse, memory) if key is ReasonKey.OWNER_LIMIT else None
    if there is not None:
        return EvseLimit(evse_id=evse.id, limit_a=limit_a, reason=there)
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
) -> tuple[BalancerState, Decision]:
    """Find what has to be sent, and remember it as sent."""
    # Where the fuse is not guarded, nobody argues with a charger.
    guarding = balancing_state is not BalancingState.OFF
    memories, settled, commands = commands_for(evses, decided, state.memories, now_s, repeat=guarding)
    watch = state.watch
    others_due_s = [watch.heard_s + watch.timeout_s(state.delay_s(limits), limits.meter_timeout_s)]
    others_due_s.extend(least.rises_at_s + limits.hold_s for least in state.lasting)
    state = BalancerState(
        watch=watch,
        delay=state.delay,
        reading=state.reading,
        house_a=state.house_a,
        lasting=state.lasting,
        memories=memories,
    )
    return state, Decision(
        limits=tuple(settled),
        commands=tuple(commands),
        state=balancing_state,
        headroom_a=headroom_a,
        check_again_s=check_again_s(evses, memories, limits.resume_delay_s, others_due_s, now_s),
        not_obeying=tuple(id_ for id_, memory in memories.items() if memory.obedience.disobedient),
        overrides={id_: o.limit_a for id_, memory in memories.items() if (o := memory.override).limit_a is not None},
        car_lines={id_: lines for id_, memory in memories.items() if (lines := memory.car_lines.lines) is not None},
        asleep=tuple(id_ for id_, memory in memories.items() if memory.wake.asleep),
        rivals=tuple(id_ for id_, memory in memories.items() if memory.override.has_rival(now_s)),
    )
