"""The meter has the last word: a line that stays over its fuse although all that is believed says that it fits.

What the house takes is reckoned from what the chargers say that they draw. One that says too
much, or nothing of a line that its car loads, hides an overload as long as it goes on. The
meter shows that all the same: when everything that was told has long settled and a line is
still over, then those that charge on it make way, step by step, whatever they say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from .evse.draw import PerLine
from .evse.memory import EvseMemory
from .load import EvseLoad
from .sharing.allotment import Contender

#: So long a line has to be over after all has settled: longer than a reading is late.
_SURE_S = 12.0
#: So much less than is drawn on a line is no noise.
_HIDDEN_A = 3.0


@dataclass(frozen=True, slots=True)
class LastWord:
    """Since when each line of the root is over its fuse, in monotonic s, and those that are for long.

    `hidden` are the lines that show less than what our EVSEs surely draw there: some of them may be on another.
    """

    over_since_s: PerLine = ()
    lines: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()

    def look(
        self,
        shown_a: PerLine,
        limit_a: Sequence[float],
        measured_s: float,
        settled_s: float,
        ours_a: Iterable[PerLine] = (),
    ) -> LastWord:
        """Take what the meter shows, as measured then; since `settled_s` nobody is on his way anywhere.

        `ours_a` is the least that each of our EVSEs draws on each line.
        """
        before = self.over_since_s or (inf,) * len(shown_a)
        since = tuple(
            min(one_s, measured_s) if current_a > most_a else inf
            for one_s, current_a, most_a in zip(before, shown_a, limit_a, strict=True)
        )
        lines = frozenset(
            line for line, one_s in enumerate(since) if one_s < inf and measured_s - max(one_s, settled_s) >= _SURE_S
        )
        if not lines:
            return LastWord(since)
        least_a = [sum(on_line) for on_line in zip(*ours_a, strict=True)]
        hidden = (line for line, drawn_a in enumerate(least_a) if drawn_a - shown_a[line] > _HIDDEN_A)
        return LastWord(since, lines, frozenset(hidden))

    def hold(
        self,
        rooms: Sequence[list[float]],
        contenders: Sequence[Contender],
        shown_a: PerLine,
        allowed_a: Sequence[float],
    ) -> None:
        """Leave no more room on these lines than what those who charge there have, less what is too much."""
        for line in self.lines:
            have_a = 0.0
            for contender in contenders:
                for bound, factor in contender.claim.loads:
                    if bound == line:
                        have_a += factor * min(contender.current_a, contender.claim.max_a)
            for room in rooms:
                room[line] = min(room[line], have_a - (shown_a[line] - allowed_a[line]))


def settled_since(evses: Sequence[EvseLoad], memories: Mapping[str, EvseMemory], delay_s: float) -> float:
    """Return since when the meter shows what was told last, in monotonic s."""
    told = [(memories[evse.id], evse) for evse in evses if evse.controllable]
    return max([memory.sent_s + memory.settle_s(evse) for memory, evse in told], default=-inf) + delay_s
