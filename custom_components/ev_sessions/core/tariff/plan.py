"""A household's plan in plain words: a usual price, and other prices at other times.

The same words serve for a supplier's time-of-use leaflet and, where the price is read from
an entity, for what the grid adds to it by the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from ..fields import Fields
from ..money import exact_text, unit_price
from ..price_unit import GREATEST_PLAUSIBLE_PRICE
from ..problem import InputError, Problem
from .component import ComponentType, PriceComponent, TimelinePrice
from .extras import NONE, Extras, IdleFee
from .reading import restrictions_from
from .restrictions import Restrictions
from .tariff import PriceLimit, Tariff, TariffElement
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
class PlanFees:
    """What a session costs beside its energy; None is no such fee. `idle_hour` is after `idle_grace_min` of idling."""

    session: Decimal | None = None
    hour: Decimal | None = None
    idle_hour: Decimal | None = None
    idle_grace_min: int = 0
    idle_most: Decimal | None = None
    most: Decimal | None = None  # that a session costs, tax included

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_data` wrote; InputError names what is wrong."""
        problems: list[Problem] = []
        fields = Fields(data, "", problems)
        most = GREATEST_PLAUSIBLE_PRICE
        amounts = {name: fields.number(name, least=Decimal(0), most=most) for name in _AMOUNTS}
        fees = cls(**amounts, idle_grace_min=fields.whole("idle_grace_min", most=_MOST_GRACE_MIN) or 0)
        if problems:
            raise InputError(problems)
        return fees

    def to_data(self) -> dict[str, Any]:
        """Return the fees as plain JSON; what there is none of is left out."""
        amounts = {name: getattr(self, name) for name in _AMOUNTS}
        data: dict[str, Any] = {name: exact_text(amount) for name, amount in amounts.items() if amount is not None}
        return data | ({"idle_grace_min": self.idle_grace_min} if self.idle_grace_min else {})


_AMOUNTS = ("session", "hour", "idle_hour", "idle_most", "most")
_MOST_GRACE_MIN = 10_000
NO_FEES = PlanFees()


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
    fees: PlanFees = NO_FEES

    def tariff(self, *, currency: str, time_zone: str) -> Tariff:
        """Return the tariff that the plan is, in a site's currency and zone."""
        elements = [self._element(window.price, window.when) for window in self.windows]
        return Tariff(
            currency=currency,
            time_zone=time_zone,
            elements=(
                *self._sun_element,
                *elements,
                self._element(self.usual, Restrictions()),
                *self._fee_elements,
            ),
            max_price=self._most,
            extras=NONE if self._idle_fee is None else Extras(idle_fee=self._idle_fee),
        )

    @property
    def _fee_elements(self) -> tuple[TariffElement, ...]:
        kinds = ((ComponentType.FLAT, self.fees.session), (ComponentType.TIME, self.fees.hour))
        parts = tuple(
            PriceComponent(type=kind, price=price, vat_percent=self.vat_percent)
            for kind, price in kinds
            if price is not None
        )
        return (TariffElement(price_components=parts),) if parts else ()

    @property
    def _idle_fee(self) -> IdleFee | None:
        if self.fees.idle_hour is None:
            return None
        return IdleFee(
            price=self.fees.idle_hour,
            grace_s=self.fees.idle_grace_min * 60,
            cap=self.fees.idle_most,
            vat_percent=self.vat_percent,
        )

    @property
    def _most(self) -> PriceLimit | None:
        """The greatest price, tax included; before taxes it is the share that leaves."""
        most = self.fees.most
        if most is None:
            return None
        factor = 1 + (self.vat_percent or Decimal(0)) / 100
        return PriceLimit(before_taxes=unit_price(most / factor), after_taxes=most)

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
