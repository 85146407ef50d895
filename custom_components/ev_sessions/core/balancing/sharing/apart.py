"""EVSEs that take no part in the sharing: what they stand at, and what is reserved for them."""

from collections.abc import Sequence, Set as AbstractSet
from math import floor, inf

from ..circuits.bounds import BoundKind, Bounds
from ..evse.draw import PerLine, greatest
from ..evse.memory import EvseMemory, set_there
from ..load import EvseLimit, EvseLoad
from ..reasons import Reason, ReasonKey, amperes
from .fair_share import NEARLY

#: An EVSE draws where it draws more than this.
_DRAWS_A = 0.5

_NOT_CONTROLLED = Reason(key=ReasonKey.NOT_CONTROLLED)


def limit_of(evse: EvseLoad, limit_a: float, reason: Reason) -> EvseLimit:
    """Return a limit that is 0 or from the EVSE's minimum to its maximum, never in between."""
    limit_a = min(limit_a, evse.max_a)
    return EvseLimit(evse_id=evse.id, limit_a=limit_a if limit_a >= evse.min_a else 0.0, reason=reason)


def not_controlled(evse: EvseLoad) -> EvseLimit:
    """Return the answer for an EVSE that is only counted."""
    return EvseLimit(evse_id=evse.id, limit_a=None, reason=_NOT_CONTROLLED)


def why_apart(evse: EvseLoad, memory: EvseMemory) -> ReasonKey | None:
    """Return why an EVSE does not share, the first that holds; None where it does."""
    key: ReasonKey | None = None
    if not evse.controllable:
        key = ReasonKey.NOT_CONTROLLED
    elif not evse.allowed:
        key = ReasonKey.NOT_ALLOWED
    elif not evse.balancing_on:
        key = ReasonKey.CHARGER_BALANCING_OFF
    elif not evse.online:
        key = ReasonKey.OFFLINE
    elif evse.connected is False:
        key = ReasonKey.NO_CAR
    elif memory.obedience.unruly:
        key = ReasonKey.NOT_OBEYING
    elif evse.wish_a < evse.min_a:
        key = ReasonKey.OWNER_LIMIT
    elif memory.wake.nudging:
        key = ReasonKey.WAKING
    return key


def apart(
    evse: EvseLoad,
    memory: EvseMemory,
    said: EvseLimit | None,
    key: ReasonKey,
    drawn_a: PerLine,
    full_lines: AbstractSet[int],
    within_a: float,
) -> tuple[EvseLimit, PerLine]:
    """Return limit and reserve of an EVSE that does not share, because of `key`.

    `said` is the limit that holds. `drawn_a` is the most that it may be drawing, over the site's lines;
    `full_lines` are those that carry more than they should, and `within_a` is what its circuits carry at most.
    """
    if key is ReasonKey.NOT_CONTROLLED:
        # On the root the meter counts it; the reserve is for the circuits below.
        # In a house of many that are only counted, it is the same all the time.
        limit = said if said is not None and said.reason is _NOT_CONTROLLED else not_controlled(evse)
        return limit, drawn_a if memory.draw.samples else _whole(evse, drawn_a)
    limit_a, reserve_a = evse.fallback_a, drawn_a
    placeholders: dict[str, str] = {}
    if key in {ReasonKey.NOT_ALLOWED, ReasonKey.OWNER_LIMIT, ReasonKey.WAKING}:
        limit_a = 0.0
    elif key is ReasonKey.CHARGER_BALANCING_OFF and evse.connected is not False:
        reserve_a = greatest(drawn_a, evse.use.per_line(limit_a, len(drawn_a)))
    elif key is ReasonKey.OFFLINE and (not memory.draw.samples or max(drawn_a) > _DRAWS_A):
        # After a reboot that nobody sees it may take all that it can.
        reserve_a = _whole(evse, drawn_a)
    elif key is ReasonKey.NO_CAR and _draws_over(evse, memory, said, full_lines):
        limit_a = 0.0
    elif key is ReasonKey.NOT_OBEYING:
        # What it may have at most can have become less since it was told, by its owner, from outside, or with a meter
        # that was lost.
        limit_a = 0.0 if full_lines & set(evse.use.lines) else min(memory.standing_a, evse.wish_a, within_a)
        if not memory.draw.samples:
            reserve_a = _whole(evse, drawn_a)
        placeholders["drawn_a"] = amperes(max(reserve_a) / evse.use.factor)
    reason = Reason(key=key, placeholders=placeholders)
    if key is ReasonKey.OWNER_LIMIT:
        reason = set_there(evse, memory) or reason
    return limit_of(evse, limit_a, reason), reserve_a


def within_circuits_a(evse: EvseLoad, bounds: Bounds, limit: Sequence[float]) -> float:
    """Return the most that the circuits above an EVSE carry for it alone, in A on a line and whole steps.

    `limit` is that of each bound now. What flows on the root's lines is measured, and counts there.
    """
    loads = bounds.loads(evse.circuit_id, evse.use.lines, evse.use.factor)
    most_a = min(
        (
            limit[bound] / factor
            for bound, factor in loads
            if bound >= bounds.line_count and bounds.across_of(bound).kind is not BoundKind.UNBALANCE
        ),
        default=inf,
    )
    return most_a if most_a == inf else floor(most_a / evse.step_a + NEARLY) * evse.step_a


def _draws_over(evse: EvseLoad, memory: EvseMemory, said: EvseLimit | None, full_lines: AbstractSet[int]) -> bool:
    """Tell whether a car that is said not to be there draws from a line that carries too much.

    What was stopped for that stays so until something else is said of the car: it would begin anew.
    """
    if said is None or said.reason.key is not ReasonKey.NO_CAR:
        return False
    if said.limit_a == 0.0:
        return True
    newest_a = memory.draw.newest_a
    if newest_a is None or memory.draw.sampled_s <= memory.sent_s + memory.settle_s(evse):
        return False  # what it drew before it left
    return any(newest_a[line] > _DRAWS_A for line in full_lines & set(evse.use.lines))


def _whole(evse: EvseLoad, like: PerLine) -> PerLine:
    """Return the EVSE's maximum over the site's lines."""
    return evse.use.per_line(evse.max_a, len(like))
