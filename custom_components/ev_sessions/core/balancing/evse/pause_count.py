"""How often an EVSE was paused in the last day: contactors wear, and some cars give up after too many pauses.

A pause for the fuse is never put off. What bounds the count is how long it lasts: after many
pauses in a day each is a long one.
"""

from dataclasses import dataclass

_DAY_S = 86_400.0
#: So many a day are as short as they may be; taking turns of a quarter hour all day fits in.
MANY = 60
#: Each further one lasts so long. In any day there are at most `MANY` and one per this.
LONG_S = 1800.0
MOST_PER_DAY = MANY + int(_DAY_S / LONG_S)


@dataclass(frozen=True, slots=True)
class PauseCount:
    """When the EVSE was paused in the last day, in monotonic s, the newest last."""

    paused_s: tuple[float, ...] = ()

    def paused(self, now_s: float) -> PauseCount:
        """Return the count after one more pause."""
        return PauseCount((*(at_s for at_s in self.paused_s if at_s > now_s - _DAY_S), now_s)[-MOST_PER_DAY:])

    def in_last_day(self, now_s: float) -> int:
        """Return how many there were."""
        since_s = now_s - _DAY_S
        if not self.paused_s or self.paused_s[0] > since_s:
            return len(self.paused_s)
        return sum(at_s > since_s for at_s in self.paused_s)

    def lasts_s(self, least_s: float) -> float:
        """Return how long the last pause lasts at least; `least_s` is what any does."""
        return max(least_s, LONG_S) if len(self.paused_s) > MANY else least_s
