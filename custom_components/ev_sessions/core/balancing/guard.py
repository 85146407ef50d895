"""With a meter that can be believed: what the fuse leaves after the house is shared out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from ..reading import GridReading
from .appliances.ahead import Ahead
from .appliances.foresight import Foresight
from .appliances.learned_loads import LearnedLoads
from .asking import with_question
from .balancer_state import BalancerState
from .circuits.bounds import Bounds
from .circuits.circuit import Circuit, Protection
from .decide import decide
from .evse.drawn_when import told_until_s
from .evse.memory import EvseMemory, set_there
from .headroom.base_load import Look, look
from .headroom.branches import circuits_now, lasting_rooms, overloaded, set_aside
from .headroom.headroom import LeastRoom
from .headroom.margin import with_margin
from .last_word import LastWord, settled_since
from .load import BalancingState, Decision, EvseLimit, EvseLoad, SiteLimits
from .meter.branch_meters import for_lost_meter, left_alone
from .meter.flow_back import without_flow_back
from .meter.others import voltage_of
from .reasons import Reason, ReasonKey, amperes
from .sharing.allotment import Contender, allot
from .sharing.apart import apart, why_apart, within_circuits_a
from .sharing.contenders import contenders_of, within_wish_a
from .sharing.explain import Scene, key_of, reason_of
from .sharing.fair_share import left_after
from .sharing.small_raises import without_small_raises

#: A meter may sample our cars' draw so much later than they tell of it.
_SHOWN_LATE_S = 1.0

#: Where the reason is one of these, it may be that of somebody else.
_OTHERS_MAY_SAY = (ReasonKey.TAKES_LESS, ReasonKey.OWNER_LIMIT, ReasonKey.MAXIMUM)


def guard(
    state: BalancerState,
    reading: GridReading,
    limits: SiteLimits,
    bounds: Bounds,
    evses: Sequence[EvseLoad],
    now_s: float,
) -> tuple[BalancerState, Decision]:
    """Decide by what the meter shows."""
    least_s, most_s = state.delay.span_s(limits.meter_delay_s)
    measured = state.watch.measured(least_s, most_s)
    limits = with_margin(limits, state.watch.period_s, most_s)
    per_line = limits.protection is Protection.PER_LINE
    evses, left_by = left_alone(evses, state.branches, state.memories, limits, bounds, now_s)
    seen = look(limits, bounds, evses, state.memories, reading, measured, now_s, state.house_a, state.branches)
    state = replace(
        state,
        house_a=seen.house_a,
        loads=_learned(state, limits, evses, seen, measured),
        lasting=_history(state, limits, seen, now_s),
        branches={id_: replace(one, other_a=seen.others_a[id_]) for id_, one in state.branches.items()},
        branch_rooms=lasting_rooms(state.branch_rooms, bounds, seen.present, state.branches, limits.hold_s, now_s),
    )
    present, sure, lasting = list(seen.present), list(seen.sure), list(seen.sure)
    for line, least in enumerate(state.lasting):
        lasting[line] = min(lasting[line], least.least_a)
    for bound, least in state.branch_rooms.items():
        lasting[bound] = min(lasting[bound], least.least_a)
    lasting = without_flow_back(lasting, seen.limit, bounds, state.watch, state.branches, margin_a=limits.margin_a)

    decided, sharing = _set_apart(evses, state, limits, bounds, seen, (present, sure, lasting))
    state = replace(state, pacing=state.pacing.look(sharing, bounds, present, now_s))
    contenders, entries = contenders_of(
        sharing,
        state.memories,
        state.pacing.paces,
        limits,
        bounds,
        seen,
        state.entries,
        now_s,
        fresh=state.watch.fresh,
        period_s=state.watch.period_s,
    )
    state = replace(state, entries=entries)
    if per_line:
        rooms = (present, sure, lasting)
        state = replace(state, last_word=_last_word(state, reading, limits, evses, seen, rooms, contenders, most_s))
    meter_s = state.watch.period_s, most_s
    ahead = Ahead(Foresight.of(state.loads.absent, now_s, *meter_s, bounds.line_count), present)
    contenders = ahead.admitted(contenders)
    patient = lasting
    lasting, held = ahead.for_more(lasting, sure, contenders)
    state, keeping = _keeping(state, contenders, present, limits, bounds, now_s)
    granted, goal = allot(contenders, lasting, sure, keeping)
    granted = without_small_raises(contenders, ahead.lowered(contenders, granted), state.memories, now_s)
    granted, asked = with_question(
        contenders, granted, state.memories, state.watch, now_s, delay_s=most_s, owner_s=limits.meter_timeout_s
    )
    left = left_after(((one.claim.loads, granted[one.claim.id]) for one in contenders), present)
    voltage_v = voltage_of(reading, limits)
    if per_line and state.gain.is_due(contenders, now_s):
        before = present, sure, patient
        gain = state.gain.look(ahead, contenders, before, goal, meter_s=meter_s, voltage_v=voltage_v, now_s=now_s)
        state = replace(state, gain=gain)
    hold_s = state.patience_s(limits)
    scene = Scene(bounds, present, lasting, left, seen.load, seen.limit, voltage_v, goal, held, hold_s)
    by_id = {evse.id: evse for evse in sharing}
    decided |= _explained(by_id, state, contenders, granted, scene)
    _tell_of_others(decided, left_by, asked, now_s - state.watch.moved_s)
    circuits = circuits_now(bounds, seen.load, seen.limit, limits, voltage_v, state.branches)
    headroom_a = circuits[bounds.root.id].headroom_a
    if (per_line and min(headroom_a) < 0) or overloaded(bounds, circuits):
        balancing_state = BalancingState.OVERLOAD
    else:
        balancing_state = _site_state(contenders, granted, by_id)
    ordered = [decided[evse.id] for evse in evses]
    one_phase, phases = state.one_phase.look(evses, contenders, granted, goal, (present, lasting), bounds, now_s)
    state = replace(state, one_phase=one_phase)
    state, decision = decide(
        state, limits, evses, ordered, now_s, balancing_state, headroom_a if per_line else None, circuits=circuits
    )
    return state, replace(decision, phases=phases, meter=state.gain.pace(*meter_s))


def _keeping(
    state: BalancerState,
    contenders: Sequence[Contender],
    present: Sequence[float],
    limits: SiteLimits,
    bounds: Bounds,
    now_s: float,
) -> tuple[BalancerState, list[float]]:
    """Return the state, and the room of now in which those who charge keep their least for a while."""
    charging = (one for one in contenders if one.current_a > 0 and state.memories[one.claim.id].known.wants)
    delay, room = state.pause_delay.look(charging, present, limits.margin_a, bounds.line_count, now_s)
    return replace(state, pause_delay=delay), room


def _learned(
    state: BalancerState, limits: SiteLimits, evses: Sequence[EvseLoad], seen: Look, measured: tuple[float, float]
) -> LearnedLoads:
    """Return what is known of the house's loads after a look at what was measured between two instants."""
    if not state.foresees or seen.house_a is None or state.watch.partial:
        return state.loads
    start_s, end_s = measured
    memories = [state.memories[evse.id] for evse in evses if evse.controllable]
    # What a meter shows later than is known yet of our own cars would be learned as a load that comes back.
    presumed_s = limits.meter_delay_s
    late_s = state.delay.late_s(presumed_s) + presumed_s - state.delay_s(limits)
    if limits.protection is Protection.PER_LINE and late_s > 0:
        since_s = start_s - late_s - _SHOWN_LATE_S
        if any(memory.draw.moved(since_s, end_s) for memory in memories):
            return state.loads.look(end_s, seen.house_a, since_s)
    return state.loads.look(end_s, seen.house_a, told_until_s(memories, end_s))


