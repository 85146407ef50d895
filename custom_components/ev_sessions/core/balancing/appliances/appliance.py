"""One appliance: how much it takes on which lines, and for how long it stays on and off.

Whether it comes back is a matter of how long it has been off already, and of how long it was
on before: an oven that has heated up is away for longer than one that holds its heat, and a
kettle that takes as much as a dryer's element boils for minutes once. What it did before says
so; of what nobody has seen before there is a rule of thumb: of the loads that go off, a part
comes back (energy regulators after seconds, thermostats after minutes), as likely between
3 and 6 s as between 1 and 2 min, and the rest is over for good.
"""

from dataclasses import dataclass, replace
from math import log, sqrt

from ..evse.draw import PerLine

#: The shortest and the longest pause of what switches by itself, and how much of what goes off does so.
_SHORTEST_S = 3.0
_LONGEST_S = 300.0
_COMES_BACK = 0.6
_DECADES = log(_LONGEST_S / _SHORTEST_S)
#: The rule of thumb counts as half an absence that was seen.
_RULE_WEIGHT = 0.5

#: So many absences are remembered; each counts as much less than the one after it.
ABSENCES_KEPT = 16
_OLDER = 0.85
#: A thermostat's cycles differ by a fifth to either side: two of them by a good third, and the more
#: of them are known, the less does each have to stand for its neighbours.
_STRAYS = 0.35
_STRAYS_LEAST = 0.12
#: Two stays are alike up to this ratio, as an energy regulator's pulses (3 to 9 s) are. What followed a stay
#: unlike the last one says so much less.
_ALIKE = 3.0
_UNLIKE = 0.3
#: What was learned counts half after so long without being seen.
HALF_LIFE_S = 5 * 86_400.0

#: A size is a mean of the last times that it was seen.
_NEW_PART = 0.15
SEEN_MOST = 20


@dataclass(frozen=True, slots=True)
class Appliance:
    """A load that goes on and off: its current in A per line, and its last absences in s, oldest first.

    `absent_since_s` is None while it is on, or where that is not known, `present_since_s` while it
    is off, or where that is not known. `stayed_s` is how long it was on before it went off,
    `stays_s` the same before each of the last absences; 0 where nobody knows. `times` counts how often
    it was seen, up to `SEEN_MOST`, and `seen_s` is when (monotonic).
    """

    size_a: PerLine
    seen_s: float
    times: int = 1
    absent_since_s: float | None = None
    absences_s: tuple[float, ...] = ()
    present_since_s: float | None = None
    stayed_s: float = 0.0
    stays_s: tuple[float, ...] = ()

    def seen(self, size_a: PerLine, at_s: float) -> Appliance:
        """Return it after it was seen with a size."""
        part = max(_NEW_PART, 1 / (self.times + 1))
        mean_a = tuple(old + (new - old) * part for old, new in zip(self.size_a, size_a, strict=True))
        return replace(self, size_a=mean_a, seen_s=at_s, times=min(SEEN_MOST, self.times + 1))

    def went_off(self, at_s: float) -> Appliance:
        """Return it after it went off. Had it been off before, its return was missed."""
        stayed_s = 0.0 if self.present_since_s is None else max(0.0, at_s - self.present_since_s)
        return replace(self, absent_since_s=at_s, present_since_s=None, stayed_s=stayed_s, seen_s=at_s)

    def came_back(self, at_s: float) -> Appliance:
        """Return it after it went on."""
        absences_s, stays_s = self.absences_s, self.stays_s
        if self.absent_since_s is not None and at_s > self.absent_since_s:
            absences_s = (*absences_s, at_s - self.absent_since_s)[-ABSENCES_KEPT:]
            stays_s = (*stays_s, self.stayed_s)[-ABSENCES_KEPT:]
        return replace(
            self, absent_since_s=None, present_since_s=at_s, absences_s=absences_s, stays_s=stays_s, seen_s=at_s
        )

    def blinded(self) -> Appliance:
        """Return it after nobody saw it for a while: whether it is on, and since when, is not known."""
        return replace(self, absent_since_s=None, present_since_s=None)

    def returns(self, from_s: float, span_s: float, resolution_s: float) -> float:
        """Return the chance that it goes on within a span, if it is off until then; 0 where it is on.

        `resolution_s` is how exactly its absences are known: the meter's period.
        """
        if self.absent_since_s is None:
            return 0.0
        age_s = from_s - self.absent_since_s
        if age_s >= _LONGEST_S and age_s >= (1 + _STRAYS) * max(self.absences_s, default=0.0) + resolution_s:
            return 0.0  # over for good
        end_s = age_s + span_s
        still_off, off_after = _RULE_WEIGHT * _rule(age_s), _RULE_WEIGHT * _rule(end_s)
        strays = max(_STRAYS_LEAST, _STRAYS / sqrt(max(1, len(self.absences_s))))
        weight = 0.5 ** (max(0.0, from_s - self.seen_s) / HALF_LIFE_S)
        # Asked of each absence at each look: what is past, and what is far, is told without a sum.
        for ago, absence_s in enumerate(reversed(self.absences_s), 1):
            around_s = max(absence_s * strays, resolution_s)
            latest_s = absence_s + around_s
            if age_s < latest_s:
                part = weight if self._is_like(ago, resolution_s) else _UNLIKE * weight
                still_off += part * min(1.0, (latest_s - age_s) / (2 * around_s))
                if end_s < latest_s:
                    off_after += part * min(1.0, (latest_s - end_s) / (2 * around_s))
            weight *= _OLDER
        return 1.0 - off_after / still_off

    def _is_like(self, ago: int, resolution_s: float) -> bool:
        """Tell whether the stay before an absence, so many ago, was like the last one, as far as both are known."""
        if ago > len(self.stays_s):
            return True
        stay_s, last_s = self.stays_s[-ago], self.stayed_s
        if stay_s <= 0.0 or last_s <= 0.0:
            return True
        return stay_s <= _ALIKE * last_s + resolution_s and last_s <= _ALIKE * stay_s + resolution_s


def _rule(age_s: float) -> float:
    """Return the chance that an absence of which nothing is known lasts longer than an age."""
    if age_s <= _SHORTEST_S:
        return 1.0
    return 1.0 - _COMES_BACK * min(1.0, log(age_s / _SHORTEST_S) / _DECADES)
