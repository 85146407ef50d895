"""A price entity that is wrong now and then, and the price timeline that is made of what it shows."""

from bisect import bisect_left
from datetime import datetime
from decimal import Decimal
from random import Random

from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.prices.price import PriceSample, TimelineRules
from custom_components.ev_sessions.core.prices.timeline import BOUNDARY_SNAP, PriceTimeline, quarter_hour_start
from custom_components.ev_sessions.prices.quote import quote
from tests.core.sessions.tracking.rig import BERLIN

from .stream import Stream

#: The price changes each quarter hour, and may be below nothing.
_CENTS = (-5, 45)
#: What a glitch may make of a true price beside nothing: its negative, and what no energy costs but some moneys allow.
_MADE_OF = (Decimal(1), Decimal(-1), Decimal(1_000_000), Decimal(-1_000_000))


class Market:
    """The price; drawn from a seed of its own, so that the rest of a world lives as it would without it."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(f"market {seed}")  # not the world's: the same world lives on
        self.stream = Stream("price", "EUR/kWh", self.rng)
        self.price = Decimal("0.25")
        #: What a price may come to; a price of nothing to a million.
        self.made = {times * price for price in (self.price, Decimal(1)) for times in _MADE_OF}
        self.timeline = PriceTimeline(rules=TimelineRules(zone=BERLIN))
        self.shown: Decimal | None = None
        self.heard: list[tuple[datetime, Decimal | None]] = []
        self.quarter: datetime | None = None
        self.unpriced_steps = 0
        self.changed_at: datetime | None = None

    def live(self, now: Now, *, clean: bool) -> None:
        """Let the price be told, or what becomes of it, and take what the entity shows then."""
        quarter = quarter_hour_start(now.utc, BERLIN)
        if quarter != self.quarter:
            self.quarter = quarter
            self.price = Decimal(self.rng.randint(*_CENTS)) / 100
            self.made.update(self.price * times for times in _MADE_OF)
        self.stream.pass_a_step(now.monotonic_s, clean=clean)
        self.stream.tell(str(self.price), now.utc, now.monotonic_s, clean=clean)
        report = self.stream.newest
        read = quote(None if report is None else report.state, currency="EUR", unit=None)
        self.shown = read if isinstance(read, Decimal) else None
        if not self.heard or self.heard[-1][1] != self.shown:
            self.changed_at = now.utc
            self.timeline = self.timeline.with_sample(PriceSample(at=now.utc, price_per_kwh=self.shown))
        self.heard.append((now.utc, self.shown))
        self.unpriced_steps += self.shown is None
        self._judge(now.utc)

    def _judge(self, at: datetime) -> None:
        """A price that is right counts at once, what is no price leaves the energy without one, and none is made up."""
        counts = self.timeline.price_at(at).price_per_kwh
        assert counts == self.shown, at
        if self.stream.right:
            assert counts == self.price, at
        assert counts is None or counts in self.made, at

    def cuts(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Return the instants inside (start, end) at which the price changes, by what is known now."""
        if self.changed_at is None or self.changed_at <= start:
            return ()  # nothing was heard since
        return tuple(segment.start for segment in self.timeline.segments(start, end)[1:])

    def price_of(self, start: datetime, end: datetime) -> Decimal | None:
        """Return the price of a period, in which there is but one; checked with all that was heard meanwhile."""
        (segment,) = self.timeline.segments(start, end)
        price = segment.price.price_per_kwh
        first, last = (bisect_left(self.heard, at, key=lambda one: one[0]) for at in (start, end))
        for at, shown in self.heard[first:last]:
            # Who is late by seconds is held to have meant the quarter hour.
            if at - quarter_hour_start(at, BERLIN) > BOUNDARY_SNAP:
                assert price == shown, (start, at)
        return price
