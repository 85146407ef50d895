"""What was saved by the own roof, and by charging when it is cheap."""

from dataclasses import dataclass
from decimal import Decimal

from ..money import add


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What was saved, in the site's currency; None is not known, or not to be had under the tariff.

    `sun` is against the same energy from the grid alone, `time` against the mean price of the
    day after each session began.
    """

    sun: Decimal | None = None
    time: Decimal | None = None

    def plus(self, other: Saving) -> Saving:
        """Return both together."""
        return Saving(sun=_sum(self.sun, other.sun), time=_sum(self.time, other.time))


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one if other is None else other if one is None else add(one, other)
