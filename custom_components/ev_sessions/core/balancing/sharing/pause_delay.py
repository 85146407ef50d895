"""A pause has a delay of its own where no line is over its fuse: for the margin alone nobody is paused at once.

What is over a fuse, or over any other limit of a circuit, pauses on the same reading. The margin is a distance from
that; a load that comes for a moment and reaches into it is not worth a stop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from .allotment import Contender

#: The least of those who charge may stand in the margin for so long.
_WAITS_S = 60.0


@dataclass(frozen=True, slots=True)
class PauseDelay:
    """Since when the least of those who charge reaches into the margin of each line of the root, in monotonic s."""

    since_s: tuple[float, ...] = ()

    def look(
        self, charging: Iterable[Contender], present: Sequence[float], margin_a: float, line_count: int, now_s: float
    ) -> tuple[PauseDelay, list[float]]:
        """Return what is known now, and the room in which those who are `charging` keep their least for a while.

        `present` is the room per bound, of which the first are the root's lines; `margin_a` is left free on these.
        """
        room = list(present)
        if margin_a <= 0:
            return _NO_DELAY, room
        least_a = [0.0] * line_count
        for contender in charging:
            for bound, factor in contender.claim.loads:
                if bound < line_count:
                    least_a[bound] += contender.claim.min_a * factor
        known_s = self.since_s or (inf,) * line_count
        since = [inf] * line_count
        for line, needed_a in enumerate(least_a):
            if 0 < needed_a - present[line] <= margin_a:
                since[line] = min(known_s[line], now_s)
                if now_s - since[line] < _WAITS_S:
                    room[line] = needed_a
        return PauseDelay(tuple(since)), room


_NO_DELAY = PauseDelay()
