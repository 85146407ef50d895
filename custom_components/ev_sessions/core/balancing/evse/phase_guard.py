"""How often the phases of an EVSE may be switched: contactors wear, and cars take a switch for a fault."""

from collections.abc import Iterable
from dataclasses import dataclass

#: Between two switches there are at least so many seconds.
LEAST_BETWEEN_S = 60.0
#: In any hour there are at most so many.
MOST_PER_HOUR = 6
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class PhaseGuard:
    """When the phases were last switched, in monotonic seconds, the newest last."""

    switched_s: tuple[float, ...] = ()

    def wait_s(self, now_s: float) -> float:
        """Return how long the next switch has to wait; 0 where it may be now."""
        if not self.switched_s:
            return 0.0
        due_s = self.switched_s[-1] + LEAST_BETWEEN_S
        if len(self.switched_s) == MOST_PER_HOUR:
            due_s = max(due_s, self.switched_s[0] + _HOUR_S)
        return max(0.0, due_s - now_s)

    @classmethod
    def restored(cls, ago_s: Iterable[float], now_s: float) -> PhaseGuard:
        """Return the guard of a charger whose phases were last switched so many seconds ago."""
        return cls(tuple(sorted(now_s - max(0.0, one_s) for one_s in ago_s)[-MOST_PER_HOUR:]))

    def switched(self, now_s: float) -> PhaseGuard:
        """Return the guard after a switch."""
        return PhaseGuard((*self.switched_s, now_s)[-MOST_PER_HOUR:])
