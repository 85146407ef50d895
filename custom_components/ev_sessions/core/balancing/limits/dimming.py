"""Dimming by the grid operator, as Germany's §14a EnWG has it (BNetzA BK6-22-300, annex 1).

Each controllable device is left at least 4.2 kW from the grid. Where one management steers
several, they are left 4.2 kW x (1 + (n - 1) x simultaneity factor) together (4.5.2): not
chargers alone, but heat pumps, cooling and batteries too. Heat pumps or cooling of more than
11 kW are left 40 % of their power in place of the first 4.2 kW.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ...moment import Now

#: What a device is left.
DIMMED_W = 4200.0

#: What heat pumps or cooling of more than `LARGE_W` are left of their power.
LARGE_PART = 0.4
LARGE_W = 11_000.0

#: The simultaneity factors of 2, 3, … 9 and more devices.
SIMULTANEITY = (0.80, 0.75, 0.70, 0.65, 0.60, 0.55, 0.50, 0.45)


class Dimming(StrEnum):
    """What it means that a circuit is dimmed."""

    NONE = "none"  # its limit is what the entity says
    EACH = "each"  # each charger on it is left so much
    TOGETHER = "together"  # all chargers on it are left so much together, by the formula


def together_w(devices: int, factors: Sequence[float] = SIMULTANEITY, *, large_w: float = 0.0) -> float:
    """Return what so many devices under one management are left together, in W.

    `large_w` is the power of the heat pumps, or of the cooling, of more than 11 kW among them.
    """
    if devices <= 0:
        return 0.0
    first_w = max(DIMMED_W, LARGE_PART * large_w if large_w > LARGE_W else 0.0)
    if devices == 1:
        return first_w
    return first_w + DIMMED_W * (devices - 1) * factors[min(devices - 2, len(factors) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiting:
    """A time in which somebody else limited a circuit: from when, to what, and what came of it.

    `limit_w` or `limit_a` is the least that it was limited to. `before_w` is what the circuit
    carried just before, `greatest_w` the most and `mean_w` the mean from `settled` on, when
    the chargers had had time to follow.
    """

    start: datetime
    start_s: float
    limit_w: float | None
    limit_a: float | None
    before_w: float | None
    greatest_w: float | None = None
    energy_ws: float = 0.0
    measured_s: float = 0.0
    last_w: float | None = None
    last_s: float

    @property
    def mean_w(self) -> float | None:
        """The mean power while it was limited; None where nothing told."""
        return self.energy_ws / self.measured_s if self.measured_s > 0 else self.last_w


#: So long a charger may take to follow, before what it draws counts as the effect.
SETTLED_S = 60.0


def follow(
    before: Limiting | None,
    limit_w: float | None,
    limit_a: float | None,
    load_w: float | None,
    now: Now,
) -> tuple[Limiting | None, Limiting | None]:
    """Return the limiting that holds now, and the one that has just ended; each None where there is none.

    `limit_w` and `limit_a` are what somebody limits the circuit to, both None while nobody does.
    """
    if limit_w is None and limit_a is None:
        return None, None if before is None else _measured(before, load_w, now)
    if before is None:
        begun = Limiting(
            start=now.utc,
            start_s=now.monotonic_s,
            limit_w=limit_w,
            limit_a=limit_a,
            before_w=load_w,
            last_s=now.monotonic_s,
        )
        return begun, None
    least_w, least_a = _least(before.limit_w, limit_w), _least(before.limit_a, limit_a)
    return replace(_measured(before, load_w, now), limit_w=least_w, limit_a=least_a), None


def _measured(limiting: Limiting, load_w: float | None, now: Now) -> Limiting:
    """Return the limiting with what was drawn since the last look."""
    passed_s = now.monotonic_s - limiting.last_s
    last_w = limiting.last_w
    if last_w is not None:
        limiting = replace(
            limiting,
            energy_ws=limiting.energy_ws + last_w * passed_s,
            measured_s=limiting.measured_s + passed_s,
        )
    greatest_w = limiting.greatest_w
    if load_w is not None and now.monotonic_s >= limiting.start_s + SETTLED_S:
        greatest_w = load_w if greatest_w is None else max(greatest_w, load_w)
    return replace(limiting, last_w=load_w, last_s=now.monotonic_s, greatest_w=greatest_w)


def _least(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, other)
