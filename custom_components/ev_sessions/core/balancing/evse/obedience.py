"""Whether an EVSE does what it was told: judged by what it draws and by what it shows."""

from dataclasses import dataclass
from math import inf

#: The lag of an EVSE nobody has seen obey yet, and the bounds of what is learned.
DEFAULT_LAG_S = 6.0
_LEAST_LAG_S = 1.0
_MOST_LAG_S = 30.0
#: After a command an EVSE has so many lags, but at least this, before it is judged.
_DEADLINE_LAGS = 2.0
_LEAST_DEADLINE_S = 10.0
#: A draw above the limit that comes by itself must last so long.
_RELAPSE_S = 3.0
#: Commands are repeated ever more rarely.
_LEAST_REPEAT_S = 60.0
_MOST_REPEAT_S = 300.0
#: So many commands without effect, and the owner is told.
_MISSES_TO_TELL = 2


@dataclass(frozen=True, slots=True)
class Obedience:
    """How an EVSE followed its last command.

    `due_s` is when it is judged next (monotonic; never while all is well). `misses` counts
    commands in a row that had no effect on the draw, `repeats` those sent again.
    """

    due_s: float = inf
    misses: int = 0
    repeats: int = 0
    lag_s: float = DEFAULT_LAG_S
    effect_awaited: bool = False

    @property
    def unruly(self) -> bool:
        """Tell whether the last command had no effect: its draw counts as it is."""
        return self.misses > 0

    @property
    def disobedient(self) -> bool:
        """Tell whether repeated commands had no effect."""
        return self.misses >= _MISSES_TO_TELL

    def commanded(self, monotonic_s: float, *, lowered: bool) -> Obedience:
        """Return the state after a command: it has time to show its effect."""
        due_s = monotonic_s + max(_LEAST_DEADLINE_S, _DEADLINE_LAGS * self.lag_s)
        return Obedience(due_s, self.misses, self.repeats, self.lag_s, lowered)

    def effect_seen(self, after_s: float) -> Obedience:
        """Return the state after a lowered limit was followed, `after_s` after the command.

        A slower lag is believed at once, a faster one only in time.
        """
        lag_s = min(_MOST_LAG_S, max(_LEAST_LAG_S, after_s, 0.7 * self.lag_s + 0.3 * after_s))
        return Obedience(self.due_s, 0, 0, lag_s, effect_awaited=False)

    def judged(self, monotonic_s: float, *, excess: bool, mistaken: bool) -> tuple[Obedience, bool]:
        """Return the state after a look, and whether the command has to be sent again.

        `excess`: more is drawn (or shown as the limit) than allowed. `mistaken`: another
        limit is shown, which does no harm.
        """
        if not excess and not mistaken:
            if self.due_s == inf and not self.misses and not self.repeats:
                return self, False
            return Obedience(inf, 0, 0, self.lag_s, self.effect_awaited), False
        if self.due_s == inf:
            return Obedience(monotonic_s + _RELAPSE_S, 0, 0, self.lag_s), False
        if monotonic_s < self.due_s:
            return self, False
        misses = self.misses + excess
        least_s = _LEAST_DEADLINE_S if excess else _LEAST_REPEAT_S
        again_s = min(_MOST_REPEAT_S, max(least_s, _DEADLINE_LAGS * self.lag_s) * 2**self.repeats)
        repeats = min(self.repeats + 1, 5)
        return Obedience(monotonic_s + again_s, misses, repeats, self.lag_s, self.effect_awaited), True
