"""From the limits that hold to the commands that have to be sent now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from .balancer_state import BalancerState
from .commands import check_again_s, commands_for
from .evse.memory import EvseMemory
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
        circuits=circuits or {},
        **_told_of(memories, now_s),
    )


class _Told(TypedDict):
    """What a decision tells of the EVSEs beside their limits, as `Decision` has it."""

    not_obeying: tuple[str, ...]
    overrides: dict[str, float]
    asked_there: dict[str, float]
    pauses: dict[str, int]
    car_lines: dict[str, tuple[int, ...]]
    asleep: tuple[str, ...]
    rivals: tuple[str, ...]


def _told_of(memories: Mapping[str, EvseMemory], now_s: float) -> _Told:
    """Return what is told of the EVSEs. They are gone through once: there may be very many."""
    not_obeying: list[str] = []
    asleep: list[str] = []
    rivals: list[str] = []
    overrides: dict[str, float] = {}
    asked_there: dict[str, float] = {}
    pauses: dict[str, int] = {}
    car_lines: dict[str, tuple[int, ...]] = {}
    for id_, memory in memories.items():
        override, lines = memory.override, memory.car_lines.lines
        if memory.obedience.disobedient or memory.ignoring.takes_a:
            not_obeying.append(id_)
        if override.limit_a is not None:
            overrides[id_] = override.limit_a
        if override.asked_a is not None:
            asked_there[id_] = override.asked_a
        if memory.pauses.paused_s:
            pauses[id_] = memory.pauses.in_last_day(now_s)
        if lines is not None:
            car_lines[id_] = lines
        if memory.wake.asleep:
            asleep.append(id_)
        if override.has_rival(now_s) or memory.offered.has_rival(now_s):
            rivals.append(id_)
    return {
        "not_obeying": tuple(not_obeying),
        "overrides": overrides,
        "asked_there": asked_there,
        "pauses": pauses,
        "car_lines": car_lines,
        "asleep": tuple(asleep),
        "rivals": tuple(rivals),
    }
