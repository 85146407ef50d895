"""What really happened: nobody in the house can see it, and every test may ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

#: A fuse or breaker carries this multiple for an hour; above, time counts (IEC 60898-1).
CONVENTIONAL = 1.13


@dataclass(frozen=True, slots=True, kw_only=True)
class PlugEvent:
    """A car came or went, and what the charger's register truly was, in Wh."""

    at_s: float
    charger: str
    plugged: bool
    register_wh: float


@dataclass(slots=True)
class OverCurrent:
    """What flowed above the fuse, over all lines."""

    integral_as: float = 0.0
    above_conventional_s: float = 0.0
    longest_s: float = 0.0
    seconds: list[tuple[float, int, float]] = field(default_factory=list)
    _running_s: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])

    @property
    def running(self) -> bool:
        """Tell whether a line was above the fuse a moment ago."""
        return any(self._running_s)

    def add(self, currents_a: Sequence[float], fuse_a: float, now_s: float, dt_s: float) -> None:
        """Count what flows for `dt_s` from `now_s` on."""
        for line, current in enumerate(currents_a):
            if current <= fuse_a:
                self._running_s[line] = 0.0
                continue
            self.integral_as += (current - fuse_a) * dt_s
            self._running_s[line] += dt_s
            self.longest_s = max(self.longest_s, self._running_s[line])
            if current > CONVENTIONAL * fuse_a:
                self.above_conventional_s += dt_s
            self.seconds.append((now_s, line, current))


@dataclass(slots=True)
class Truth:
    """The log of a plant."""

    over: OverCurrent = field(default_factory=OverCurrent)
    plugs: list[PlugEvent] = field(default_factory=list)
