"""Without a meter to go by, every EVSE stands at its fallback."""

from collections.abc import Sequence
from dataclasses import replace

from .balancer_state import BalancerState
from .circuits.bounds import bounds_of
from .decide import decide
from .headroom.branches import within_now
from .last_word import LastWord
from .load import BalancingState, Decision, EvseLimit, EvseLoad, SiteLimits
from .meter.watch import MeterHealth
from .reasons import Reason, ReasonKey, amperes
from .sharing.apart import limit_of, not_controlled


def stand_still(
    state: BalancerState, limits: SiteLimits, evses: Sequence[EvseLoad], now_s: float, key: ReasonKey
) -> tuple[BalancerState, Decision]:
    """Leave every EVSE at its fallback."""
    timeout_s = state.watch.timeout_s(state.delay_s(limits), limits.meter_timeout_s)
    reason = Reason(key=key, placeholders={"timeout_s": amperes(timeout_s)})
    not_allowed = Reason(key=ReasonKey.NOT_ALLOWED)
    # Just after a start a meter is late rather than lost: no car is paused for that.
    expected = key is ReasonKey.METER_MISSING and now_s - state.watch.since_s <= timeout_s
    decided: list[EvseLimit] = []
    for evse in evses:
        memory = state.memories[evse.id]
        if not evse.controllable:
            decided.append(not_controlled(evse))
        elif not evse.allowed:
            decided.append(limit_of(evse, 0.0, not_allowed))
        else:
            # Who was paused for the fuse is not let go blindly at once.
            held = memory.is_held(limits.resume_delay_s, now_s)
            limit_a = 0.0 if held else evse.fallback_a
            if expected and evse.connected is not False and memory.standing_a >= evse.min_a:
                limit_a = max(limit_a, evse.min_a)
            # Who asked for less gets less, at the charger itself or by us.
            limit_a = min(limit_a, evse.wish_a)
            decided.append(limit_of(evse, limit_a, reason))
    off = key in {ReasonKey.BALANCING_OFF, ReasonKey.NO_METER}
    balancing_state = BalancingState.OFF if off else BalancingState.METER_LOST
    # A meter that only stood still and then answers to the fallback was right all the time.
    lasting = state.lasting if state.watch.health is MeterHealth.STILL else ()
    state = replace(
        state,
        house_a=None,
        loads=state.loads.blinded(),
        lasting=lasting,
        branch_rooms={},
        last_word=LastWord(),
    )
    # Who limits a circuit from outside does not wait for a meter.
    decided = within_now(evses, decided, limits, bounds_of(limits.circuits, limits.wiring.line_count, limits.wiring))
    return decide(state, limits, evses, decided, now_s, balancing_state, None)
