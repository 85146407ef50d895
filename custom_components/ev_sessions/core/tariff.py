"""What energy costs: a tariff, in the words of OCPI 2.2.1 / 2.3.

A tariff is a list of elements, an element a list of price components. For each kind of
component the first element that has it counts (OCPI: "the first matching element"); a
kind that no element has is free. Beside OCPI's fixed price a component may read its price
from a price timeline.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from .moment import us_of
from .money import add, exact_text, product, unit_price, weighted_mean
from .price import UNKNOWN_PRICE, GapRule, PriceAt, PriceSegment, TimelineRules
from .price_timeline import PriceTimeline
from .session import PriceBasis

#: How sure a price is, best first; a span of several is as sure as the least of them.
CERTAINTY = (
    PriceBasis.INTERVAL,
    PriceBasis.STATE,
    PriceBasis.HISTORY,
    PriceBasis.HELD,
    PriceBasis.FIXED,
    PriceBasis.NONE,
)


class ComponentType(StrEnum):
    """What a price component counts (OCPI TariffDimensionType)."""

    ENERGY = "ENERGY"  # per kWh


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePrice:
    """A price that is read from the timeline of `source`: raw x multiply + add.

    `source` names the timeline, an entity id. `gap` and `boundary_snap` say how that
    timeline is read.
    """

    source: str
    multiply: Decimal = Decimal(1)
    add: Decimal = Decimal(0)
    gap: GapRule = field(default_factory=GapRule)
    boundary_snap: bool = True

    def of(self, raw: Decimal) -> Decimal:
        """Return the price before tax for what the timeline shows."""
        return add(product(raw, self.multiply), self.add)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceComponent:
    """A price per unit of what `type` counts, in the tariff's currency, before `vat_percent`.

    Without a VAT the price is what is paid (OCPI: no VAT is applicable).
    """

    type: ComponentType
    price: Decimal | TimelinePrice
    vat_percent: Decimal | None = None

    def taxed(self, price: Decimal) -> Decimal:
        """Return `price` with tax, as a unit price."""
        if self.vat_percent is None:
            return unit_price(price)
        return unit_price(product(price, 1 + self.vat_percent / 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffElement:
    """Price components that count together."""

    price_components: tuple[PriceComponent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What energy costs, in one currency; `time_zone` is the site's."""

    currency: str
    time_zone: str
    elements: tuple[TariffElement, ...]

    @classmethod
    def with_price(cls, price: Decimal | TimelinePrice, *, currency: str, time_zone: str) -> Self:
        """Return the tariff with one price per kWh, fixed or read, all taxes inside."""
        component = PriceComponent(type=ComponentType.ENERGY, price=price)
        return cls(
            currency=currency,
            time_zone=time_zone,
            elements=(TariffElement(price_components=(component,)),),
        )

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_data` wrote."""
        return cls(
            currency=data["currency"],
            time_zone=data["time_zone"],
            elements=tuple(_element_from(element) for element in data["elements"]),
        )

    def to_data(self) -> dict[str, Any]:
        """Return the tariff as plain JSON; equal tariffs give equal data."""
        return {
            "currency": self.currency,
            "time_zone": self.time_zone,
            "elements": [_element_data(element) for element in self.elements],
        }

    @property
    def energy_component(self) -> tuple[int, PriceComponent] | None:
        """The component that counts for energy, and the place of its element; None: energy is free."""
        found = (
            (place, component) for place, element in enumerate(self.elements) for component in element.price_components
        )
        return next(found, None)

    @property
    def timeline_price(self) -> TimelinePrice | None:
        """How energy's price is read from a timeline; None where it is fixed."""
        found = self.energy_component
        if found is None or not isinstance(found[1].price, TimelinePrice):
            return None
        return found[1].price

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
        found = self.energy_component
        if found is None:
            return PriceAt(Decimal(0), PriceBasis.FIXED)
        _, component = found
        if isinstance(component.price, Decimal):
            return PriceAt(component.taxed(component.price), PriceBasis.FIXED)
        return _billed(component, component.price, timeline.price_at(at))

    def segments(self, start: datetime, end: datetime, timeline: PriceTimeline) -> tuple[PriceSegment, ...]:
        """Return [start, end) cut where the price of a kWh or its basis changes."""
        if self.timeline_price is None:
            price = self.price_at(start, timeline)
            return (PriceSegment(start=start, end=end, price=price),) if start < end else ()
        return tuple(
            replace(segment, price=self.price_at(segment.start, timeline)) for segment in timeline.segments(start, end)
        )

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


def _element_data(element: TariffElement) -> dict[str, Any]:
    return {"price_components": [_component_data(component) for component in element.price_components]}


def _element_from(data: Mapping[str, Any]) -> TariffElement:
    return TariffElement(price_components=tuple(_component_from(component) for component in data["price_components"]))


def _component_data(component: PriceComponent) -> dict[str, Any]:
    vat = component.vat_percent
    return {
        "type": component.type.value,
        "price": _price_data(component.price),
        "vat": None if vat is None else exact_text(vat),
    }


def _component_from(data: Mapping[str, Any]) -> PriceComponent:
    vat = data["vat"]
    return PriceComponent(
        type=ComponentType(data["type"]),
        price=_price_from(data["price"]),
        vat_percent=None if vat is None else Decimal(vat),
    )


def _price_data(price: Decimal | TimelinePrice) -> str | dict[str, Any]:
    if isinstance(price, Decimal):
        return exact_text(price)
    return {
        "source": price.source,
        "multiply": exact_text(price.multiply),
        "add": exact_text(price.add),
        "gap": price.gap.to_data(),
        "boundary_snap": price.boundary_snap,
    }


def _price_from(data: str | Mapping[str, Any]) -> Decimal | TimelinePrice:
    if isinstance(data, str):
        return Decimal(data)
    return TimelinePrice(
        source=data["source"],
        multiply=Decimal(data["multiply"]),
        add=Decimal(data["add"]),
        gap=GapRule.from_data(data["gap"]),
        boundary_snap=data["boundary_snap"],
    )
