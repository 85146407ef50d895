"""The price as a function of time: what was seen, what was forecast, what is not known.

Prices here are in the major unit per kWh, before a tariff adds its own. What is known
best counts: the source's intervals, then its state as it was seen, then the recorder's
history of it, then the last price held, then nothing.

A `PriceTimeline` is immutable; adding to it gives a new one. What it answers depends only
on what it was told, never on the order of telling.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise

from ..sessions.session import PriceBasis
from .price import (
    EARLIEST,
    UNKNOWN_PRICE,
    GapRuleKind,
    PriceAt,
    PriceInterval,
    PriceSample,
    PriceSegment,
    PriceSlot,
    SampleKind,
    TimelineRules,
)

QUARTER_HOUR = timedelta(minutes=15)
#: An entity that follows a market updates some seconds late: a change so soon after a
#: quarter hour of local time counts from that quarter hour.
BOUNDARY_SNAP = timedelta(seconds=120)
#: More samples than this drop the oldest: a source that changes at every look must not
#: fill the memory. Four weeks of a price that changes every two minutes fit.
MOST_SAMPLES = 20_000
#: More intervals than this drop the oldest: half a year of quarter hours.
MOST_INTERVALS = 20_000


@dataclass(frozen=True, slots=True)
class _Step:
    """What the samples say from `start` on.

    `price` is None while there is none; then `before` is the last one known and `lost_at`
    the instant of the loss.
    """

    start: datetime
    price: Decimal | None
    basis: PriceBasis
    watched: bool
    before: Decimal | None
    lost_at: datetime | None


_NOTHING_SEEN = _Step(EARLIEST, None, PriceBasis.NONE, False, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTimeline:
    """Price as a function of time; lookups cost the logarithm of what is kept.

    `samples` are in order, `intervals` in order and disjoint; both only through
    `with_samples` and `with_intervals`.
    """

    rules: TimelineRules
    samples: tuple[PriceSample, ...] = ()
    intervals: tuple[PriceInterval, ...] = ()
    _steps: tuple[_Step, ...] = (_NOTHING_SEEN,)

    def with_samples(self, samples: Iterable[PriceSample]) -> PriceTimeline:
        """Return the timeline that also knows `samples`, told in any order."""
        new = _in_order(samples)
        if not new:
            return self
        if not self.samples or new[0].at > self.samples[-1].at:
            told = self.samples + new
            steps = _tell(list(self._steps), new, self.rules)
        else:
            told = _in_order((*self.samples, *new))
            steps = _tell([_NOTHING_SEEN], told, self.rules)
        timeline = replace(self, samples=told, _steps=tuple(steps))
        if len(told) > MOST_SAMPLES:
            return timeline.pruned(told[-MOST_SAMPLES * 3 // 4].at)
        return timeline

    def with_sample(self, sample: PriceSample) -> PriceTimeline:
        """Return the timeline that also knows `sample`."""
        return self.with_samples((sample,))

    def with_watch_stopped(self, at: datetime) -> PriceTimeline:
        """Return the timeline for which nobody looked at the source from `at` on.

        Until the next seen sample the recorder's history counts, else the last price is
        held. To be said at a stop and, after a crash, with the last instant that the
        ledger knows to have been watched.
        """
        return self.with_sample(PriceSample(at=at, kind=SampleKind.UNWATCHED))

    def with_clock_set_back(self, now: datetime, by: timedelta = timedelta(0)) -> PriceTimeline:
        """Return the timeline after the wall clock was set back to `now`, by so much.

        What was seen "later" than now was seen before the clock was set. Left there, it
        would hide the true prices when their time comes: it moves with the clock, as the
        sessions do, and counts from there on; with no `by` only the last of it is kept,
        as what the source shows now.
        """
        keep = bisect_right(self.samples, now, key=lambda sample: sample.at)
        if keep == len(self.samples):
            return self
        moved = [replace(sample, at=min(sample.at - by, now)) for sample in self.samples[keep:]]
        if not by:
            moved = moved[-1:]
        before = (sample for sample in self.samples[:keep] if sample.at < moved[0].at)
        return replace(self, samples=(), _steps=(_NOTHING_SEEN,)).with_samples((*before, *moved))

    def with_intervals(self, intervals: Iterable[PriceInterval]) -> PriceTimeline:
        """Return the timeline that also knows `intervals`, told in any order.

        Empty and reversed intervals say nothing.
        """
        new = [interval for interval in intervals if interval.start < interval.end]
        if not new:
            return self
        # What only touches the new span is painted too: equal neighbours become one.
        first = bisect_left(self.intervals, min(i.start for i in new), key=_interval_end)
        last = bisect_right(self.intervals, max(i.end for i in new), key=_interval_start)
        painted = _paint([*self.intervals[first:last], *new])
        told = (*self.intervals[:first], *painted, *self.intervals[last:])
        return replace(self, intervals=told[-MOST_INTERVALS:])

    def with_slots(self, slots: Iterable[PriceSlot]) -> PriceTimeline:
        """Return the timeline that also knows what a ledger kept."""
        kept = tuple(slots)
        samples = (slot.to_sample() for slot in kept)
        intervals = (slot.to_interval() for slot in kept)
        told = self.with_samples(sample for sample in samples if sample is not None)
        return told.with_intervals(interval for interval in intervals if interval is not None)

    def slots_since(self, earlier: PriceTimeline) -> tuple[PriceSlot, ...]:
        """Return what a ledger that has the slots of `earlier` has to upsert, in order of time."""
        samples = set(self.samples).difference(earlier.samples)
        intervals = set(self.intervals).difference(earlier.intervals)
        slots = [PriceSlot.of_sample(sample) for sample in samples]
        slots += [PriceSlot.of_interval(interval) for interval in intervals]
        return tuple(sorted(slots, key=lambda slot: (slot.start, slot.basis)))

    def with_rules(self, rules: TimelineRules) -> PriceTimeline:
        """Return the timeline that reads the same samples by other rules."""
        steps = _tell([_NOTHING_SEEN], self.samples, rules)
        return replace(self, rules=rules, _steps=tuple(steps))

    def pruned(self, before: datetime) -> PriceTimeline:
        """Return the timeline without what says nothing of `before` and later.

        The last price seen before is kept, and all since: it may be held.
        """
        keep = bisect_right(self.samples, before, key=lambda sample: sample.at)
        while keep > 0:
            keep -= 1
            sample = self.samples[keep]
            if sample.kind is SampleKind.SEEN and sample.price_per_kwh is not None:
                break
        samples = self.samples[keep:]
        steps = _tell([_NOTHING_SEEN], samples, self.rules)
        intervals = self.intervals[bisect_right(self.intervals, before, key=_interval_end) :]
        return replace(self, samples=samples, intervals=intervals, _steps=tuple(steps))

    def price_at(self, at: datetime) -> PriceAt:
        """Return the price at the instant `at`."""
        place = bisect_right(self.intervals, at, key=_interval_start) - 1
        if place >= 0 and at < self.intervals[place].end:
            return PriceAt(self.intervals[place].price_per_kwh, PriceBasis.INTERVAL)
        step = self._steps[bisect_right(self._steps, at, key=_step_start) - 1]
        if step.price is not None:
            return PriceAt(step.price, step.basis)
        return self._in_gap(step, at)

    def segments(self, start: datetime, end: datetime) -> tuple[PriceSegment, ...]:
        """Return [start, end) cut where the price or its basis changes; none where empty."""
        if start >= end:
            return ()
        segments: list[PriceSegment] = []
        instants = [start, *self._possible_changes(start, end), end]
        for since, until in pairwise(instants):
            price = self.price_at(since)
            if segments and segments[-1].price == price:
                segments[-1] = replace(segments[-1], end=until)
            else:
                segments.append(PriceSegment(start=since, end=until, price=price))
        return tuple(segments)

    def _in_gap(self, step: _Step, at: datetime) -> PriceAt:
        gap = self.rules.gap
        if step.before is None or step.lost_at is None:
            return UNKNOWN_PRICE
        if gap.kind is GapRuleKind.FALLBACK and gap.price_per_kwh is not None:
            return PriceAt(gap.price_per_kwh, PriceBasis.FIXED)
        if gap.kind is GapRuleKind.HOLD and at < step.lost_at + timedelta(seconds=gap.max_s):
            return PriceAt(step.before, PriceBasis.HELD)
        return UNKNOWN_PRICE

    def _possible_changes(self, start: datetime, end: datetime) -> list[datetime]:
        """Return the instants inside (start, end) at which the price may change, in order."""
        first = bisect_right(self.intervals, start, key=_interval_end)
        last = bisect_left(self.intervals, end, key=_interval_start)
        instants = {i.start for i in self.intervals[first:last]}
        instants.update(i.end for i in self.intervals[first:last])
        first = bisect_right(self._steps, start, key=_step_start) - 1
        last = bisect_left(self._steps, end, key=_step_start)
        hold = timedelta(seconds=self.rules.gap.max_s)
        for step in self._steps[first:last]:
            instants.add(step.start)
            if step.lost_at is not None:
                instants.add(step.lost_at + hold)
        return sorted(instant for instant in instants if start < instant < end)


def quarter_hour_start(at: datetime, zone: tzinfo) -> datetime:
    """Return the last quarter hour of local clock time at or before `at`, in UTC.

    The way back is taken as elapsed time, so an hour that a zone shows twice, or skips,
    is of no matter.
    """
    local = at.astimezone(zone)
    elapsed = timedelta(minutes=local.minute % 15, seconds=local.second, microseconds=local.microsecond)
    return at.astimezone(UTC) - elapsed


def _in_order(samples: Iterable[PriceSample]) -> tuple[PriceSample, ...]:
    """Return the samples in order of time, one of a kind at each instant."""
    ordered = sorted(samples, key=lambda sample: sample.order)
    return tuple({(sample.at, sample.kind): sample for sample in ordered}.values())


def _tell(steps: list[_Step], samples: Iterable[PriceSample], rules: TimelineRules) -> list[_Step]:
    """Return `steps` (at least one) continued by `samples`, that are in order and later."""
    for sample in samples:
        last = steps[-1]
        if (step := _next_step(last, sample)) is None:
            continue
        if rules.boundary_snap and _is_change(last, step):
            boundary = quarter_hour_start(sample.at, rules.zone)
            if sample.at - boundary <= BOUNDARY_SNAP:
                step = replace(step, start=boundary)
        # What was told earlier but would begin later was overtaken by the snap.
        while len(steps) > 1 and steps[-1].start >= step.start:
            steps.pop()
        steps.append(step)
    return steps


def _next_step(last: _Step, sample: PriceSample) -> _Step | None:
    """Return what `sample` makes of `last`; None where it says nothing new."""
    at = _whole_ms(sample.at)
    if sample.kind is SampleKind.UNWATCHED:
        if not last.watched:
            return None
        return replace(last, start=at, basis=PriceBasis.HELD, watched=False)
    if sample.kind is SampleKind.HISTORY and last.watched:
        return None
    watched = sample.kind is SampleKind.SEEN
    if sample.price_per_kwh is not None:
        basis = PriceBasis.STATE if watched else PriceBasis.HISTORY
        return _Step(at, sample.price_per_kwh, basis, watched, None, None)
    if last.price is None:
        return replace(last, start=at, watched=watched)
    return _Step(at, None, PriceBasis.NONE, watched, last.price, at)


def _whole_ms(at: datetime) -> datetime:
    """Return the whole ms in which an instant lies: charging periods begin and end at whole ms."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _is_change(last: _Step, step: _Step) -> bool:
    """Return whether a price known before became another, or came back.

    The first price ever is no change: before it nothing is known. Neither is a loss.
    """
    known = last.price if last.price is not None else last.before
    return step.price is not None and known is not None and step.price != last.price


def _paint(intervals: list[PriceInterval]) -> list[PriceInterval]:
    """Return the disjoint intervals in which, at each instant, the highest rank is left."""
    instants = sorted({i.start for i in intervals} | {i.end for i in intervals})
    places = {instant: place for place, instant in enumerate(instants)}
    tops: list[PriceInterval | None] = [None] * (len(instants) - 1)
    for interval in sorted(intervals, key=lambda i: i.rank):
        for place in range(places[interval.start], places[interval.end]):
            tops[place] = interval
    painted: list[PriceInterval] = []
    for place, top in enumerate(tops):
        if top is None:
            continue
        start, end = instants[place], instants[place + 1]
        if painted and painted[-1].end == start and painted[-1].rank == top.rank:
            painted[-1] = replace(painted[-1], end=end)
        else:
            painted.append(replace(top, start=start, end=end))
    return painted


def _interval_start(interval: PriceInterval) -> datetime:
    return interval.start


def _interval_end(interval: PriceInterval) -> datetime:
    return interval.end


def _step_start(step: _Step) -> datetime:
    return step.start
