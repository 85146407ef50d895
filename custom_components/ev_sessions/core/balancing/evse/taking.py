"""What a car makes of what it is offered: how much of it."""

from dataclasses import dataclass
from math import ceil, inf

from ..circuits.circuit import LineUse

#: A car that takes less than it is offered for so long does so for good.
_SURE_S = 30.0
#: It takes less where this is missing: A, or a part of the limit.
LESS_A = 1.0
_LESS_PART = 0.1
#: It is offered more again after so long, and each time it does not take it, after twice as long.
_PROBE_AFTER_S = 300.0
_PROBE_AT_LEAST_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Taking:
    """How a car uses its limit since it was plugged in.

    `ceiling_a` is what it is offered at most while others want the rest: a step above what
    it took, `took_a`, so that a car that wants more can show it. As not every car does for a
    step, it is offered more now and then: from `probe_s` on, and next after `probe_after_s`.
    """

    ceiling_a: float = inf
    took_a: float = inf
    less_since_s: float = inf
    probe_s: float = inf
    probe_after_s: float = _PROBE_AFTER_S

    @property
    def dues_s(self) -> tuple[float, ...]:
        """When a look at the same draw may tell something else, in monotonic s."""
        return self.less_since_s + _SURE_S, self.probe_s

    def learn(
        self,
        drawn_a: tuple[float, ...],
        use: LineUse,
        limit_a: float,
        step_a: float,
        monotonic_s: float,
        *,
        settled: bool,
    ) -> Taking:
        """Return what is known after a look at the draw, over the site's lines."""
        took_a = max([drawn_a[line] for line in use.lines]) / use.factor
        ceiling_a, known_a, less_s = self.ceiling_a, self.took_a, self.less_since_s
        probe_s, probe_after_s = self.probe_s, self.probe_after_s
        if took_a > known_a + 0.5 * step_a:
            ceiling_a = known_a = probe_s = inf
            probe_after_s = _PROBE_AFTER_S
        elif monotonic_s >= probe_s:
            # It ends as it began: when the car leaves for a while what it is offered.
            ceiling_a = probe_s = less_s = inf
            probe_after_s = min(2 * probe_after_s, _PROBE_AT_LEAST_EVERY_S)
        missing_a = limit_a - took_a
        if not settled or missing_a <= max(LESS_A, step_a, _LESS_PART * limit_a):
            less_s = inf
        elif less_s == inf:
            less_s = monotonic_s
        elif monotonic_s - less_s >= _SURE_S:
            if ceiling_a == inf:
                probe_s = monotonic_s + probe_after_s
            ceiling_a, known_a = ceil(took_a / step_a + 1) * step_a, took_a
        if (ceiling_a, known_a, less_s) == (self.ceiling_a, self.took_a, self.less_since_s):
            return self
        return Taking(ceiling_a, known_a, less_s, probe_s, probe_after_s)
