"""Which lines a car loads: one, two or three, told from what it draws.

Where each line is measured, a line that carries nothing while another is busy is not used.
Where only the sum is known, it is compared with the current of a line, or with the limit: a
car that takes just so many times its limit at two limits has so many phases, and as these
begin with the EVSE's first line, which they are is known too.
"""

from dataclasses import dataclass, replace
from math import inf

from ..circuits.circuit import LineUse

#: What seems so for so long is so.
_SURE_S = 30.0
#: A line is not used where it carries less than this while another carries more than that.
_IDLE_LINE_A = 0.5
_BUSY_LINE_A = 4.0
#: How far a sum may be from a whole number of currents: measured, or taken from the limit.
_NEAR_MEASURED = 0.12
_NEAR_LIMIT = 0.08
#: Currents are all there where they make this part of what the power tells.
_ALL_THERE = 0.85
#: Less is no current to compare with, however little it may be above nothing.
_LEAST_EACH_A = 0.1
#: Two limits prove something where they differ by so much.
_OTHER_LIMIT_A = 2.0
#: A sum above this many times the limit on the known lines has more lines than that.
_TOO_MUCH = 1.1
_TOO_MUCH_A = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a car draws now, in A, as far as it is measured.

    `per_line_a` over the lines of the EVSE, in its order. `sum_a` is the power over the
    voltage, `each_a` the current of one line where one stands for all. `limit_a` is what it
    was told, None while it still follows.
    """

    per_line_a: tuple[float, ...] | None = None
    sum_a: float | None = None
    each_a: float | None = None
    limit_a: float | None = None


@dataclass(frozen=True, slots=True)
class CarLines:
    """The site's lines that the car loads since it was plugged in; None while they are not known."""

    lines: tuple[int, ...] | None = None
    use: LineUse | None = None
    seeming: tuple[int, ...] | None = None
    since_s: float = inf
    proofs: tuple[tuple[int, float], ...] = ()  # how many phases, at which limit
    doubted: bool = False  # what it says of its lines was shown to be wrong

    @property
    def due_s(self) -> float:
        """When a look at the same draw may tell something else, in monotonic s."""
        return self.since_s + _SURE_S

    def doubt(self) -> CarLines:
        """Return what is known once the car was seen to load a line that it says nothing of: never anything again."""
        return CarLines(use=self.use, doubted=True)

    def learn(self, drawn: Drawn, use: LineUse, monotonic_s: float) -> CarLines:
        """Return what is known after a look at the draw: one line more than was known counts at once."""
        if self.use is not use and self.use != use and not self.doubted:
            return CarLines(use=use).learn(drawn, use, monotonic_s)
        return self if self.doubted else self._learn(drawn, use, monotonic_s)

    def _learn(self, drawn: Drawn, use: LineUse, monotonic_s: float) -> CarLines:
        if drawn.per_line_a is not None:
            return self._by_currents(drawn.per_line_a, drawn.sum_a, use, monotonic_s)
        if drawn.sum_a is None or drawn.sum_a < _BUSY_LINE_A:
            return self._seen(None, monotonic_s)
        if drawn.each_a is not None:
            count = _whole(drawn.sum_a, drawn.each_a, _NEAR_MEASURED, len(use.lines))
            return self._seen(None if count is None else use.lines[:count], monotonic_s)
        return self._by_limit(drawn.sum_a, drawn.limit_a, use, monotonic_s)

    def _by_currents(
        self, per_line_a: tuple[float, ...], sum_a: float | None, use: LineUse, monotonic_s: float
    ) -> CarLines:
        """See which lines carry anything."""
        if sum_a is not None and sum(per_line_a) < _ALL_THERE * sum_a - _TOO_MUCH_A:
            return self._seen(None, monotonic_s)  # by its power there is more: a current is missing
        loaded = tuple([line for line, on in zip(use.lines, per_line_a, strict=True) if on >= _IDLE_LINE_A])
        if loaded != self.lines and self.lines is not None and not set(loaded) <= set(self.lines):
            return CarLines(use=use)
        return self._seen(loaded if max(per_line_a) >= _BUSY_LINE_A else None, monotonic_s)

    def _seen(self, seeming: tuple[int, ...] | None, monotonic_s: float) -> CarLines:
        """Take in which lines seem to be loaded."""
        if seeming is None:
            return self if self.since_s == inf else replace(self, seeming=None, since_s=inf)
        if seeming != self.lines and self.lines is not None and not set(seeming) <= set(self.lines):
            return CarLines(use=self.use)
        if seeming != self.seeming or self.since_s == inf:
            return replace(self, seeming=seeming, since_s=monotonic_s)
        if self.lines == seeming or monotonic_s - self.since_s < _SURE_S:
            return self
        return replace(self, lines=seeming)

    def _by_limit(self, sum_a: float, limit_a: float | None, use: LineUse, monotonic_s: float) -> CarLines:
        """Compare a sum with the limit; only what holds at two limits is believed."""
        if limit_a is None:
            return self._seen(None, monotonic_s)
        if self.lines is not None:
            if sum_a <= len(self.lines) * limit_a * _TOO_MUCH + _TOO_MUCH_A:
                return self
            return CarLines(use=use)
        count = _whole(sum_a, limit_a, _NEAR_LIMIT, len(use.lines))
        seeming = None if count is None else use.lines[:count]
        known = self
        if seeming != self.seeming or seeming is None or count is None:
            return replace(self, seeming=seeming, since_s=inf if seeming is None else monotonic_s)
        if monotonic_s - self.since_s >= _SURE_S and (count, limit_a) not in self.proofs:
            known = replace(self, proofs=(*self.proofs, (count, limit_a))[-3:])
        limits_a = [at_a for proven, at_a in known.proofs if proven == count]
        if limits_a and max(limits_a) - min(limits_a) >= _OTHER_LIMIT_A:
            return replace(known, lines=seeming)
        return known


def _whole(sum_a: float, each_a: float, near: float, most: int) -> int | None:
    """Return how many times one current goes into a sum; None where it is no whole number of 1 to `most`."""
    if each_a < _LEAST_EACH_A:
        return None
    count = round(sum_a / each_a)
    if not 1 <= count <= most or abs(sum_a - count * each_a) > near * sum_a:
        return None
    return count
