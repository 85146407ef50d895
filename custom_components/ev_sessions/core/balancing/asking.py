"""A meter that stands still is asked whether it lives: a car takes less, and a meter that lives shows that.

A quiet house behind a coarse meter shows the same for minutes. To be given up for that would bring all cars to their
fallback, again and again; a step less of one car is as good a question. Of a meter that nobody knows, and that stands
still for longer than was ever seen of it, more is asked sooner: so much less that one which does not show it is frozen.
"""

from collections.abc import Mapping, Sequence
from math import floor, inf

from .circuits.circuit import LineUse
from .evse.memory import EvseMemory
from .meter.watch import FROZEN_DRAW_A, MeterWatch
from .sharing.allotment import Contender
from .sharing.fair_share import NEARLY, Claim, down_to_step

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
    """Return the limits, and the EVSE that takes less so that the meter can show that it lives, if any does.

    `owner_s` is the owner's own time-out. Whatever else has changed since it was time to ask is as good a question.
    """
    late_s = watch.ask_from_s(delay_s, owner_s, _FOLLOWED_S)
    if now_s >= late_s:
        return _asked(contenders, granted, memories, late_s, early=False)
    early_s = watch.ask_early_from_s(delay_s, owner_s, _FOLLOWED_S)
    # What a meter does not show tells nothing where it last moved as our cars did.
    span_s = watch.moved_s - delay_s, watch.moved_s
    if now_s < early_s or any(memories[one.claim.id].draw.moved(*span_s) for one in contenders):
        return granted, None
    answered_s = _FOLLOWED_S + watch.answer_s(delay_s)
    for one in contenders:
        id_ = one.claim.id
        if early_s <= memories[id_].sent_s > now_s - answered_s and granted[id_] > one.current_a:
            # Nothing is taken back before the meter had the time to answer.
            return {**granted, id_: one.current_a}, id_
    return _asked(contenders, granted, memories, early_s, early=True)


def _asked(
    contenders: Sequence[Contender],
    granted: dict[str, float],
    memories: Mapping[str, EvseMemory],
    ask_s: float,
    *,
    early: bool,
) -> tuple[dict[str, float], str | None]:
    """Return the limits with the question of who takes most, unless something has changed since `ask_s`."""
    if any(memories[one.claim.id].sent_s >= ask_s or granted[one.claim.id] != one.current_a for one in contenders):
        return granted, None
    asked, asked_a, most_a = None, 0.0, -inf
    for one in contenders:
        claim = one.claim
        # Who takes less than it may would not go down by it.
        takes_a = down_to_step(claim, min(one.current_a, one.committed_a))
        less_a = _much_less_a(claim, takes_a, memories[claim.id].known.use) if early else takes_a - claim.step_a
        if one.current_a > 0 and less_a >= claim.min_a - NEARLY and takes_a > most_a:
            asked, asked_a, most_a = claim.id, less_a, takes_a
    return (granted, None) if asked is None else ({**granted, asked: asked_a}, asked)


def _much_less_a(claim: Claim, takes_a: float, use: LineUse) -> float:
    """Return so much less than a car takes that a meter which does not show it is frozen; below 0 where it cannot."""
    steps = floor(FROZEN_DRAW_A / claim.step_a) + 1  # enough on each of its lines by itself
    less_a = max(claim.min_a, takes_a - steps * claim.step_a)
    return less_a if (takes_a - less_a) * use.factor * len(use.lines) > FROZEN_DRAW_A else -inf