def _last_word(
    state: BalancerState,
    reading: GridReading,
    limits: SiteLimits,
    evses: Sequence[EvseLoad],
    seen: Look,
    rooms: tuple[list[float], list[float], list[float]],
    contenders: Sequence[Contender],
    delay_s: float,
) -> LastWord:
    """Let the meter have the last word on lines that stay over their fuse: there the rooms shrink."""
    root_a = seen.limit[: len(reading.currents_a)]
    over = any(current_a > most_a for current_a, most_a in zip(reading.currents_a, root_a, strict=True))
    # Nobody asks for it else.
    settled_s = settled_since(evses, state.memories, delay_s) if over else -inf
    ours_a = [seen.drawn[evse.id][0] for evse in evses if evse.controllable] if over else []
    word = state.last_word.look(reading.currents_a, root_a, state.watch.measured_s, settled_s, ours_a)
    word.hold(rooms, contenders, reading.currents_a, [limit - limits.margin_a for limit in root_a])
    return word


def _set_apart(
    evses: Sequence[EvseLoad],
    state: BalancerState,
    limits: SiteLimits,
    bounds: Bounds,
    seen: Look,
    rooms: tuple[list[float], list[float], list[float]],
) -> tuple[dict[str, EvseLimit], list[EvseLoad]]:
    """Decide for those who take no part, and take what is reserved for them out of the rooms; return who shares."""
    decided: dict[str, EvseLimit] = {}
    sharing: list[EvseLoad] = []
    full_lines = {
        line for line, limit in enumerate(seen.limit[: bounds.line_count]) if seen.load[line] > limit - limits.margin_a
    }
    memories, said = state.memories, state.said
    for evse in evses:
        id_ = evse.id
        memory = memories[id_]
        if (why := why_apart(evse, memory)) is None:
            sharing.append(evse)
            continue
        within_a = within_circuits_a(evse, bounds, seen.limit) if why is ReasonKey.NOT_OBEYING else inf
        decided[id_], reserve_a = apart(evse, memory, said.get(id_), why, seen.drawn[id_][1], full_lines, within_a)
        set_aside(bounds, evse, reserve_a, rooms, limits.wiring)
    return decided, sharing


