"""What an EVSE draws at an instant, as far as it is known: from its samples and our commands.

The grid meter and a charger report at different times. What the meter shows is compared
with every value that the charger may have drawn then; where these differ, the car is just
following a command, and what is free is not known to an ampere.
"""

from dataclasses import dataclass
from math import inf

from ...reading import EvseReading

#: Samples that differ by less tell the same draw.
_SAME_A = 0.2

#: A sample this close to an instant tells of it.
FRESH_S = 2.5
#: After so long a draw that was not reported again is taken as it is.
SAMPLE_TRUSTED_S = 60.0

#: Of how old a sample may be when it is looked at, so much is kept with each next one.
_GAP_KEPT = 0.8

#: The same sample told twice: its age is a difference of floats.
_SAME_INSTANT_S = 0.001

#: So many changes of the draw are remembered, and so long.
_MOST_SAMPLES = 24
_LONGEST_S = 90.0

type PerLine = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A draw over the site's lines. It began after `after_s` and was seen at `since_s`."""

    after_s: float
    since_s: float
    drawn_a: PerLine


@dataclass(frozen=True, slots=True)
class Draw:
    """The recent draw of an EVSE: its changes, oldest first, when it was last sampled, and how seldom it is."""

    samples: tuple[Sample, ...] = ()
    sampled_s: float = -inf
    gap_s: float = 0.0  # how old the last sample was at most, forgotten with those that come sooner

    def sampled(self, drawn_a: PerLine, monotonic_s: float, age_s: float = 0.0) -> Draw:
        """Return the draw with one more sample, so old as it is looked at; late and repeated ones change nothing."""
        if monotonic_s < self.sampled_s + _SAME_INSTANT_S:
            return self if age_s <= self.gap_s else Draw(self.samples, self.sampled_s, age_s)
        samples = self.samples
        gap_s = max(_GAP_KEPT * self.gap_s, age_s)
        if samples and same(samples[-1].drawn_a, drawn_a):
            return Draw(samples, monotonic_s, gap_s)
        oldest = 0
        while oldest < len(samples) - 1 and samples[oldest + 1].since_s < monotonic_s - _LONGEST_S:
            oldest += 1
        kept = samples[oldest:][-(_MOST_SAMPLES - 1) :]
        return Draw((*kept, Sample(self.sampled_s, monotonic_s, drawn_a)), monotonic_s, gap_s)

    def between(self, start_s: float, end_s: float) -> tuple[PerLine, PerLine] | None:
        """Return the least and the greatest draw of a span; None where nothing was sampled.

        Between two samples that differ, the draw may have been either.
        """
        samples = self.samples
        if not samples:
            return None
        newest = samples[-1]
        if len(samples) == 1 or (newest.after_s <= end_s and newest.since_s <= start_s):
            return newest.drawn_a, newest.drawn_a
        last = len(samples) - 1
        while last > 0 and samples[last].after_s > end_s:
            last -= 1
        low = high = samples[last].drawn_a
        while last > 0 and samples[last].since_s > start_s:
            last -= 1
            low = least(low, samples[last].drawn_a)
            high = greatest(high, samples[last].drawn_a)
        return low, high

    def may_have_changed(self, monotonic_s: float) -> bool:
        """Tell whether the last change of the draw may have been before an instant."""
        return bool(self.samples) and self.samples[-1].after_s <= monotonic_s

    def moved(self, start_s: float, end_s: float) -> bool:
        """Tell whether the draw changed in a span, as far as that is known."""
        if not self.samples or self.samples[-1].since_s < start_s:
            return False
        return any(one.since_s >= start_s and one.after_s <= end_s for one in self.samples[1:])

    def step(self, start_s: float, end_s: float, line: int) -> tuple[float, float]:
        """Return the least and the greatest step of a line's draw from one instant to another, in A."""
        before, after = self.between(start_s, start_s), self.between(end_s, end_s)
        if before is None or after is None:
            return 0.0, 0.0
        return after[0][line] - before[1][line], after[1][line] - before[0][line]

    @property
    def newest_a(self) -> PerLine | None:
        """Return the last sample's draw."""
        return self.samples[-1].drawn_a if self.samples else None


def sampled_at_s(reading: EvseReading, before: EvseReading, before_s: float, heard_s: float, now_s: float) -> float:
    """Return when the draw of a reading was sampled, in monotonic s.

    `before` is the reading before it, heard at `heard_s`, whose draw was sampled at
    `before_s`. What else a charger reports makes an old draw no younger.
    """
    if reading.drawn_at is None:
        return now_s
    if reading.drawn_at == before.drawn_at:
        return before_s
    # It was reported after the reading before, whatever the wall clock says.
    age_s = (reading.at - reading.drawn_at).total_seconds()
    return now_s - min(now_s - heard_s, max(0.0, age_s))


def same(one_a: PerLine, other_a: PerLine) -> bool:
    """Tell whether two draws are the same but for noise."""
    if one_a == other_a:
        return True
    for a, b in zip(one_a, other_a, strict=True):  # noqa: SIM110 - asked of each sample
        if not -_SAME_A <= a - b <= _SAME_A:
            return False
    return True


def least(one_a: PerLine, other_a: PerLine) -> PerLine:
    """Return the smaller current of each line."""
    return tuple(map(min, one_a, other_a, strict=True))


def greatest(one_a: PerLine, other_a: PerLine) -> PerLine:
    """Return the greater current of each line."""
    return tuple(map(max, one_a, other_a, strict=True))
