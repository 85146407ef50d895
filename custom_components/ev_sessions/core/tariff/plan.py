"""A household's plan in plain words: a usual price, and other prices at other times.

The same words serve for a supplier's time-of-use leaflet and, where the price is read from
an entity, for what the grid adds to it by the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from ..fields import Fields
from ..money import unit_price
from ..problem import InputError, Problem
from .component import ComponentType, PriceComponent, TimelinePrice
from .extras import Discount, Extras, IdleFee, discount_from
from .plan_parts import NO_FEES, PlanFees, PlanFree, PlanTier, PlanWindow, PricePer
from .restrictions import Restrictions
from .tariff import PriceLimit, Tariff, TariffElement, TaxIncluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The usual price per kWh in the major unit, the windows before it, and the tax on top of them.

    A window may also price time, or be due once, beside the energy.

    `sun` is what a kWh from the own roof costs at all times, with nothing on top: mostly what
    is lost by not feeding it in. With `sun_read` that is the price that is read, as the market
    would pay it.

    With `read`, prices are what comes on top of the price that is read. Without a VAT the
    prices are what is paid; with `tax_inside` they are too, and the VAT is told of them.
    Of what holds at once the order is: free energy, the sun, windows, tiers, the usual price.
    `holidays` says that they are known: then a window's days are those that are no holidays.
    """

    usual: Decimal
    windows: tuple[PlanWindow, ...] = ()
    tiers: tuple[PlanTier, ...] = ()
    free: PlanFree | None = None
    vat_percent: Decimal | None = None
    tax_inside: bool = False
    read: TimelinePrice | None = None
    sun: Decimal | None = None
    sun_read: bool = False
    fees: PlanFees = NO_FEES
    discounts: tuple[Discount, ...] = ()
    holidays: bool = False

    @classmethod
    def from_data(cls, data: Mapping[str, Any], read: TimelinePrice | None = None) -> Self:
        """Read the JSON that the flow of a plan keeps; what is read is told by whoever reads it."""
        vat, sun, free = (data.get(name) for name in ("vat_percent", "sun_price", "free"))
        return cls(
            usual=Decimal(data["price"]),
            windows=tuple(PlanWindow.from_data(one) for one in data.get("windows") or ()),
            tiers=tuple(PlanTier.from_data(one) for one in data.get("tiers") or ()),
            free=None if free is None else PlanFree.from_data(free),
            vat_percent=None if vat is None else Decimal(vat),
            tax_inside=data.get("tax_inside") is True,
            read=read,
            sun=None if sun is None else Decimal(sun),
            sun_read=data.get("sun_read") is True,
            fees=PlanFees.from_data(data.get("fees") or {}),
            discounts=tuple(map(_discount, data.get("discounts") or ())),
            holidays=data.get("holidays") is not None,
        )

    def tariff(self, *, currency: str, time_zone: str) -> Tariff:
        """Return the tariff that the plan is, in a site's currency and zone."""
        return Tariff(
            currency=currency,
            time_zone=time_zone,
            elements=(
                *self._free_element,
                *self._sun_element,
                *(self._window_element(one, when) for one in self.windows for when in self._conditions(one)),
                *self._tier_elements,
                self._element(self.usual, Restrictions()),
                *self._fee_elements,
            ),
            tax_included=TaxIncluded.YES if self.tax_inside else TaxIncluded.NO,
            min_price=self._limit(self.fees.least),
            max_price=self._limit(self.fees.most),
            extras=Extras(idle_fee=self._idle_fee, discounts=self.discounts),
        )

    def _window_element(self, window: PlanWindow, when: Restrictions) -> TariffElement:
        """Return the element of a price at other times: only that of energy is on top of what is read."""
        if window.per is PricePer.KWH:
            return self._element(window.price, when)
        step_size = 0 if window.per is PricePer.SESSION else self.fees.step_min * 60
        components = tuple(
            PriceComponent(type=kind, price=window.price, vat_percent=self.vat_percent, step_size=step_size)
            for kind in window.per.counts
        )
        return TariffElement(price_components=components, restrictions=when)

    def _conditions(self, window: PlanWindow) -> tuple[Restrictions, ...]:
        return window.conditions(holidays_known=self.holidays)

    @property
    def _free_element(self) -> tuple[TariffElement, ...]:
        return () if self.free is None else (self._fixed(Decimal(0), self.free.when),)

    @property
    def _tier_elements(self) -> tuple[TariffElement, ...]:
        """The tiers, the highest first: each holds from its energy on."""
        tiers = sorted(self.tiers, key=lambda tier: tier.from_kwh, reverse=True)
        return tuple(self._element(tier.price, Restrictions(min_month_kwh=tier.from_kwh)) for tier in tiers)

    @property
    def _fee_elements(self) -> tuple[TariffElement, ...]:
        fees = self.fees
        kinds = ((ComponentType.FLAT, fees.session, 0), (ComponentType.TIME, fees.hour, fees.step_min * 60))
        parts = tuple(
            PriceComponent(type=kind, price=price, vat_percent=self.vat_percent, step_size=step)
            for kind, price, step in kinds
            if price is not None
        )
        return (TariffElement(price_components=parts),) if parts else ()

    @property
    def _idle_fee(self) -> IdleFee | None:
        fees = self.fees
        if fees.idle_hour is None:
            return None
        return IdleFee(
            price=fees.idle_hour,
            grace_s=fees.idle_grace_min * 60,
            exempt=fees.idle_exempt,
            step_s=fees.idle_step_min * 60,
            cap=fees.idle_most,
            vat_percent=self.vat_percent,
        )

    def _limit(self, limit: Decimal | None) -> PriceLimit | None:
        """Return a limit of the price, tax included; before taxes it is the share that leaves."""
        if limit is None:
            return None
        factor = 1 + (self.vat_percent or Decimal(0)) / 100
        return PriceLimit(before_taxes=unit_price(limit / factor), after_taxes=limit)

    @property
    def _sun_element(self) -> tuple[TariffElement, ...]:
        own = Restrictions(solar=True)
        if self.sun_read and self.read is not None:
            component = PriceComponent(type=ComponentType.ENERGY, price=replace(self.read, multiply=Decimal(1)))
            return (TariffElement(price_components=(component,), restrictions=own),)
        return () if self.sun is None else (self._fixed(self.sun, own),)

    def _fixed(self, price: Decimal, when: Restrictions) -> TariffElement:
        """Return an element with a price that nothing comes on top of."""
        component = PriceComponent(type=ComponentType.ENERGY, price=price, step_size=self.fees.step_wh)
        return TariffElement(price_components=(component,), restrictions=when)

    def _element(self, price: Decimal, when: Restrictions) -> TariffElement:
        component = PriceComponent(
            type=ComponentType.ENERGY,
            price=price if self.read is None else replace(self.read, add=price),
            vat_percent=self.vat_percent,
            step_size=self.fees.step_wh,
        )
        return TariffElement(price_components=(component,), restrictions=when)


def _discount(data: Mapping[str, Any]) -> Discount:
    problems: list[Problem] = []
    discount = discount_from(Fields(data, "discounts", problems))
    if problems:
        raise InputError(problems)
    return discount
