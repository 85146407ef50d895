"""Who shares in the room, in the order of admission, and what each may do now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf
from operator import attrgetter

from ..circuits.bounds import Bounds
from ..evse.memory import EvseMemory
from ..headroom.base_load import Look
from ..load import EvseLoad, SiteLimits
from .allotment import Contender
from .fair_share import NEARLY, Claim, down_to_step
from .laxity import Pace
from .turns import Order, Standing, holds_until_s, turn_order

#: A meter of this period is slower than a car that starts.
_SLOW_PERIOD_S = 5.0
#: Before all priorities: what a person set at the charger itself has the last word.
_FIRST = -1_000_000


#: What a contender is made of. Most looks at an EVSE tell of its draw only, which is none of it.
_asks = attrgetter(
    *("use", "min_a", "max_a", "wish_a", "step_a", "weight", "circuit_id"),
    *("wants", "priority", "left_s", "lag_s", "has_rival"),
)
_stands = attrgetter(
    *("standing_a", "sent_a", "sent_s", "turn_since_s", "paused_s", "pauses"),
    *("taking.ceiling_a", "offered.less_a", "override.asked_a", "obedience.lag_s", "ignoring.takes_a"),
)


@dataclass(slots=True)
class _Kept:
    """What of a contender stays as it is while nothing new is known of its EVSE, at most `until_s`.

    It has followed its last command by `settled_s`, and is held in a pause until `held_until_s`.
    """

    evse: EvseLoad
    memory: EvseMemory
    pace: Pace | None
    made_of: tuple[object, object]
    until_s: float
    contender: Contender
    factor: float
    settled_s: float
    held_until_s: float
    may_begin: bool
    order: Order

    def holds(self, evse: EvseLoad, memory: EvseMemory, pace: Pace | None) -> bool:
        """Tell whether it is the same with what is known now, and take that in where it is."""
        if self.pace is not pace or self.made_of != (_asks(evse), _stands(memory)):
            return False
        self.evse, self.memory = evse, memory
        return True


@dataclass(frozen=True, slots=True)
class Entries:
    """What is kept of the contenders from one decision to the next, by EVSE; it holds with these limits only.

    `contenders` are the same in the order of admission.
    """

    bounds: Bounds | None = None
    turn_s: float = 0.0
    resume_delay_s: float = 0.0
    by_id: Mapping[str, _Kept] = field(default_factory=dict)
    contenders: Sequence[Contender] = ()


NO_ENTRIES = Entries()


def contenders_of(
    evses: Sequence[EvseLoad],
    memories: Mapping[str, EvseMemory],
    paces: Mapping[str, Pace],
    limits: SiteLimits,
    bounds: Bounds,
    seen: Look,
    before: Entries,
    now_s: float,
    *,
    fresh: bool,
    period_s: float,
) -> tuple[Sequence[Contender], Entries]:
    """Return those that share, in the order of admission, and what may be kept of them for the next decision.

    The meter was just reported where it is `fresh`, and is every `period_s`.
    """
    if (before.bounds, before.turn_s, before.resume_delay_s) != (bounds, limits.turn_s, limits.resume_delay_s):
        before = NO_ENTRIES
    by_id, drawn = before.by_id, seen.drawn
    begins_small = period_s >= _SLOW_PERIOD_S
    entries: dict[str, _Kept] = {}
    renewed = len(evses) != len(by_id)
    for evse in evses:
        id_ = evse.id
        memory = memories[id_]
        pace = paces.get(id_) if paces and evse.wants else None
        kept = by_id.get(id_)
        same = kept is not None and kept.memory is memory and kept.evse is evse and kept.pace is pace
        if kept is None or now_s >= kept.until_s or not (same or kept.holds(evse, memory, pace)):
            kept = _keep(evse, memory, pace, limits, bounds, now_s)
            renewed = True
        entries[id_] = kept
        # The same object as before: what was is of no use any more.
        contender = kept.contender
        settled = now_s >= kept.settled_s
        paused = now_s < kept.held_until_s
        contender.committed_a = max(drawn[id_][1]) / kept.factor
        contender.may_join = not paused
        # A raise waits for the next report where one is about to come.
        contender.may_rise = settled and not paused and fresh
        contender.may_lower = settled
        # A slow meter cannot tell a car's start from a step of the house.
        contender.begins_small = begins_small
        contender.may_begin = kept.may_begin and not paused
    contenders = before.contenders
    if renewed:
        contenders = [kept.contender for kept in sorted(entries.values(), key=attrgetter("order"))]
    return contenders, Entries(bounds, limits.turn_s, limits.resume_delay_s, entries, contenders)


def _keep(
    evse: EvseLoad, memory: EvseMemory, pace: Pace | None, limits: SiteLimits, bounds: Bounds, now_s: float
) -> _Kept:
    """Return what holds of a contender until something new is known."""
    use, wants, standing_a = evse.use, evse.wants, memory.standing_a
    most_a = min(evse.max_a, evse.wish_a)
    # Who takes what he likes is let in with that, or not at all.
    min_a = least_a(evse, memory)
    full_a = most_a if wants else min_a
    # Where another controller sets it as well, what that one leaves is enough for it.
    ceiling_a = min(memory.taking.ceiling_a, memory.offered.ceiling_a(evse.step_a) if evse.has_rival else inf)
    claim = Claim(
        id=evse.id,
        min_a=min_a,
        max_a=max(min_a, min(full_a, ceiling_a)),
        step_a=evse.step_a,
        weight=evse.weight,
        loads=bounds.loads(evse.circuit_id, use.lines, use.factor),
    )
    asked_a = memory.override.asked_a if wants else None
    standing = Standing(
        evse_id=evse.id,
        rank=_FIRST if asked_a is not None else -evse.priority if wants else 0,
        on=standing_a > 0,
        since_s=memory.turn_since_s,
        laxity_s=None if pace is None else pace.laxity_s,
        left_s=None if pace is None else evse.left_s,
    )
    charges = standing_a >= evse.min_a
    contender = Contender(
        claim,
        full_a=down_to_step(claim, full_a),
        # Below its least a charger gives nothing, and what it may at most can have become less since it was told:
        # by itself, by its owner, or as a meter was lost. That waits for no car that still follows.
        current_a=max(min_a, min(standing_a, down_to_step(claim, max(min_a, most_a)))) if charges else 0.0,
        committed_a=0.0,
        may_join=False,
        may_rise=False,
        may_lower=False,
        begins_small=False,
        may_begin=False,
        pace_a=max(0.0 if pace is None else pace.current_a, asked_a or 0.0),
    )
    return _Kept(
        evse,
        memory,
        pace,
        (_asks(evse), _stands(memory)),
        holds_until_s(standing, turn_s=limits.turn_s, now_s=now_s),
        contender,
        use.factor,
        memory.sent_s + memory.settle_s(evse),
        -inf if standing_a > 0 else memory.paused_s + memory.pauses.lasts_s(limits.resume_delay_s),
        memory.sent_a is None,
        turn_order(standing, turn_s=limits.turn_s, now_s=now_s),
    )


def least_a(evse: EvseLoad, memory: EvseMemory) -> float:
    """Return the least that an EVSE charges with, in its steps: what it takes whatever it is told, else its minimum."""
    takes_a = min(memory.ignoring.takes_a, evse.max_a)
    if takes_a <= evse.min_a:
        return evse.min_a
    steps = ceil((takes_a - evse.min_a) / evse.step_a - NEARLY)
    return min(evse.max_a, evse.min_a + steps * evse.step_a)


def within_wish_a(evse: EvseLoad, granted_a: float) -> float:
    """Return what an EVSE is told where more is kept free for it than its owner wants it to take."""
    if granted_a <= evse.wish_a + NEARLY:
        return granted_a
    return evse.min_a + floor((evse.wish_a - evse.min_a) / evse.step_a + NEARLY) * evse.step_a
