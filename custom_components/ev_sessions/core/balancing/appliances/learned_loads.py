"""The loads of a house as they are learned: each step of what the house draws is some appliance going on or off."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf

from ..evse.draw import PerLine
from .appliance import SEEN_MOST, Appliance

#: So many appliances are remembered: who is rare and was not seen for long goes first.
APPLIANCES_KEPT = 24
#: Often seen counts as seen so much later.
_TIMES_WORTH_S = 300.0

#: Less is no step: light and electronics.
_STEP_A = 0.7
#: Two sizes are of the same appliance where they differ by no more than this and this part: the mains'
#: voltage moves by a few percent, and a reactive load beside it turns the sum.
_SAME_A = 0.4
_SAME_PART = 0.06
#: Two that switch within one period of the meter are told where both were seen so often.
_KNOWN_TIMES = 2


@dataclass(frozen=True, slots=True)
class LearnedLoads:
    """The appliances, and what the house drew when that was last known, in A per line.

    `seeming` is what it seems to draw, and since when: a charger that tells late may have moved instead.
    """

    appliances: tuple[Appliance, ...] = ()
    house_a: PerLine | None = None
    seeming: tuple[float, PerLine] | None = None

    def look(self, at_s: float, house_a: PerLine, told_s: float = inf) -> LearnedLoads:
        """Return what is known after the house was seen to draw that much at an instant (monotonic).

        Until `told_s` the chargers have told what they drew. What changed later may be theirs.
        """
        if self.house_a is None or len(self.house_a) != len(house_a):
            return LearnedLoads(self.appliances, house_a)
        seeming = None
        if told_s < at_s:
            if self.seeming is None or not _is_same(self.seeming[1], house_a):
                return replace(self, seeming=(at_s, house_a))
            if told_s < self.seeming[0]:
                return self
            at_s, seeming = self.seeming[0], self.seeming
        elif self.seeming is not None and _is_same(self.seeming[1], house_a):
            at_s = self.seeming[0]  # it was the house, and since then
        steps_a = [new - old for new, old in zip(house_a, self.house_a, strict=True)]
        step_a = tuple(step if abs(step) >= _STEP_A else 0.0 for step in steps_a)
        appliances = self.appliances
        if any(step_a):
            appliances = _switched(appliances, step_a, at_s)
        return LearnedLoads(appliances, house_a, seeming)

    @property
    def absent(self) -> list[Appliance]:
        """Return those that went off, and may come back."""
        return [one for one in self.appliances if one.absent_since_s is not None]

    def blinded(self) -> LearnedLoads:
        """Return what is known after the meter was lost: who came back meanwhile is not."""
        if self.house_a is None and not self.absent:
            return self
        return LearnedLoads(tuple(one.blinded() for one in self.appliances))


def _is_same(one_a: PerLine, other_a: PerLine) -> bool:
    return all(abs(a - b) < _STEP_A for a, b in zip(one_a, other_a, strict=True))


def _switched(appliances: tuple[Appliance, ...], step_a: PerLine, at_s: float) -> tuple[Appliance, ...]:
    """Return the appliances after a step of the house."""
    up_a = tuple(max(0.0, step) for step in step_a)
    down_a = tuple(max(0.0, -step) for step in step_a)
    both = any(up_a) and any(down_a)
    if both or _nearest(up_a if any(up_a) else down_a, appliances) is None:
        # Two at once, where they make the step together.
        pair = _pair(appliances, step_a)
        for one in pair:
            turned = one.went_off(at_s) if one.absent_since_s is None else one.came_back(at_s)
            appliances = _exchanged(appliances, one, turned)
        if pair:
            return appliances
    if any(down_a):
        appliances = _went_off(appliances, down_a, at_s)
    if any(up_a):
        appliances = _went_on(appliances, up_a, at_s)
    return appliances


def _went_off(appliances: tuple[Appliance, ...], size_a: PerLine, at_s: float) -> tuple[Appliance, ...]:
    """Return the appliances after one of that size went off."""
    found = _nearest(size_a, appliances)
    if found is None:
        return _joined(appliances, Appliance(size_a, at_s, absent_since_s=at_s))
    return _exchanged(appliances, found, found.seen(size_a, at_s).went_off(at_s))


def _went_on(appliances: tuple[Appliance, ...], size_a: PerLine, at_s: float) -> tuple[Appliance, ...]:
    """Return the appliances after one of that size went on: one that is off, where there is such a one."""
    found = _nearest(size_a, (one for one in appliances if one.absent_since_s is not None))
    found = found or _nearest(size_a, appliances)
    if found is None:
        return _joined(appliances, Appliance(size_a, at_s, present_since_s=at_s))
    return _exchanged(appliances, found, found.seen(size_a, at_s).came_back(at_s))


def _pair(appliances: tuple[Appliance, ...], step_a: PerLine) -> tuple[Appliance, ...]:
    """Return the two known ones that make the step together: who is off goes on, who is on goes off."""
    known = [one for one in appliances if one.times >= _KNOWN_TIMES]
    best: tuple[Appliance, ...] = ()
    least = 1.0
    for one, other in combinations(known, 2):
        sign, other_sign = _sign(one), _sign(other)
        sum_a = tuple(sign * a + other_sign * b for a, b in zip(one.size_a, other.size_a, strict=True))
        if (miss := _miss(sum_a, step_a, least)) < least:
            best, least = (one, other), miss
    return best


def _sign(one: Appliance) -> int:
    return -1 if one.absent_since_s is None else 1


def _nearest(size_a: PerLine, appliances: Iterable[Appliance]) -> Appliance | None:
    """Return the appliance of that size; None where there is none."""
    best: Appliance | None = None
    least = 1.0
    for one in appliances:
        if (miss := _miss(one.size_a, size_a, least)) < least:
            best, least = one, miss
    return best


def _miss(one_a: PerLine, other_a: PerLine, enough: float) -> float:
    """Return how far two sizes are from being the same: below 1 they are. It is not told beyond `enough`."""
    miss = 0.0
    for a, b in zip(one_a, other_a, strict=True):
        miss = max(miss, abs(a - b) / (_SAME_A + _SAME_PART * max(abs(a), abs(b))))
        if miss >= enough:
            break
    return miss


def _exchanged(appliances: tuple[Appliance, ...], old: Appliance, new: Appliance) -> tuple[Appliance, ...]:
    return tuple(new if one is old else one for one in appliances)


def _joined(appliances: tuple[Appliance, ...], new: Appliance) -> tuple[Appliance, ...]:
    """Return the appliances with a new one, without the one that is worth least where there are too many."""
    if len(appliances) >= APPLIANCES_KEPT:
        worst = min(appliances, key=_worth_s)
        appliances = tuple(one for one in appliances if one is not worst)
    return (*appliances, new)


def _worth_s(one: Appliance) -> float:
    return one.seen_s + _TIMES_WORTH_S * min(SEEN_MOST, one.times)
