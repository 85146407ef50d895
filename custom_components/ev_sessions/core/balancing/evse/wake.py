"""A car that fell asleep while it was paused: it is offered current again, and takes none.

Some cars sleep when they are held back and do not notice that they may go on. Current that
is taken away for a moment and offered again wakes most of them. Others need their plug to seem
pulled for a moment, or to be called by their maker: where the owner named something that does so,
every other try is that. Only a car that charged until we paused it is woken: one that stopped by
itself is full.
"""

from dataclasses import dataclass, replace
from math import inf

#: A car charges where it draws more than this.
_DRAWS_A = 0.5
#: A car that was let go on has so long to start, and longer after each try.
_PATIENCE_S = (90.0, 180.0, 360.0)
#: For so long the current is taken away.
_NUDGE_S = 15.0
#: A draw that stops for less while current is offered did not stop by itself.
_STOPPED_S = 30.0


@dataclass(frozen=True, slots=True)
class Wake:
    """Whether a car sleeps since we paused it. Instants are monotonic s.

    It `charged` until it was paused. `idle_since_s` is since when it takes nothing of what it
    is offered. While `nudging` it is offered nothing; `calls` counts how often it was called by
    other means. It is `asleep` when all tries were in vain.
    """

    charged: bool = False
    paused: bool = False
    idle_since_s: float = inf
    tries: int = 0
    calls: int = 0
    nudge_until_s: float = -inf
    nudging: bool = False
    asleep: bool = False

    @property
    def dues_s(self) -> tuple[float, ...]:
        """When a look at the same draw may tell something else, in monotonic s."""
        if self.nudging:
            return (self.nudge_until_s,)
        if self.idle_since_s == inf or self.asleep:
            return ()
        waits_s = _PATIENCE_S[min(self.tries, len(_PATIENCE_S) - 1)] if self.paused else _STOPPED_S
        return (self.idle_since_s + waits_s,)

    def look(self, drawn_a: float, *, offered: bool, monotonic_s: float, can_call: bool = False) -> Wake:
        """Return the state after one more look: what the car draws, and whether it is offered anything.

        `can_call`: it can be called by other means than current.
        """
        if drawn_a > _DRAWS_A:
            return _AWAKE if offered or not self.charged else self
        if self.nudging:
            return self if monotonic_s < self.nudge_until_s else replace(self, nudging=False, idle_since_s=inf)
        if not self.charged:
            return self
        if not offered:
            return self if self.paused and self.idle_since_s == inf else replace(self, paused=True, idle_since_s=inf)
        if self.idle_since_s == inf:
            return replace(self, idle_since_s=monotonic_s)
        return self._waited(monotonic_s - self.idle_since_s, monotonic_s, can_call=can_call)

    def _waited(self, idle_s: float, monotonic_s: float, *, can_call: bool) -> Wake:
        if not self.paused:
            return Wake() if idle_s >= _STOPPED_S else self
        if self.asleep or idle_s < _PATIENCE_S[min(self.tries, len(_PATIENCE_S) - 1)]:
            return self
        if self.tries >= len(_PATIENCE_S) + can_call:
            return replace(self, asleep=True)
        if can_call and self.tries % 2:
            return replace(self, tries=self.tries + 1, calls=self.calls + 1, idle_since_s=inf)
        return replace(self, tries=self.tries + 1, nudging=True, nudge_until_s=monotonic_s + _NUDGE_S)


_AWAKE = Wake(charged=True)
