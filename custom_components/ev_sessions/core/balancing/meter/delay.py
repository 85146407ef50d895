"""How late the grid meter shows what flows: learned from how late it shows our own cars.

Every step between two readings is compared, line by line, with the step that our cars' draw
made between two instants so much earlier, for each delay that may be. The house's own steps
fit none of them better than another; our cars' steps fit the true one. What a charger tells
late is late on both sides: the delay is the one that sets meter and chargers side by side.

A meter that counts import negative shows our cars' steps the other way round, whatever its delay.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..evse.draw import Draw, PerLine

#: The delays that are tried, in s.
_FINE_S = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)
DELAYS_S = (*_FINE_S, 12.0, 14.0, 16.0, 20.0, 25.0, 30.0)

#: Readings that are closer are not compared: a car's step takes a few seconds itself.
_APART_S = 5.0
#: A step of our own cars on a line tells something where it is at least this.
_STEP_A = 2.0
#: A charger that is polled tells of a step so much later.
_TOLD_WITHIN_S = 12.0
#: Of what is known, so much is left after one more comparison; a step of a car gives a few.
_KEPT = 0.97
#: So many comparisons, as they are forgotten, make a habit.
_STEPS_TO_BELIEVE = 12.0
#: So few say something already, to one who only waits for it.
_STEPS_TO_DOUBT = 2.0
#: The misfit of a delay, from 0 to 1: the best may be so great, must be so much better than
#: the worst, and those that are hardly worse than it may be true as well.
_FITS = 0.4
_TELLS = 0.2
_AS_GOOD = 0.07
#: More cars than these move at once in large houses only: there a step of few tells as well, and is compared sooner.
_MOST_MOVED = 40


#: The other way round is a rise of our own of at least so much that is shown as a fall, which misses it by this part
#: at most. Of falls nothing is said: what is lowered makes way for a load that came, and both may look like a rise.
_CLEAR_A = 4.0
_LIKE_PART = 0.2
#: So many lines in a row that show it, and none that shows a step of ours as it is, are no chance. A step counts for
#: some of them only: a battery gives what a car takes, and so lets all lines fall at once, but after they have risen.
_TURNED_LINES = 3
_TURNED_LINES_A_STEP = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """What the meter showed per line at an instant, in A."""

    at_s: float
    currents_a: PerLine


@dataclass(frozen=True, slots=True)
class MeterDelay:
    """The readings that wait to be compared, and how badly each of `DELAYS_S` fitted in how many steps.

    `believed` are the places of the least and the greatest delay that were true when that was last clear.
    `turned_lines` is in how many steps of a line, in a row, the meter showed ours the other way round.
    """

    shown: tuple[Shown, ...] = ()
    misfit: tuple[float, ...] = (0.0,) * len(DELAYS_S)
    steps: float = 0.0
    believed: tuple[int, int] | None = None
    turned_lines: int = 0

    @property
    def is_turned(self) -> bool:
        """Tell whether the meter counts import negative, for all that our cars' steps tell."""
        return self.turned_lines >= _TURNED_LINES

    def span_s(self, presumed_s: float) -> tuple[float, float]:
        """Return the least and the greatest delay that may be, in s.

        From none to what is presumed, as long as no steps speak against that. A few steps that fit
        nothing leave in doubt what was clear before: then it may be as late as it was, or as presumed.
        """
        good = _clear(self.misfit, self.steps)
        places = good or self.believed
        if places is None or DELAYS_S[places[0]] <= presumed_s:
            return 0.0, presumed_s
        # Between two that were tried lies what was not.
        first, last = places
        before, after = max(0, first - 1), min(len(DELAYS_S) - 1, last + 1)
        least_s = 0.0 if good is None else (DELAYS_S[before] + DELAYS_S[first]) / 2
        return least_s, (DELAYS_S[last] + DELAYS_S[after]) / 2

    def late_s(self, presumed_s: float) -> float:
        """Return how late it may be beyond what is presumed, in s, for those who have time to wait.

        Of a meter that nobody knows, anything that was seen of meters; then what the first steps do not speak against.
        """
        if self.steps < _STEPS_TO_DOUBT:
            return max(0.0, _FINE_S[-1] - presumed_s)
        if self.steps >= _STEPS_TO_BELIEVE:
            return max(0.0, self.span_s(presumed_s)[1] - presumed_s)
        worst = min(self.misfit) + _AS_GOOD * self.steps
        good_s = [delay_s for delay_s, misfit in zip(DELAYS_S, self.misfit, strict=True) if misfit <= worst]
        return max(0.0, min(good_s[-1], _FINE_S[-1]) - presumed_s)

    def look(self, at_s: float, currents_a: PerLine, draws: Sequence[Draw]) -> MeterDelay:
        """Return what is known after one more reading of what flowed, as reported at an instant."""
        waiting = self.shown
        if waiting and at_s < waiting[-1].at_s + _APART_S:
            return self
        misfit, steps, turned_lines = self.misfit, self.steps, self.turned_lines
        while len(waiting) > 1 and waiting[1].at_s <= at_s - _TOLD_WITHIN_S:
            missed = _missed(waiting[0], waiting[1], draws)
            if missed:
                means = [sum(each) / len(missed) for each in zip(*missed, strict=True)]
                misfit = tuple(_KEPT * old + new for old, new in zip(misfit, means, strict=True))
                steps = _KEPT * steps + 1.0
                turned, as_it_is = _turned(waiting[0], waiting[1], draws)
                turned_lines = 0 if as_it_is else turned_lines + min(turned, _TURNED_LINES_A_STEP)
            waiting = waiting[1:]
        believed = self.believed if misfit is self.misfit else _clear(misfit, steps) or self.believed
        return MeterDelay((*waiting, Shown(at_s, currents_a)), misfit, steps, believed, turned_lines)


