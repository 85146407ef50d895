"""From the limits that hold to the commands that have to be sent now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .balancer_state import BalancerState
from .commands import check_again_s, commands_for
from .load import BalancingState, CircuitNow, Decision, EvseLimit, EvseLoad, SiteLimits


def decide(
    state: BalancerState,
    limits: SiteLimits,
    evses: Sequence[EvseLoad],
    decided: Sequence[EvseLimit],
    now_s: float,
    balancing_state: BalancingState,
    headroom_a: tuple[float, ...] | None,
    *,
    circuits: Mapping[str, CircuitNow] | None = None,
) -> tuple[BalancerState, Decision]:
    """Find what has to be sent, and remember it as sent."""
    # Where the fuse is not guarded, nobody argues with a charger.
    guarding = balancing_state is not BalancingState.OFF
    memories, said, commands = commands_for(evses, decided, state.memories, state.said, now_s, repeat=guarding)
    watch = state.watch
    others_due_s = [due_s for _, due_s in watch.doubts(state.delay_s(limits), limits.meter_timeout_s)]
    others_due_s.extend(least.rises_at_s + state.patience_s(limits) for least in state.lasting)
    others_due_s.extend(least.rises_at_s + limits.hold_s for least in state.branch_rooms.values())
    others_due_s.extend(
        due_s
        for circuit in limits.circuits
        if circuit.meter is not None and (meter := state.branches.get(circuit.id)) is not None
        for _, due_s in meter.watch.doubts(meter.delay_s(circuit.meter), limits.meter_timeout_s)
    )
    return replace(state, memories=memories, said=said), Decision(
        limits=tuple(said.values()),
        commands=tuple(commands),
        state=balancing_state,
        headroom_a=headroom_a,
        check_again_s=check_again_s(evses, memories, limits.resume_delay_s, others_due_s, now_s),
        not_obeying=tuple(id_ for id_, memory in memories.items() if memory.obedience.disobedient),
        overrides={id_: o.limit_a for id_, memory in memories.items() if (o := memory.override).limit_a is not None},
        asked_there={id_: o.asked_a for id_, memory in memories.items() if (o := memory.override).asked_a is not None},
        pauses={id_: m.pauses.in_last_day(now_s) for id_, m in memories.items() if m.pauses.paused_s},
        car_lines={id_: lines for id_, memory in memories.items() if (lines := memory.car_lines.lines) is not None},
        asleep=tuple(id_ for id_, memory in memories.items() if memory.wake.asleep),
        circuits=circuits or {},
        rivals=tuple(id_ for id_, m in memories.items() if m.override.has_rival(now_s) or m.offered.has_rival(now_s)),
    )
