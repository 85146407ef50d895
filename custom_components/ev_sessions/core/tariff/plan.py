"""A household's plan in plain words: a usual price, and other prices at other times.

The same words serve for a supplier's time-of-use leaflet and, where the price is read from
an entity, for what the grid adds to it by the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from ..fields import Fields
from ..money import exact_text
from ..price_unit import GREATEST_PLAUSIBLE_PRICE
from ..problem import InputError, Problem
from .component import ComponentType, PriceComponent, TimelinePrice
from .reading import restrictions_from
from .restrictions import Restrictions
from .tariff import Tariff, TariffElement
from .writing import restrictions_data


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWindow:
    """Another price per kWh, and when it holds; of two that hold at once the first counts."""

    price: Decimal
    when: Restrictions

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_data` wrote; InputError names what is wrong."""
        problems: list[Problem] = []
        fields = Fields(data, "", problems)
        fields.required("price")
        most = GREATEST_PLAUSIBLE_PRICE
        window = cls(
            price=fields.number("price", least=-most, most=most) or Decimal(0),
            when=restrictions_from(fields.object("when")),
        )
        if problems:
            raise InputError(problems)
        return window

    def to_data(self) -> dict[str, Any]:
        """Return the window as plain JSON."""
        return {"price": exact_text(self.price), "when": restrictions_data(self.when)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The usual price per kWh in the major unit, the windows before it, and the tax on top of them.

    `sun` is what a kWh from the own roof costs at all times, with nothing on top: mostly what
    is lost by not feeding it in.

    With `read`, prices are what comes on top of the price that is read. Without a VAT the
    prices are what is paid.
    """

    usual: Decimal
    windows: tuple[PlanWindow, ...] = ()
    vat_percent: Decimal | None = None
    read: TimelinePrice | None = None
    sun: Decimal | None = None

    def tariff(self, *, currency: str, time_zone: str) -> Tariff:
        """Return the tariff that the plan is, in a site's currency and zone."""
        elements = [self._element(window.price, window.when) for window in self.windows]
        return Tariff(
            currency=currency,
            time_zone=time_zone,
            elements=(*self._sun_element, *elements, self._element(self.usual, Restrictions())),
        )

    @property
    def _sun_element(self) -> tuple[TariffElement, ...]:
        if self.sun is None:
            return ()
        component = PriceComponent(type=ComponentType.ENERGY, price=self.sun)
        return (TariffElement(price_components=(component,), restrictions=Restrictions(solar=True)),)

    def _element(self, price: Decimal, when: Restrictions) -> TariffElement:
        component = PriceComponent(
            type=ComponentType.ENERGY,
            price=price if self.read is None else replace(self.read, add=price),
            vat_percent=self.vat_percent,
        )
        return TariffElement(price_components=(component,), restrictions=when)
