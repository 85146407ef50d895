"""Patience: room is used only when it has been there for a while.

The least of the last seconds is kept per line as a queue of rising values: an entry goes
when it is too old, or when a later one is not above it.
"""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class LeastRoom:
    """The room of one line in the last seconds; before the first push there was none."""

    times_s: tuple[float, ...] = ()
    rooms_a: tuple[float, ...] = ()

    @classmethod
    def none_before(cls, monotonic_s: float) -> LeastRoom:
        """Return a history that starts now: room before it does not count."""
        return cls((monotonic_s,), (-inf,))

    def push(self, monotonic_s: float, room_a: float) -> LeastRoom:
        """Return the history with one more observation."""
        keep = len(self.rooms_a)
        while keep and self.rooms_a[keep - 1] >= room_a:
            keep -= 1
        return LeastRoom((*self.times_s[:keep], monotonic_s), (*self.rooms_a[:keep], room_a))

    def since(self, monotonic_s: float) -> LeastRoom:
        """Return the history from an instant on: the last entry before it still held then."""
        drop = 0
        while drop < len(self.times_s) - 1 and self.times_s[drop] <= monotonic_s:
            drop += 1
        return LeastRoom(self.times_s[drop:], self.rooms_a[drop:]) if drop else self

    @property
    def least_a(self) -> float:
        """Return the least room of the history."""
        return self.rooms_a[0] if self.rooms_a else -inf

    @property
    def rises_at_s(self) -> float:
        """Return since when the least is known, to tell when it is outlived."""
        return self.times_s[0] if len(self.times_s) > 1 else inf
