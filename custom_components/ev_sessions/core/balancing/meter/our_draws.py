"""What our chargers draw together, now and when a meter measured: reckoned once, and only where somebody asks."""

from collections.abc import Sequence
from functools import cached_property

from ..evse.draw import Draw, PerLine


class OurDraws:
    """The draws of several chargers, for one look at a meter whose report may be `delay_s` late."""

    def __init__(self, draws: Sequence[Draw], delay_s: float) -> None:
        """Take the draws as they are known now."""
        self.draws = draws
        self._delay_s = delay_s
        self._then: dict[float, tuple[PerLine, PerLine]] = {}

    @cached_property
    def _now_a(self) -> list[PerLine]:
        return [draw.samples[-1].drawn_a for draw in self.draws if draw.samples]

    @cached_property
    def total_a(self) -> float:
        """What they draw now, over all lines, in A."""
        return sum([sum(drawn_a) for drawn_a in self._now_a])

    @cached_property
    def on_lines_a(self) -> PerLine:
        """What they draw now on each line, in A, as far as it is measured there; nothing where it is of none."""
        return tuple(map(sum, zip(*self._now_a, strict=True)))

    def then(self, at_s: float) -> tuple[PerLine, PerLine]:
        """Return the least and the most that they may have drawn on each line when a report of then was measured.

        That is in monotonic s. A charger that tells late tells of it only afterwards.
        """
        if (found := self._then.get(at_s)) is None:
            start_s = at_s - self._delay_s
            spans = [span for draw in self.draws if (span := draw.between(start_s, at_s)) is not None]
            least_a = tuple(map(sum, zip(*[low for low, _ in spans], strict=True)))
            most_a = tuple(map(sum, zip(*[high for _, high in spans], strict=True)))
            found = self._then[at_s] = least_a, most_a
        return found

    def may_have_changed_before(self, at_s: float) -> bool:
        """Tell whether what was seen to have changed after an instant (monotonic s) may have done so before it."""
        changed = [draw for draw in self.draws if draw.samples and draw.samples[-1].since_s > at_s]
        return any(draw.may_have_changed(at_s) for draw in changed)
