"""What a meter shows beside our EVSEs: what it shows less what they drew at that instant.

While an EVSE is following a command its draw is not known to an ampere: the greatest draw
gives the load that is certain, the least the load that may be. But a load that has certainly
risen while a car moves is taken at its worst.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from operator import sub

from ...reading import GridReading
from ..circuits.circuit import Protection, Wiring
from ..evse.draw import PerLine
from ..load import SiteLimits
from .grid import total_current_a

#: A house that draws this much more than it did has risen.
_RISEN_A = 0.5

#: A draw is known where it is known to this.
_KNOWN_A = 0.5


@dataclass(frozen=True, slots=True)
class Others:
    """What hangs on a meter beside the EVSEs that we control: certainly, and possibly.

    Per line, and as the power of all lines over the voltage. `shown_a` and `shown_sum_a` are
    with the EVSEs. `known_a` is the part per line when that was last known, `known_sum_a` its power.
    `held_a` and `held_sum_a` are what it is held to be where a limit moves: what was known, as far as
    that can still be.
    """

    certain_a: PerLine
    possible_a: PerLine
    certain_sum_a: float
    possible_sum_a: float
    shown_a: PerLine
    shown_sum_a: float
    known_a: PerLine | None
    known_sum_a: float | None = None

    @property
    def held_a(self) -> PerLine:
        """The load per line, as it was last known, within what it may be."""
        if self.known_a is None:
            return self.certain_a
        bounds = zip(self.known_a, self.certain_a, self.possible_a, strict=True)
        return tuple(min(max(known, certain), possible) for known, certain, possible in bounds)

    @property
    def held_sum_a(self) -> float:
        """The power over the voltage, as it was last known, within what it may be."""
        if self.known_sum_a is None:
            return self.certain_sum_a
        return min(max(self.known_sum_a, self.certain_sum_a), self.possible_sum_a)


def others_of(
    reading: GridReading,
    drawn: Sequence[tuple[PerLine, PerLine]],
    limits: SiteLimits,
    protection: Protection,
    known_a: PerLine | None,
    *,
    sums: bool,
    leaving: Iterable[PerLine] = (),
) -> Others:
    """Compare a reading with the least and the greatest that each EVSE which we control may have drawn.

    `sums` asks for the power, too, which is 0 else. `leaving` is what EVSEs drew that may have left since
    without telling: a fall that may be theirs says nothing of the load.
    """
    count = limits.wiring.line_count
    total_only = protection is Protection.TOTAL_ONLY
    least = [0.0] * count
    most = [0.0] * count
    least_sum_a = most_sum_a = 0.0
    for low, high in drawn:
        if sums or total_only:
            low_sum_a = total_current_a(low, limits.wiring)
            high_sum_a = low_sum_a if high is low else total_current_a(high, limits.wiring)
            least_sum_a += low_sum_a
            most_sum_a += high_sum_a
        for line in range(count):
            least[line] += low[line]
            most[line] += high[line]
    if total_only:  # the total stands on every line
        least, most = [least_sum_a] * count, [most_sum_a] * count
    certain = [shown - ours for shown, ours in zip(reading.currents_a, most, strict=True)]
    possible = [shown - ours for shown, ours in zip(reading.currents_a, least, strict=True)]
    if max(map(sub, possible, certain, strict=True)) <= _KNOWN_A:
        if known_a is None or not _may_be_a_fall(leaving, known_a, certain):
            known_a = tuple(certain)
    elif known_a is not None:
        for line, before_a in enumerate(known_a):
            if certain[line] > before_a + _RISEN_A:
                certain[line] = possible[line]
    shown_sum_a = _shown_sum_a(reading, limits, protection) if sums else 0.0
    return Others(
        tuple(certain),
        tuple(possible),
        shown_sum_a - most_sum_a,
        shown_sum_a - least_sum_a,
        reading.currents_a,
        shown_sum_a,
        known_a,
        None if known_a is None or not sums else _sum_a(known_a, limits, protection),
    )


def _may_be_a_fall(draws: Iterable[PerLine], before_a: PerLine, now_a: Sequence[float]) -> bool:
    """Tell whether a load that seems to have fallen may be the fall of an EVSE: it is one on all of its lines."""
    fell = [before - now > _KNOWN_A for before, now in zip(before_a, now_a, strict=True)]
    if not any(fell):
        return False
    theirs = ([fallen for drawn_a, fallen in zip(draw, fell, strict=True) if drawn_a > _KNOWN_A] for draw in draws)
    return any(lines and all(lines) for lines in theirs)


def voltage_of(reading: GridReading | None, limits: SiteLimits) -> float:
    """Return the voltage as a meter shows it, else the nominal one."""
    shown_v = None if reading is None else reading.voltage_v
    return limits.voltage_v if shown_v is None else shown_v


def shown_w(reading: GridReading, limits: SiteLimits, protection: Protection) -> float:
    """Return the power that a meter shows, positive for import, in W."""
    return _shown_sum_a(reading, limits, protection) * voltage_of(reading, limits)


def _shown_sum_a(reading: GridReading, limits: SiteLimits, protection: Protection) -> float:
    """Return the power that a meter shows, over the voltage."""
    if reading.power_w is not None:
        return reading.power_w / voltage_of(reading, limits)
    return _sum_a(reading.currents_a, limits, protection)


def _sum_a(currents_a: PerLine, limits: SiteLimits, protection: Protection) -> float:
    """Return the power of lines over the voltage; a total stands on every line."""
    if protection is Protection.TOTAL_ONLY:
        return currents_a[0]
    sum_a = sum(currents_a)
    return sum_a / sqrt(3) if limits.wiring is Wiring.THREE_PHASE_THREE_WIRE else sum_a
