"""Which reports of a meter belong together: its lines may report one by one, and tell of one measurement all the same.

A meter that is polled value by value makes a reading with each of them, in which the other lines are still those of
the round before. Its period is that of the rounds, and its lines are not of one instant until all have told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

#: After so long all lines have told, and what comes so long after the last report is another round; both also after so
#: much of a period.
_ROUND_S = 5.0
_ROUND_PERIODS = 0.5


@dataclass(frozen=True, slots=True)
class MeterRound:
    """The reports since a line told anew: which lines did, and which did in the round before.

    `told_at` is when each line was last told, in UTC, and `told_s` when that was measured. `since_s` is when the round
    began, `before_s` when the one before did, `again_s` for how long the line that began it had been quiet; all in
    monotonic s.
    """

    told_at: tuple[datetime, ...] = ()
    told_s: tuple[float, ...] = ()
    told: frozenset[int] = frozenset()
    told_before: frozenset[int] = frozenset()
    since_s: float = -inf
    before_s: float = -inf
    again_s: float = inf

    def hear(self, told_at: Sequence[datetime], measured_s: float, period_s: float) -> MeterRound:
        """Return the round after a report of a meter of that period, as far as it is known, else 0."""
        if len(told_at) != len(self.told_at):
            lines = range(len(told_at))
            return MeterRound(tuple(told_at), (measured_s,) * len(told_at), frozenset(lines), since_s=measured_s)
        news = frozenset(line for line, at in enumerate(told_at) if at != self.told_at[line])
        if not news:
            return self
        heard = replace(
            self,
            told_at=tuple(told_at),
            told_s=tuple(measured_s if line in news else told_s for line, told_s in enumerate(self.told_s)),
        )
        apart_s = _most_s(period_s) if period_s else _ROUND_S
        if not news & self.told and measured_s <= min(self.since_s + _ROUND_S, max(self.told_s) + apart_s):
            return replace(heard, told=self.told | news)
        return replace(
            heard,
            told=news,
            told_before=self.told,
            since_s=measured_s,
            before_s=self.since_s,
            again_s=measured_s - max(self.told_s[line] for line in news),
        )

    def is_partial(self, period_s: float, now_s: float) -> bool:
        """Tell whether lines are still awaited that told in the round before: then they are as they were in that."""
        return not self.told_before <= self.told and now_s <= self.since_s + _most_s(period_s)


def _most_s(period_s: float) -> float:
    return min(_ROUND_S, _ROUND_PERIODS * period_s)
