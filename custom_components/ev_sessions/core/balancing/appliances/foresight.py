"""What is likely to come back soon, and the room that is held back for it.

An ampere of room that is used charges for as long as a load stays away; when the load
returns, it is above the fuse until the meter has shown that and the car has followed. So
room is held back on a line where loads that need it are likely enough to return within
that reaction: where their chance, times what an ampere-second above the fuse weighs, is
more than the one that would be charged meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..evse.draw import PerLine
from .appliance import Appliance

#: An ampere-second above the fuse is as bad as so many that are not charged.
_OVER_WEIGHT = 11.0
#: What goes on within the reaction more likely than not is as good as on.
_AS_GOOD_AS_ON = 0.5
#: Less on a line is nothing.
_ON_LINE_A = 0.3
#: A charger follows in about so many seconds: the command, the car's dead time, its ramp.
_FOLLOWS_S = 6.0
#: More is to last so long, or it is not worth its command; a charge that begins is to last longer.
_RISE_LASTS_S = 40.0
_START_LASTS_S = 60.0
#: A charge that begins is not to be stopped in this time, with this chance.
_UNSTOPPED_S = 90.0
_UNSTOPPED = 0.5
#: Looking ahead, the steps grow: what is farther is known less exactly.
_STEPS = (0.0, 1.0, 2.0, 4.0, 7.0)


@dataclass(frozen=True, slots=True)
class Foresight:
    """What comes back: seen from an instant, with a reaction and the exactness of absences, all in s."""

    absent: tuple[Appliance, ...]
    now_s: float
    reaction_s: float
    resolution_s: float
    line_count: int
    over_weight: float = _OVER_WEIGHT

    @classmethod
    def of(
        cls, absent: Iterable[Appliance], now_s: float, period_s: float, delay_s: float, line_count: int
    ) -> Foresight:
        """Return the foresight with a meter of that period and delay.

        A load is seen at the latest a period after it came, in the mean after half of it.
        """
        latest_s = period_s + delay_s + _FOLLOWS_S
        over_weight = _OVER_WEIGHT * (latest_s - period_s / 2) / latest_s
        return cls(tuple(absent), now_s, latest_s, period_s, line_count, over_weight)

    def with_meter(self, period_s: float, delay_s: float) -> Foresight:
        """Return the same foresight of the same loads, if they were seen by another meter from now on."""
        other = Foresight.of(self.absent, self.now_s, period_s, delay_s, self.line_count)
        return replace(other, resolution_s=self.resolution_s)

    def held_now(self) -> list[float]:
        """Return the room to hold back now, per line in A."""
        return self._held(0.0)

    def held_for_more(self) -> list[float]:
        """Return the most room that is to be held back while more is worth its command, if nothing returns."""
        return self._most(_RISE_LASTS_S)

    def held_for_start(self) -> list[float]:
        """Return the most room that is to be held back while a charge that begins is worth it."""
        return self._most(_START_LASTS_S)

    def lasts(self, left_a: Sequence[float], lines: Iterable[int]) -> bool:
        """Tell whether a charge that leaves this much room per line is likely not to be stopped soon."""
        chances = [(one, one.returns(self.now_s, self.reaction_s, self.resolution_s)) for one in self.absent]
        pulsing = [one for one, chance in chances if chance > _AS_GOOD_AS_ON]
        on_a = [sum(one.size_a[line] for one in pulsing) for line in range(self.line_count)]
        lines = tuple(lines)
        lasting = 1.0
        for one in self.absent:
            others_a = [a - b for a, b in zip(on_a, one.size_a, strict=True)] if one in pulsing else on_a
            if any(
                one.size_a[line] >= _ON_LINE_A and others_a[line] + one.size_a[line] > left_a[line] for line in lines
            ):
                lasting *= 1.0 - one.returns(self.now_s, _UNSTOPPED_S, self.resolution_s)
        return lasting >= _UNSTOPPED

    def _most(self, for_s: float) -> list[float]:
        most = [0.0] * self.line_count
        for steps in _STEPS:
            if (after_s := steps * self.reaction_s) <= for_s:
                most = list(map(max, most, self._held(after_s), strict=True))
        return most

    def _held(self, after_s: float) -> list[float]:
        from_s = self.now_s + after_s
        chances = [(one.returns(from_s, self.reaction_s, self.resolution_s), one.size_a) for one in self.absent]
        return [_on_line(chances, line, self.over_weight) for line in range(self.line_count)]


def _on_line(chances: Sequence[tuple[float, PerLine]], line: int, over_weight: float) -> float:
    """Return the room to hold back on a line for loads with their chances to return."""
    pulsing_a = 0.0
    others: list[tuple[float, float]] = []
    for chance, size_a in chances:
        if size_a[line] < _ON_LINE_A:
            continue
        if chance > _AS_GOOD_AS_ON:
            pulsing_a += size_a[line]
        else:
            others.append((size_a[line], chance))
    others.sort(reverse=True)
    weighed = 0.0
    for current_a, chance in others:
        weighed += chance * over_weight
        if weighed >= 1.0:
            return pulsing_a + current_a
    return pulsing_a
