"""The records of a price: what a source showed, what it forecasts, what is asked of them.

Prices are in the major unit per kWh, before a tariff adds its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any, Self

from ..money import exact_text
from ..sessions.session import PriceBasis

EARLIEST = datetime.min.replace(tzinfo=UTC)


class GapRuleKind(StrEnum):
    """What energy costs while the source has no price."""

    UNPRICED = "unpriced"
    HOLD = "hold"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRule:
    """What energy costs while the source says that it has no price.

    `hold` takes the last price for at most `max_s` from the loss, `fallback` takes
    `price_per_kwh`. Before the first price nothing counts: that is unpriced.
    """

    kind: GapRuleKind = GapRuleKind.UNPRICED
    max_s: float = 0.0
    price_per_kwh: Decimal | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_data` wrote, or a tariff's configuration: rule, max_s, price; empty is unpriced."""
        price = data.get("price")
        return cls(
            kind=GapRuleKind(data.get("rule", GapRuleKind.UNPRICED)),
            max_s=float(data.get("max_s") or 0),
            price_per_kwh=None if price is None else Decimal(price),
        )

    def to_data(self) -> dict[str, Any]:
        """Return the rule as plain JSON."""
        data: dict[str, Any] = {"rule": self.kind.value}
        if self.kind is GapRuleKind.HOLD:
            data["max_s"] = self.max_s
        if self.kind is GapRuleKind.FALLBACK and self.price_per_kwh is not None:
            data["price"] = exact_text(self.price_per_kwh)
        return data


class SampleKind(IntEnum):
    """What a sample is worth; of two at one instant the greater is told last."""

    HISTORY = 0  # read from the recorder, afterwards
    UNWATCHED = 1  # from here on nobody looks at the source, until the next seen one
    SEEN = 2  # the source's state, as it happened


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSample:
    """The price that the source showed from the instant `at` on; None is "no price"."""

    at: datetime
    price_per_kwh: Decimal | None = None
    kind: SampleKind = SampleKind.SEEN

    @property
    def order(self) -> tuple[datetime, SampleKind, bool, Decimal]:
        """The place in time; a price beats none at the same instant, a higher a lower."""
        price = self.price_per_kwh
        return self.at, self.kind, price is not None, price or Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceInterval:
    """The price that the source gives for [start, end), as it was learned at `seen_at`.

    Where two overlap, what was learned later counts.
    """

    start: datetime
    end: datetime
    price_per_kwh: Decimal
    seen_at: datetime = EARLIEST

    @property
    def rank(self) -> tuple[datetime, Decimal]:
        """What decides where intervals overlap; of one instant the higher price."""
        return self.seen_at, self.price_per_kwh


@dataclass(frozen=True, slots=True)
class PriceAt:
    """A price per kWh and where it comes from; price None exactly where basis is none."""

    price_per_kwh: Decimal | None
    basis: PriceBasis


UNKNOWN_PRICE = PriceAt(None, PriceBasis.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSegment:
    """A span [start, end) in which price and basis do not change."""

    start: datetime
    end: datetime
    price: PriceAt


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRules:
    """How samples are read: the site's zone, the gap rule, the quarter-hour snap."""

    zone: tzinfo
    gap: GapRule = field(default_factory=GapRule)
    boundary_snap: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSlot:
    """A sample or an interval as the ledger keeps it, one per start and basis.

    An interval has an end, a sample none. Basis `held` is the mark that from `start` on
    nobody watched; a price of None says that the source had none.
    """

    start: datetime
    end: datetime | None
    basis: PriceBasis
    price_per_kwh: Decimal | None
    seen_at: datetime

    @classmethod
    def of_sample(cls, sample: PriceSample) -> Self:
        """Return the slot of a sample."""
        return cls(
            start=sample.at,
            end=None,
            basis=_SAMPLE_BASIS[sample.kind],
            price_per_kwh=sample.price_per_kwh,
            seen_at=sample.at,
        )

    @classmethod
    def of_interval(cls, interval: PriceInterval) -> Self:
        """Return the slot of an interval."""
        return cls(
            start=interval.start,
            end=interval.end,
            basis=PriceBasis.INTERVAL,
            price_per_kwh=interval.price_per_kwh,
            seen_at=interval.seen_at,
        )

    def to_sample(self) -> PriceSample | None:
        """Return the sample that the slot was made of; None where it was an interval."""
        if self.basis is PriceBasis.INTERVAL:
            return None
        return PriceSample(at=self.start, price_per_kwh=self.price_per_kwh, kind=_SAMPLE_KIND[self.basis])

    def to_interval(self) -> PriceInterval | None:
        """Return the interval that the slot was made of; None where it was a sample."""
        if self.end is None or self.price_per_kwh is None:
            return None
        return PriceInterval(start=self.start, end=self.end, price_per_kwh=self.price_per_kwh, seen_at=self.seen_at)


_SAMPLE_BASIS = {
    SampleKind.SEEN: PriceBasis.STATE,
    SampleKind.HISTORY: PriceBasis.HISTORY,
    SampleKind.UNWATCHED: PriceBasis.HELD,
}
_SAMPLE_KIND = {basis: kind for kind, basis in _SAMPLE_BASIS.items()}
