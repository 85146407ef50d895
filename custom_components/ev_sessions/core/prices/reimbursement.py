"""What employers reimburse for charging at home: rates by country, region and time, each with its source.

Rates are data and change every year or quarter. Once they were seen, they are kept: an
update that brings another figure for the same time changes nothing by itself, it is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from ..fields import Fields
from ..money import exact_text
from ..problem import InputError, Problem, ProblemKind
from .currencies import CURRENCIES

_MOST = Decimal(1000)
_LONGEST_TEXT = 500


class RateKind(StrEnum):
    """What a rate means: the price to reckon with, or the most that is free of tax."""

    FLAT = "flat"
    MAXIMUM = "maximum"


class RatePer(StrEnum):
    """What is reimbursed: energy, or distance."""

    KWH = "kwh"
    MILE = "mile"


class RatePlace(StrEnum):
    """Where was charged."""

    HOME = "home"
    PUBLIC = "public"


type RateKey = tuple[str, str, RatePlace, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReimbursementRate:
    """A rate that holds on the days [start, end); end None: until another one begins.

    `country` is an ISO 3166 code, `region` a name within it or empty. `read_on` is the day on
    which the source was looked at.
    """

    country: str
    region: str = ""
    place: RatePlace = RatePlace.HOME
    kind: RateKind = RateKind.FLAT
    per: RatePer = RatePer.KWH
    start: date
    end: date | None = None
    amount: Decimal
    currency: str
    source: str
    read_on: date | None = None

    @property
    def key(self) -> RateKey:
        """What makes it the same rate, whatever its amount."""
        return self.country, self.region.casefold(), self.place, self.start

    def holds_on(self, day: date) -> bool:
        """Tell whether it may be reckoned with on a day."""
        return self.start <= day and (self.end is None or day < self.end)

    @classmethod
    def from_data(cls, data: Any, path: str = "") -> Self:
        """Read a rate from JSON; raise with all fields that are wrong."""
        problems: list[Problem] = []
        fields = Fields(data, path, problems)
        country, currency, source = (_text(fields, name) for name in ("country", "currency", "source"))
        start, end = fields.date("start") if fields.required("start") else None, fields.date("end")
        amount = fields.number("amount", least=Decimal(0), most=_MOST) if fields.required("amount") else None
        if currency and currency.upper() not in CURRENCIES:
            fields.mark("currency", ProblemKind.UNKNOWN_CURRENCY)
        if country and (len(country) != 2 or not country.isalpha()):
            fields.mark("country", ProblemKind.UNKNOWN_WORD)
        if start is not None and end is not None and end <= start:
            fields.mark("end", ProblemKind.ENDS_BEFORE_START)
        place, kind, per = fields.word("place", RatePlace), fields.word("kind", RateKind), fields.word("per", RatePer)
        region, read_on = fields.raw("region") or "", fields.date("read_on")
        if not isinstance(region, str) or len(region) > _LONGEST_TEXT:
            fields.mark("region", ProblemKind.WRONG_SHAPE)
        if problems or start is None or amount is None:
            raise InputError(problems)
        return cls(
            country=country.upper(),
            region=region.strip(),
            place=place or RatePlace.HOME,
            kind=kind or RateKind.FLAT,
            per=per or RatePer.KWH,
            start=start,
            end=end,
            amount=amount,
            currency=currency.upper(),
            source=source,
            read_on=read_on,
        )

    def to_data(self) -> dict[str, Any]:
        """Return the rate as plain JSON."""
        return {
            "country": self.country,
            "region": self.region or None,
            "place": self.place.value,
            "kind": self.kind.value,
            "per": self.per.value,
            "start": self.start.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
            "amount": exact_text(self.amount),
            "currency": self.currency,
            "source": self.source,
            "read_on": None if self.read_on is None else self.read_on.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBook:
    """The rates that hold here: those that came with the program when they were first seen, and the owner's own.

    `differing` are rates of a later version that say something else of the same time.
    """

    kept: Mapping[RateKey, ReimbursementRate] = field(default_factory=dict)
    own: Mapping[RateKey, ReimbursementRate] = field(default_factory=dict)
    differing: Mapping[RateKey, ReimbursementRate] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        shipped: Iterable[ReimbursementRate],
        kept: Iterable[ReimbursementRate] = (),
        own: Iterable[ReimbursementRate] = (),
    ) -> Self:
        """Return the book: what was kept stays, what is new is added, what differs is told."""
        known = {one.key: one for one in kept}
        brought = {one.key: one for one in shipped}
        differing = {key: one for key, one in brought.items() if key in known and known[key] != one}
        return cls(kept=brought | known, own={one.key: one for one in own}, differing=differing)

    @property
    def rates(self) -> tuple[ReimbursementRate, ...]:
        """All rates that hold, an own one instead of a kept one, by country, region, place and time."""
        both = {**self.kept, **self.own}
        return tuple(both[key] for key in sorted(both))

    def with_own(self, rate: ReimbursementRate) -> RateBook:
        """Return the book with a rate of the owner's."""
        return RateBook(kept=self.kept, own={**self.own, rate.key: rate}, differing=self.differing)

    def without_own(self, key: RateKey) -> RateBook:
        """Return the book without an own rate: what it stood before holds again."""
        return RateBook(
            kept=self.kept,
            own={other: one for other, one in self.own.items() if other != key},
            differing=self.differing,
        )

    def rate_on(
        self, day: date, country: str, region: str = "", place: RatePlace = RatePlace.HOME
    ) -> ReimbursementRate | None:
        """Return the rate of a day: that of the region, else that of the country; the one that began last."""
        found = [
            one for one in self.rates if one.country == country.upper() and one.place is place and one.holds_on(day)
        ]
        of_region = [one for one in found if one.region and one.region.casefold() == region.casefold()]
        of_country = [one for one in found if not one.region]
        return max(of_region or of_country, key=lambda one: one.start, default=None)


def rates_from(data: Any) -> tuple[ReimbursementRate, ...]:
    """Read a list of rates; raise with the fields of the first that is wrong."""
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise InputError([Problem(kind=ProblemKind.WRONG_SHAPE, path="rates")])
    return tuple(ReimbursementRate.from_data(one, f"rates[{place}]") for place, one in enumerate(data))


def _text(fields: Fields, name: str) -> str:
    if not fields.required(name):
        return ""
    value = fields.raw(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT:
        fields.mark(name, ProblemKind.WRONG_SHAPE)
        return ""
    return value.strip()
