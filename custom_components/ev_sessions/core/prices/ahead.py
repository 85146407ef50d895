"""What is ahead of now in a price: the next one, and the cheapest time of a given length."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from ..moment import us_of
from ..money import add, product, weighted_mean
from ..sessions.session import PriceBasis
from .price import UNKNOWN_PRICE, PriceSegment

_FORESEEN = frozenset({PriceBasis.INTERVAL, PriceBasis.FIXED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span [start, end) and the mean of its price per kWh over time."""

    start: datetime
    end: datetime
    mean_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The price after the one of now, from when, and the cheapest window; None where that is not known."""

    next_price: Decimal | None = None
    next_at: datetime | None = None
    window: Window | None = None


def ahead_of(segments: Sequence[PriceSegment], now: datetime, length: timedelta, before: Window | None = None) -> Ahead:
    """Return what is ahead in segments that follow each other from `now` on.

    `before` is the window that was found last: where it has begun it stays until it is over,
    so that who waits for it can use it to its end.
    """
    segments = [_foreseen(one) for one in segments]
    following = next((one for one in segments if one.start > now and one.price.price_per_kwh is not None), None)
    window: Window | None
    if before is not None and before.start <= now < before.end and before.end - before.start == length:
        window = before
    else:
        window = cheapest_window(segments, now, length)
    if following is None:
        return Ahead(window=window)
    return Ahead(next_price=following.price.price_per_kwh, next_at=following.start, window=window)


def cheapest_window(segments: Sequence[PriceSegment], now: datetime, length: timedelta) -> Window | None:
    """Return the span of a length at or after `now` with the least mean price; of several the earliest.

    All of it has a known price. Where the price never differs there is none: any time will do.
    """
    segments = [_foreseen(one) for one in segments]
    if len({one.price.price_per_kwh for one in segments if one.price.price_per_kwh is not None}) < 2:
        return None
    best: tuple[Decimal, datetime] | None = None
    priced: _Priced | None = None
    for run in _runs(segments):
        found = _Priced(run)
        for start in found.starts(now, length):
            cost = found.cost(start, start + length)
            if best is None or (cost, start) < best:
                best, priced = (cost, start), found
    if best is None or priced is None:
        return None
    start = best[1]
    return Window(start=start, end=start + length, mean_price=priced.mean(start, start + length))


def _foreseen(one: PriceSegment) -> PriceSegment:
    """Return the segment as it is foreseen: what an entity merely shows now says nothing of later."""
    return one if one.price.basis in _FORESEEN else replace(one, price=UNKNOWN_PRICE)


def _runs(segments: Iterable[PriceSegment]) -> list[list[PriceSegment]]:
    """Return the segments that have a price, in runs without a gap."""
    runs: list[list[PriceSegment]] = []
    for one in segments:
        if one.price.price_per_kwh is None:
            continue
        if runs and runs[-1][-1].end == one.start:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


class _Priced:
    """A run of segments, and what a constant power costs until each of them begins."""

    def __init__(self, run: list[PriceSegment]) -> None:
        self._run = run
        self._starts = [one.start for one in run]
        self._until = [Decimal(0)]
        for one in run:
            self._until.append(add(self._until[-1], product(_price(one), Decimal(us_of(one.end) - us_of(one.start)))))

    def starts(self, now: datetime, length: timedelta) -> list[datetime]:
        """Return where the least cost may begin: where a segment does, or where one ends at the window's end."""
        first, last = max(now, self._run[0].start), self._run[-1].end - length
        possible = {first, *self._starts, *(one.end - length for one in self._run)}
        return sorted(start for start in possible if first <= start <= last)

    def cost(self, start: datetime, end: datetime) -> Decimal:
        """Return the price of a span times its µs."""
        return add(self._cost_until(end), -self._cost_until(start))

    def mean(self, start: datetime, end: datetime) -> Decimal:
        """Return the mean price of a span."""
        parts = [
            (_price(one), us_of(min(one.end, end)) - us_of(max(one.start, start)))
            for one in self._run
            if one.start < end and one.end > start
        ]
        return weighted_mean(parts)

    def _cost_until(self, at: datetime) -> Decimal:
        place = bisect_right(self._starts, at) - 1
        one = self._run[place]
        return add(self._until[place], product(_price(one), Decimal(us_of(at) - us_of(one.start))))


def _price(one: PriceSegment) -> Decimal:
    return one.price.price_per_kwh or Decimal(0)
