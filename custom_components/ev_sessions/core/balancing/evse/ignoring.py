"""A charger that stops when it is told to, and else takes what it likes: it is let charge where that fits.

Each pause that it obeys would else be followed by a start with the least current that it does
not keep to, over and over.
"""

from dataclasses import dataclass

#: Once may be a message that was lost.
_TIMES_TO_KNOW = 2
#: An EVSE charges where it draws more than this.
_DRAWS_A = 0.5


@dataclass(frozen=True, slots=True)
class Ignoring:
    """How often since its car came an EVSE charged with more than its limit, and what it took then, in A on a line."""

    times: int = 0
    took_a: float = 0.0

    @property
    def takes_a(self) -> float:
        """What it takes if it charges at all, in A; 0 where it keeps to its limits for all we know."""
        return self.took_a if self.times >= _TIMES_TO_KNOW else 0.0

    def missed(self, drawn_a: float, *, again: bool) -> Ignoring:
        """Return the state after a look at more than the limit; `again` where that is one more time."""
        if not again and drawn_a <= self.took_a:
            return self
        return Ignoring(self.times + again, max(self.took_a, drawn_a))

    def kept(self, drawn_a: float, limit_a: float, tolerance_a: float) -> Ignoring:
        """Return the state after a look at what it draws within a limit that it has had the time to follow."""
        obeys = drawn_a > _DRAWS_A and limit_a + tolerance_a < self.took_a
        return KEEPS_TO_LIMITS if obeys else self


KEEPS_TO_LIMITS = Ignoring()
