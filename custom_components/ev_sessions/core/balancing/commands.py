"""What has to be sent, and when to look again though nothing is reported."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf

from .evse.memory import EvseMemory
from .load import EvseLimit, EvseLoad

#: Somebody looks again at least so often, and at most.
_LOOK_AGAIN_S = 10.0
_LOOK_AGAIN_SOONEST_S = 0.5

#: Currents that differ by less are the same command.
_SAME_COMMAND_A = 0.05


def commands_for(
    evses: Sequence[EvseLoad],
    decided: Sequence[EvseLimit],
    memories: Mapping[str, EvseMemory],
    said: Mapping[str, EvseLimit],
    now_s: float,
    *,
    repeat: bool,
) -> tuple[dict[str, EvseMemory], dict[str, EvseLimit], list[EvseLimit]]:
    """Return the memories after this, the limits that hold, by EVSE, and those that have to be sent.

    A limit that holds for the same reason stays as it was `said`. `repeat` allows to send
    again what was not obeyed.
    """
    after = dict(memories)
    holding: dict[str, EvseLimit] = {}
    commands: list[EvseLimit] = []
    for evse, limit in zip(evses, decided, strict=True):
        id_, limit_a = evse.id, limit.limit_a
        memory = memories[id_]
        before = said.get(id_)
        if before is not None and before.limit_a == limit_a and before.reason.key is limit.reason.key:
            limit = before  # noqa: PLW2901 - the same limit
        holding[id_] = limit
        if limit_a is None or not evse.online:
            continue
        if memory.sent_a is None or abs(limit_a - memory.sent_a) > _SAME_COMMAND_A:
            commands.append(limit)
            after[id_] = _sent(memory, limit_a, evse, now_s)
        elif repeat and memory.repeat:
            commands.append(limit)
    return after, holding, commands


def _sent(memory: EvseMemory, limit_a: float, evse: EvseLoad, now_s: float) -> EvseMemory:
    """Return the memory after a new limit was sent."""
    drawn_a = memory.draw.newest_a
    lowered = drawn_a is not None and max(drawn_a) / evse.use.factor > limit_a
    turned = (limit_a > 0) is not (memory.standing_a > 0)
    paused = turned and limit_a <= 0
    return replace(
        memory,
        standing_a=limit_a,
        previous_a=memory.standing_a,
        sent_a=limit_a,
        sent_s=now_s,
        commands=memory.commands.sent(now_s),
        turn_since_s=now_s if turned else memory.turn_since_s,
        paused_s=now_s if paused else memory.paused_s,
        pauses=memory.pauses.paused(now_s) if paused else memory.pauses,
        obedience=memory.obedience.commanded(now_s, lowered=lowered),
        rests_until_s=-inf,
    )


def check_again_s(
    evses: Sequence[EvseLoad],
    memories: Mapping[str, EvseMemory],
    resume_delay_s: float,
    others_due_s: Iterable[float],
    now_s: float,
) -> float:
    """Return in how many seconds something falls due although nothing is reported."""
    soonest_s = now_s + _LOOK_AGAIN_S
    for due_s in others_due_s:
        if now_s < due_s < soonest_s:
            soonest_s = due_s
    for evse in evses:
        memory = memories[evse.id]
        if now_s < (due_s := memory.sent_s + memory.settle_s(evse)) < soonest_s:
            soonest_s = due_s
        if now_s < memory.obedience.due_s < soonest_s:
            soonest_s = memory.obedience.due_s
        if now_s < (due_s := memory.paused_s + memory.pauses.lasts_s(resume_delay_s)) < soonest_s:
            soonest_s = due_s
    # Taking `now_s` away again may leave a hair more than was added.
    return min(_LOOK_AGAIN_S, max(_LOOK_AGAIN_SOONEST_S, soonest_s - now_s))
