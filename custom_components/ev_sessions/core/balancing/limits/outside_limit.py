"""What somebody else allows a circuit, from what an entity of theirs says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..load import LimitNow
from .dimming import DIMMED_W, SIMULTANEITY, Dimming, together_w

#: No one allows a circuit so many times what it carries.
_BELIEVED_TIMES = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the entity last said: that it limits or not, or how much it allows in A per line or in W.

    All None: nothing was ever heard of it.
    """

    on: bool | None = None
    limit_a: float | None = None
    limit_w: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How an entity is understood. `value_a` or `value_w` holds while it is on, and while nothing was ever heard.

    `switches`: it is on or off, and says no figure. `others` is how many devices beside the
    chargers are dimmed together with them, and `large_w` the power of those of them that are
    left a part of it, as heat pumps of more than 11 kW.
    """

    switches: bool
    dimming: Dimming = Dimming.NONE
    value_a: float | None = None
    value_w: float | None = None
    factors: Sequence[float] = SIMULTANEITY
    others: int = 0
    large_w: float = 0.0


def outside_limit(
    outside: Outside, told: Told, devices: int, line_count: int, *, others_w: float = 0.0
) -> LimitNow | None:
    """Return what holds now, for the circuit or for each of its chargers; None without a limit.

    `devices` are the chargers, and `others_w` is what the other devices draw that are dimmed
    together with them: it is taken from what all are left. Who may be limiting right now, and
    was not heard of yet, limits.
    """
    taken_w = max(0.0, others_w) if outside.dimming is Dimming.TOGETHER else 0.0
    if told.limit_a is not None or told.limit_w is not None:
        return _limit(outside, told.limit_a, None if told.limit_w is None else told.limit_w - taken_w, line_count)
    if told.on is False:
        return None
    if outside.value_a is not None or outside.value_w is not None:
        limit_w = None if outside.value_w is None else outside.value_w - taken_w
        return _limit(outside, outside.value_a, limit_w, line_count)
    if not outside.switches or outside.dimming is Dimming.NONE:
        return None  # a number that never was there, and nobody said what holds then
    limit_w = DIMMED_W
    if outside.dimming is Dimming.TOGETHER:
        limit_w = together_w(devices + outside.others, outside.factors, large_w=outside.large_w) - taken_w
    return _limit(outside, None, limit_w, line_count)


def believable(told: Told, carries_a: Sequence[float], voltage_v: float) -> bool:
    """Tell whether what was told may be a limit of a circuit whose lines carry so much.

    What is far beyond that is in another unit, or a device's word for "nothing known".
    """
    if told.limit_a is not None and told.limit_a > _BELIEVED_TIMES * max(carries_a):
        return False
    return told.limit_w is None or told.limit_w <= _BELIEVED_TIMES * sum(carries_a) * voltage_v


def stricter(one: LimitNow | None, other: LimitNow) -> LimitNow:
    """Return what holds where two limit the same circuit."""
    if one is None:
        return other
    limit_a = one.limit_a if other.limit_a is None else other.limit_a
    if one.limit_a is not None and other.limit_a is not None:
        limit_a = tuple(map(min, one.limit_a, other.limit_a, strict=True))
    limit_w = min((watts for watts in (one.limit_w, other.limit_w) if watts is not None), default=None)
    cars_w = min((watts for watts in (one.cars_w, other.cars_w) if watts is not None), default=None)
    return replace(one, limit_a=limit_a, limit_w=limit_w, cars_w=cars_w, from_grid=one.from_grid or other.from_grid)


def _limit(outside: Outside, limit_a: float | None, limit_w: float | None, line_count: int) -> LimitNow:
    return LimitNow(
        limit_a=None if limit_a is None else (max(0.0, limit_a),) * line_count,
        limit_w=None if limit_w is None else max(0.0, limit_w),
        # One management may give its chargers the house's own power on top (4.5.1).
        from_grid=outside.dimming is Dimming.TOGETHER,
    )
