"""A meter that stands still is asked whether it lives: a car takes a step less, and a meter that lives shows that.

A quiet house behind a coarse meter shows the same for minutes. To be given up for that would bring all cars to their
fallback, again and again; a step less of one car is as good a question.
"""

from collections.abc import Mapping, Sequence
from math import inf

from .allotment import Contender
from .evse_memory import EvseMemory
from .fair_share import NEARLY, down_to_step
from .meter_watch import MeterWatch

#: A car has followed after so long: the command, 5 s (IEC 61851-1), and its way down.
_FOLLOWED_S = 8.0


def with_question(
    contenders: Sequence[Contender],
    granted: dict[str, float],
    memories: Mapping[str, EvseMemory],
    watch: MeterWatch,
    now_s: float,
    *,
    delay_s: float,
    owner_s: float | None,
) -> tuple[dict[str, float], str | None]:
    """Return the limits, and the EVSE that takes a step less so that the meter can show that it lives, if any does.

    `owner_s` is the owner's own time-out. Whatever else has changed since it was time to ask is as good a question.
    """
    ask_s = watch.ask_from_s(delay_s, owner_s, _FOLLOWED_S)
    if now_s < ask_s or any(
        memories[one.claim.id].sent_s >= ask_s or granted[one.claim.id] != one.current_a for one in contenders
    ):
        return granted, None
    asked, most_a = None, -inf
    for one in contenders:
        # Who takes less than it may would not go down by it.
        less_a = down_to_step(one.claim, min(one.current_a, one.committed_a)) - one.claim.step_a
        if one.current_a > 0 and less_a >= one.claim.min_a - NEARLY and less_a > most_a:
            asked, most_a = one.claim.id, less_a
    return (granted, None) if asked is None else ({**granted, asked: most_a}, asked)
