"""What somebody else allows a circuit, from what an entity of theirs says."""

from collections.abc import Sequence
from dataclasses import dataclass

from .dimming import DIMMED_W, SIMULTANEITY, Dimming, together_w
from .load import LimitNow


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

    `switches`: it is on or off, and says no figure.
    """

    switches: bool
    dimming: Dimming = Dimming.NONE
    value_a: float | None = None
    value_w: float | None = None
    factors: Sequence[float] = SIMULTANEITY


def outside_limit(outside: Outside, told: Told, devices: int, line_count: int) -> LimitNow | None:
    """Return what holds now, for the circuit or for each of its chargers; None without a limit.

    Who may be limiting right now, and was not heard of yet, limits.
    """
    if told.limit_a is not None or told.limit_w is not None:
        return _limit(outside, told.limit_a, told.limit_w, line_count)
    if told.on is False:
        return None
    if outside.value_a is not None or outside.value_w is not None:
        return _limit(outside, outside.value_a, outside.value_w, line_count)
    if not outside.switches or outside.dimming is Dimming.NONE:
        return None  # a number that never was there, and nobody said what holds then
    together = outside.dimming is Dimming.TOGETHER
    return _limit(outside, None, together_w(devices, outside.factors) if together else DIMMED_W, line_count)


def _limit(outside: Outside, limit_a: float | None, limit_w: float | None, line_count: int) -> LimitNow:
    return LimitNow(
        limit_a=None if limit_a is None else (max(0.0, limit_a),) * line_count,
        limit_w=None if limit_w is None else max(0.0, limit_w),
        # One management may give its chargers the house's own power on top (4.5.1).
        from_grid=outside.dimming is Dimming.TOGETHER,
    )
