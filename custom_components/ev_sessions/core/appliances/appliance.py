"""One appliance: how much it takes on which lines, and for how long it stays off.

Whether it comes back is a matter of how long it has been off already. What it did before
says so; of what nobody has seen before there is a rule of thumb: of the loads that go off,
a part comes back (energy regulators after seconds, thermostats after minutes), as likely
between 3 and 6 s as between 1 and 2 min, and the rest is over for good.
"""

from dataclasses import dataclass, replace
from math import log, sqrt

from ..draw import PerLine

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
#: What was learned counts half after so long without being seen.
HALF_LIFE_S = 5 * 86_400.0

#: A size is a mean of the last times that it was seen.
_NEW_PART = 0.15
SEEN_MOST = 20


@dataclass(frozen=True, slots=True)
class Appliance:
    """A load that goes on and off: its current in A per line, and its last absences in s, oldest first.

    `absent_since_s` is None while it is on, or where that is not known. `times` counts how
    often it was seen, up to `SEEN_MOST`, and `seen_s` is when (monotonic).
    """

    size_a: PerLine
    seen_s: float
    times: int = 1
    absent_since_s: float | None = None
    absences_s: tuple[float, ...] = ()

    def seen(self, size_a: PerLine, at_s: float) -> Appliance:
        """Return it after it was seen with a size."""
        part = max(_NEW_PART, 1 / (self.times + 1))
        mean_a = tuple(old + (new - old) * part for old, new in zip(self.size_a, size_a, strict=True))
        return replace(self, size_a=mean_a, seen_s=at_s, times=min(SEEN_MOST, self.times + 1))

    def went_off(self, at_s: float) -> Appliance:
        """Return it after it went off. Had it been off before, its return was missed."""
        return replace(self, absent_since_s=at_s, seen_s=at_s)

    def came_back(self, at_s: float) -> Appliance:
        """Return it after it went on."""
        absences_s = self.absences_s
        if self.absent_since_s is not None and at_s > self.absent_since_s:
            absences_s = (*absences_s, at_s - self.absent_since_s)[-ABSENCES_KEPT:]
        return replace(self, absent_since_s=None, absences_s=absences_s, seen_s=at_s)

    def returns(self, from_s: float, span_s: float, resolution_s: float) -> float:
        """Return the chance that it goes on within a span, if it is off until then; 0 where it is on.

        `resolution_s` is how exactly its absences are known: the meter's period.
        """
        if self.absent_since_s is None:
            return 0.0
        age_s = from_s - self.absent_since_s
        if age_s >= _LONGEST_S and age_s >= (1 + _STRAYS) * max(self.absences_s, default=0.0) + resolution_s:
            return 0.0  # over for good
        still_off = _RULE_WEIGHT * _rule(age_s)
        off_after = _RULE_WEIGHT * _rule(age_s + span_s)
        weight = 0.5 ** (max(0.0, from_s - self.seen_s) / HALF_LIFE_S)
        strays = max(_STRAYS_LEAST, _STRAYS / sqrt(max(1, len(self.absences_s))))
        for absence_s in reversed(self.absences_s):
            around_s = max(absence_s * strays, resolution_s)
            still_off += weight * _longer(absence_s, around_s, age_s)
            off_after += weight * _longer(absence_s, around_s, age_s + span_s)
            weight *= _OLDER
        return 1.0 - off_after / still_off


def _longer(typical_s: float, around_s: float, age_s: float) -> float:
    """Return the chance that an absence like that one lasts longer than an age."""
    return min(1.0, max(0.0, (typical_s + around_s - age_s) / (2 * around_s)))


def _rule(age_s: float) -> float:
    """Return the chance that an absence of which nothing is known lasts longer than an age."""
    if age_s <= _SHORTEST_S:
        return 1.0
    return 1.0 - _COMES_BACK * min(1.0, log(age_s / _SHORTEST_S) / _DECADES)
