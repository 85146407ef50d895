"""What energy and time cost: a tariff, in the words of OCPI 2.2.1 / 2.3.0.

A tariff is a list of elements, an element a list of price components. For each kind of
component the first element that has it and whose restrictions hold counts; a kind that no
element has is free. Beside OCPI's fixed price a component may read its price from a price
timeline.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any, Self
from zoneinfo import ZoneInfo

from ..local_time import local_boundaries
from ..moment import us_of
from ..money import weighted_mean
from ..prices.price import UNKNOWN_PRICE, PriceAt, PriceSegment, TimelineRules
from ..prices.timeline import PriceTimeline
from ..sessions.session import PriceBasis
from .component import ComponentType, PriceComponent, TimelinePrice
from .extras import NONE, Extras
from .restrictions import Moment, Restrictions

#: How sure a price is, best first; a span of several is as sure as the least of them.
CERTAINTY = (
    PriceBasis.INTERVAL,
    PriceBasis.STATE,
    PriceBasis.HISTORY,
    PriceBasis.HELD,
    PriceBasis.FIXED,
    PriceBasis.NONE,
)


class TaxIncluded(StrEnum):
    """Whether the prices of a tariff are with their taxes (OCPI 2.3.0 TaxIncluded)."""

    YES = "YES"
    NO = "NO"
    NOT_APPLICABLE = "N/A"


class TariffType(StrEnum):
    """For which sessions a tariff is meant (OCPI TariffType); none is for all."""

    AD_HOC_PAYMENT = "AD_HOC_PAYMENT"
    PROFILE_CHEAP = "PROFILE_CHEAP"
    PROFILE_FAST = "PROFILE_FAST"
    PROFILE_GREEN = "PROFILE_GREEN"
    REGULAR = "REGULAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLimit:
    """The least or the most that a session costs: two limits that hold each for itself (OCPI 2.3.0)."""

    before_taxes: Decimal
    after_taxes: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffElement:
    """Price components that count together, while their restrictions hold."""

    price_components: tuple[PriceComponent, ...]
    restrictions: Restrictions = field(default_factory=Restrictions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The component that counts, and its place: that of its element, and its own in it."""

    element: int
    place: int
    component: PriceComponent


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a session costs, in one currency; `time_zone` is the site's.

    It holds for sessions that begin in [start, end). `about` are fields of OCPI's that
    price nothing (its id, its owner, texts); they are kept for who gets the tariff back.
    `holidays` are the days that are known to be some, which is no part of what a tariff says.
    """

    currency: str
    time_zone: str
    elements: tuple[TariffElement, ...]
    type: TariffType | None = None
    tax_included: TaxIncluded = TaxIncluded.NO
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    start: datetime | None = None
    end: datetime | None = None
    extras: Extras = NONE
    holidays: frozenset[date] = field(default=frozenset(), compare=False)
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def with_price(cls, price: Decimal | TimelinePrice, *, currency: str, time_zone: str) -> Self:
        """Return the tariff with one price per kWh, fixed or read, all taxes inside."""
        component = PriceComponent(type=ComponentType.ENERGY, price=price)
        return cls(
            currency=currency,
            time_zone=time_zone,
            elements=(TariffElement(price_components=(component,)),),
        )

    def holds_at(self, start: datetime) -> bool:
        """Return whether a session that begins at `start` is priced by this tariff."""
        return (self.start is None or start >= self.start) and (self.end is None or start < self.end)

    def component_at(self, kind: ComponentType, moment: Moment) -> Found | None:
        """Return the component that counts for `kind` at a moment; None: that is free.

        OCPI: the first element in the list that has such a component and whose
        restrictions match.
        """
        for number, element in enumerate(self.elements):
            for place, component in enumerate(element.price_components):
                if component.type is kind and element.restrictions.holds(moment):
                    return Found(element=number, place=place, component=component)
        return None

    @property
    def timeline_price(self) -> TimelinePrice | None:
        """How energy's price is read from a timeline; None where it is fixed.

        All components that read one read the same.
        """
        prices = (
            component.price
            for element in self.elements
            for component in element.price_components
            if component.type is ComponentType.ENERGY
        )
        return next((price for price in prices if isinstance(price, TimelinePrice)), None)

    @property
    def sun_price(self) -> Decimal | None:
        """What a kWh of the sun costs, taxes inside, where that is a price of its own at all times."""
        own = Restrictions(solar=True)
        components = (
            one for element in self.elements if element.restrictions == own for one in element.price_components
        )
        fixed = (one for one in components if one.type is ComponentType.ENERGY and isinstance(one.price, Decimal))
        return next((one.taxed(one.price) for one in fixed if isinstance(one.price, Decimal)), None)

    def new_timeline(self) -> PriceTimeline:
        """Return the empty timeline that the tariff reads; a fixed price needs none of it."""
        read = self.timeline_price
        zone = ZoneInfo(self.time_zone)
        if read is None:
            return PriceTimeline(rules=TimelineRules(zone=zone))
        rules = TimelineRules(zone=zone, gap=read.gap, boundary_snap=read.boundary_snap)
        return PriceTimeline(rules=rules)

    def price_at(self, at: datetime, timeline: PriceTimeline) -> PriceAt:
        """Return what a kWh costs at the instant `at`, taxes inside."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        found = self.component_at(ComponentType.ENERGY, Moment(local=local, holiday=local.date() in self.holidays))
        if found is None:
            return PriceAt(Decimal(0), PriceBasis.FIXED)
        component = found.component
        if self.tax_included is not TaxIncluded.NO:
            # What is paid is what stands there.
            component = replace(component, vat_percent=None)
        if isinstance(component.price, Decimal):
            return PriceAt(component.taxed(component.price), PriceBasis.FIXED)
        return _billed(component, component.price, timeline.price_at(at))

    def segments(self, start: datetime, end: datetime, timeline: PriceTimeline) -> tuple[PriceSegment, ...]:
        """Return [start, end) cut where the price of a kWh or its basis changes.

        Only the clock, the calendar and the timeline count here, as they do for everybody;
        what depends on a session's own energy, power or duration is the cost engine's.
        """
        if start >= end:
            return ()
        found: list[PriceSegment] = []
        for since, until in pairwise([start, *sorted(self._possible_changes(start, end, timeline)), end]):
            price = self.price_at(since, timeline)
            if found and found[-1].price == price:
                found[-1] = replace(found[-1], end=until)
            else:
                found.append(PriceSegment(start=since, end=until, price=price))
        return tuple(found)

    def _possible_changes(self, start: datetime, end: datetime, timeline: PriceTimeline) -> set[datetime]:
        minutes = {minute for element in self.elements for minute in element.restrictions.edge_minutes}
        changes = local_boundaries(start, end, minutes, ZoneInfo(self.time_zone)) if minutes else set()
        if self.timeline_price is not None:
            changes |= {segment.start for segment in timeline.segments(start, end)[1:]}
        return changes

    def next_change(self, after: datetime, until: datetime, timeline: PriceTimeline) -> datetime | None:
        """Return when the price of a kWh changes next, by what is known now; None before `until`."""
        return next(iter(self.cut_instants(after, until, timeline)), None)

    def cut_instants(self, start: datetime, end: datetime, timeline: PriceTimeline) -> tuple[datetime, ...]:
        """Return the instants inside (start, end) at which a charging period has to be cut."""
        return tuple(segment.start for segment in self.segments(start, end, timeline)[1:])

    def span_price(self, start: datetime, end: datetime, timeline: PriceTimeline) -> PriceAt:
        """Return the one price for energy that flowed somewhere in [start, end).

        A period that could not be cut at a change of price (its bounds stand in the
        ledger) has the mean over its time: its energy is taken as spread linearly. That
        mean, to 12 decimals, is its price from then on, so a period's cost is always its
        energy times its price. Where any part has no price the whole is unpriced, as no
        energy may count as free; the basis is that of the least certain part.
        """
        segments = self.segments(start, end, timeline)
        if len(segments) <= 1:
            return self.price_at(start, timeline)
        weighted: list[tuple[Decimal, int]] = []
        for segment in segments:
            if segment.price.price_per_kwh is None:
                return UNKNOWN_PRICE
            weighted.append((segment.price.price_per_kwh, us_of(segment.end) - us_of(segment.start)))
        basis = max((segment.price.basis for segment in segments), key=CERTAINTY.index)
        return PriceAt(weighted_mean(weighted), basis)


def _billed(component: PriceComponent, read: TimelinePrice, seen: PriceAt) -> PriceAt:
    if seen.price_per_kwh is None:
        return seen
    return PriceAt(component.taxed(read.of(seen.price_per_kwh)), seen.basis)
