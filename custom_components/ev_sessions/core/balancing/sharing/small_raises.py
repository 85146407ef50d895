"""Commands are few: a raise by a step or two waits until the last command is a while old."""

from collections.abc import Mapping, Sequence

from ..evse.memory import EvseMemory
from .allotment import Contender

#: What one step more would have charged in that time is hardly anything.
_WAITS_S = 60.0
_SMALL_STEPS = 2


def without_small_raises(
    contenders: Sequence[Contender], granted: Mapping[str, float], memories: Mapping[str, EvseMemory], now_s: float
) -> dict[str, float]:
    """Return the limits without the raises that are not worth a command yet."""
    limits = dict(granted)
    for contender in contenders:
        claim, now_a = contender.claim, contender.current_a
        raised_a = limits[claim.id] - now_a
        small = now_a > 0 and 0 < raised_a < (_SMALL_STEPS + 0.5) * claim.step_a
        if small and now_s - memories[claim.id].sent_s < _WAITS_S:
            limits[claim.id] = now_a
    return limits