def _history(state: BalancerState, limits: SiteLimits, seen: Look, now_s: float) -> tuple[LeastRoom, ...]:
    """Return the least room of the last seconds, with what the meter shows now."""
    history = state.lasting or (LeastRoom.none_before(now_s),) * limits.wiring.line_count
    since_s = now_s - state.patience_s(limits)
    return tuple(least.push(now_s, seen.present[line], since_s) for line, least in enumerate(history))


def _explained(
    evses: Mapping[str, EvseLoad],
    state: BalancerState,
    contenders: Sequence[Contender],
    granted: Mapping[str, float],
    scene: Scene,
) -> dict[str, EvseLimit]:
    """Return the limits with their reasons: each as it was said while nothing else holds."""
    memories, said = state.memories, state.said
    explained: dict[str, EvseLimit] = {}
    for contender in contenders:
        id_ = contender.claim.id
        evse, memory, limit_a, before = evses[id_], memories[id_], granted[id_], said.get(id_)
        key = key_of(contender, limit_a, evse.wish_a, scene) if evse.wants else ReasonKey.CAR_SATISFIED
        if memory.wake.asleep and limit_a > 0:
            key = ReasonKey.ASLEEP
        limit_a = within_wish_a(evse, limit_a)
        others = _others_say(key, evse, memory) if key in _OTHERS_MAY_SAY else None
        if others is not None:
            explained[id_] = EvseLimit(evse_id=id_, limit_a=limit_a, reason=others)
        elif before is not None and before.limit_a == limit_a and before.reason.key is key:
            explained[id_] = before
        else:
            explained[id_] = EvseLimit(evse_id=id_, limit_a=limit_a, reason=reason_of(key, contender, scene))
    return explained


def _others_say(key: ReasonKey, evse: EvseLoad, memory: EvseMemory) -> Reason | None:
    """Return the reason where somebody else set the limit, or holds the charger down; None where nobody did."""
    if key is ReasonKey.TAKES_LESS and evse.has_rival and (offered_a := memory.offered.less_a) is not None:
        return Reason(key=ReasonKey.OTHER_CONTROLLER, placeholders={"limit_a": amperes(offered_a)})
    asked = key is ReasonKey.MAXIMUM and memory.override.asked_a is not None
    return set_there(evse, memory) if key is ReasonKey.OWNER_LIMIT or asked else None


def _tell_of_others(
    decided: dict[str, EvseLimit], left_by: Mapping[str, Circuit], asked: str | None, still_s: float
) -> None:
    """Say of those who are left alone by a circuit's meter that this is why, and of the one that asks the site's."""
    if asked is not None:
        same = Reason(key=ReasonKey.ASKING_METER, placeholders={"hold_s": amperes(round(still_s))})
        decided[asked] = replace(decided[asked], reason=same)
    for evse_id, circuit in left_by.items():
        decided[evse_id] = for_lost_meter(decided[evse_id], circuit)


def _site_state(
    contenders: Sequence[Contender], granted: Mapping[str, float], evses: Mapping[str, EvseLoad]
) -> BalancingState:
    """Return the worst that a car which wants power has to bear."""
    state = BalancingState.OK
    for contender in contenders:
        claim = contender.claim
        if not evses[claim.id].wants:
            continue
        limit_a = granted[claim.id]
        if limit_a <= 0:
            return BalancingState.PAUSED
        if limit_a < claim.max_a - claim.step_a / 2:
            state = BalancingState.LIMITING
    return state
