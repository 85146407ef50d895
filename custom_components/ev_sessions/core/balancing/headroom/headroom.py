"""Patience: room is used only when it has been there for a while.

The least of the last seconds is kept per line as a queue of rising values: an entry goes
when it is too old, or when a later one is not above it.
"""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class LeastRoom:
    """The room of one line in the last seconds; before the first push there was none."""

    times_s: tuple[float, ...]
    rooms_a: tuple[float, ...]

    @classmethod
    def none_before(cls, monotonic_s: float) -> LeastRoom:
        """Return a history that starts now: room before it does not count."""
        return cls((monotonic_s,), (-inf,))

    def push(self, monotonic_s: float, room_a: float, since_s: float) -> LeastRoom:
        """Return the history after `since_s` with one more observation."""
        times_s, rooms_a = self.times_s, self.rooms_a
        end = len(rooms_a)
        while end and rooms_a[end - 1] >= room_a:
            end -= 1
        begin = 0
        while begin < end and times_s[begin] <= since_s:
            begin += 1
        return LeastRoom((*times_s[begin:end], monotonic_s), (*rooms_a[begin:end], room_a))

    @property
    def least_a(self) -> float:
        """Return the least room of the history."""
        return self.rooms_a[0]

    @property
    def rises_at_s(self) -> float:
        """Return since when the least is known, to tell when it is outlived."""
        return self.times_s[0] if len(self.times_s) > 1 else inf
