"""Commands are few: a raise waits until what it brings is worth one, and the more there are, the longer."""

from collections.abc import Mapping, Sequence

from ..evse.memory import EvseMemory
from .allotment import Contender

#: A raise by an ampere or two, or by a step or two, waits until the last command is so old: what it would have charged
#: is hardly anything.
_WAITS_S = 60.0
_SMALL = 2.5
#: So many commands an hour are few. For each more, a raise is to bring so much: at thirty one by 1 A waits until the
#: last command is 150 s old, one by 10 A for a tenth of that.
_FEW_PER_HOUR = 20.0
_WORTH_A_S = 15.0


def without_small_raises(
    contenders: Sequence[Contender], granted: Mapping[str, float], memories: Mapping[str, EvseMemory], now_s: float
) -> dict[str, float]:
    """Return the limits without the raises that are not worth a command yet."""
    limits = dict(granted)
    for contender in contenders:
        claim, now_a = contender.claim, contender.current_a
        raised_a = limits[claim.id] - now_a
        if now_a <= 0 or raised_a <= 0:
            continue
        memory = memories[claim.id]
        waits_s = _WAITS_S if raised_a < _SMALL * max(1.0, claim.step_a) else 0.0
        worth_a_s = _WORTH_A_S * (memory.commands.per_hour(now_s) - _FEW_PER_HOUR)
        if now_s - memory.sent_s < max(waits_s, worth_a_s / raised_a):
            limits[claim.id] = now_a
    return limits
