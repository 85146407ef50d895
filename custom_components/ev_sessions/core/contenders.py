"""Who shares in the room, in the order of admission, and what each may do now."""

from collections.abc import Sequence

from .allotment import Contender
from .balancer_state import BalancerState
from .base_load import Look
from .bounds import Bounds
from .fair_share import Claim, down_to_step
from .load import EvseLoad, SiteLimits
from .turns import Order, Standing, turn_order

#: A meter of this period is slower than a car that starts.
_SLOW_PERIOD_S = 5.0


def contenders_of(
    evses: Sequence[EvseLoad],
    state: BalancerState,
    limits: SiteLimits,
    bounds: Bounds,
    seen: Look,
    now_s: float,
) -> list[Contender]:
    """Return those that share, in the order of admission."""
    keyed: list[tuple[Order, Contender]] = []
    memories, paces, drawn = state.memories, state.pacing.paces, seen.drawn
    fresh, begins_small = state.watch.fresh, state.watch.period_s >= _SLOW_PERIOD_S
    for evse in evses:
        memory = memories[evse.id]
        use, min_a, wants = evse.use, evse.min_a, evse.wants
        full_a = min(evse.max_a, evse.wish_a) if wants else min_a
        claim = Claim(
            id=evse.id,
            min_a=min_a,
            max_a=max(min_a, min(full_a, memory.taking.ceiling_a)),
            step_a=evse.step_a,
            weight=evse.weight,
            loads=bounds.loads(evse.circuit_id, use.lines, use.factor),
        )
        pace = paces.get(evse.id) if wants else None
        standing_a = memory.standing_a
        settled = now_s - memory.sent_s >= memory.settle_s(evse)
        paused = memory.is_held(limits.resume_delay_s, now_s)
        contender = Contender(
            claim=claim,
            full_a=down_to_step(claim, full_a),
            # Below its least a charger gives nothing.
            current_a=standing_a if standing_a >= min_a else 0.0,
            committed_a=max(drawn[evse.id][1]) / use.factor,
            may_join=not paused,
            # A raise waits for the next report where one is about to come.
            may_rise=settled and not paused and fresh,
            may_lower=settled,
            # A slow meter cannot tell a car's start from a step of the house.
            begins_small=begins_small,
            may_begin=memory.sent_a is None and not paused,
            pace_a=0.0 if pace is None else pace.current_a,
        )
        standing = Standing(
            evse_id=evse.id,
            rank=-evse.priority if wants else 0,
            on=standing_a > 0,
            since_s=memory.turn_since_s,
            laxity_s=None if pace is None else pace.laxity_s,
            left_s=None if pace is None else evse.left_s,
        )
        keyed.append((turn_order(standing, turn_s=limits.turn_s, now_s=now_s), contender))
    keyed.sort(key=_by_key)
    return [contender for _, contender in keyed]


def _by_key(keyed: tuple[Order, Contender]) -> Order:
    return keyed[0]