def _clear(misfit: Sequence[float], steps: float) -> tuple[int, int] | None:
    """Return the places of the least and the greatest delay that may be true; None where the steps do not tell."""
    if steps < _STEPS_TO_BELIEVE:
        return None
    best = min(misfit) / steps
    if best > _FITS or max(misfit) / steps < best + _TELLS:
        return None
    good = [place for place, one in enumerate(misfit) if one / steps <= best + _AS_GOOD]
    return good[0], good[-1]


def _missed(before: Shown, after: Shown, draws: Sequence[Draw]) -> list[tuple[float, ...]]:
    """Return by what part of our cars' step each delay misses the meter's, for each line that tells."""
    moved = [draw for draw in draws if draw.moved(before.at_s - DELAYS_S[-1], after.at_s)]
    missed: list[tuple[float, ...]] = []
    if not moved or len(moved) > _MOST_MOVED:
        return missed
    for line, (before_a, after_a) in enumerate(zip(before.currents_a, after.currents_a, strict=True)):
        seen_a = after_a - before_a
        ours = [_step(moved, before.at_s - delay_s, after.at_s - delay_s, line) for delay_s in DELAYS_S]
        greatest_a = max(min(abs(low), abs(high)) if low * high > 0 else 0.0 for low, high in ours)
        if greatest_a >= _STEP_A:
            missed.append(tuple(min(1.0, max(low - seen_a, seen_a - high, 0.0) / greatest_a) for low, high in ours))
    return missed


def _step(draws: Sequence[Draw], start_s: float, end_s: float, line: int) -> tuple[float, float]:
    """Return the least and the greatest step of all our cars on a line between two instants, in A."""
    steps = [draw.step(start_s, end_s, line) for draw in draws]
    return sum(low for low, _ in steps), sum(high for _, high in steps)


def _turned(before: Shown, after: Shown, draws: Sequence[Draw]) -> tuple[int, bool]:
    """Return how many lines show a rise of our cars as a fall, and whether any shows a step of ours as it is."""
    moved = [draw for draw in draws if draw.moved(before.at_s - DELAYS_S[-1], after.at_s)]
    turned, as_it_is = 0, False
    for line, (before_a, after_a) in enumerate(zip(before.currents_a, after.currents_a, strict=True)):
        step_a = after_a - before_a
        if not moved or abs(step_a) < _CLEAR_A:
            continue
        ours = [_step(moved, before.at_s - delay_s, after.at_s - delay_s, line) for delay_s in DELAYS_S]
        same = any(_is_like(step_a, one) for one in ours)
        other = any(_is_like(-step_a, one) for one in ours)
        # What may be either, by how late the meter may be, tells nothing.
        as_it_is |= same and not other
        # A meter without a sign falls, too, where our cars take what flows back; but not below nothing.
        turned += other and not same and step_a < 0 and after_a < 0
    return turned, as_it_is


def _is_like(step_a: float, ours_a: tuple[float, float]) -> bool:
    """Tell whether a step may be ours, of which the least and the greatest are known."""
    low, high = ours_a
    part_a = _LIKE_PART * abs(step_a)
    return min(abs(low), abs(high)) >= _CLEAR_A / 2 and low * high > 0 and low - part_a <= step_a <= high + part_a
