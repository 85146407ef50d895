"""What a tariff prices: components, in the words of OCPI 2.2.1 / 2.3.0 (PriceComponent)."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from ..money import add, product, unit_price
from ..prices.price import GapRule


class ComponentType(StrEnum):
    """What a price component counts (OCPI TariffDimensionType)."""

    ENERGY = "ENERGY"  # per kWh
    TIME = "TIME"  # per hour of charging, or of a reservation
    PARKING_TIME = "PARKING_TIME"  # per hour in which the vehicle asks for no power
    FLAT = "FLAT"  # once


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

    Without a VAT the price is what is paid (OCPI: no VAT is applicable). `step_size` is the
    block that is billed, in Wh or in seconds; 0 bills what was used, to the last bit.
    """

    type: ComponentType
    price: Decimal | TimelinePrice
    vat_percent: Decimal | None = None
    step_size: int = 0

    def taxed(self, price: Decimal) -> Decimal:
        """Return `price` with tax, as a unit price."""
        if self.vat_percent is None:
            return unit_price(price)
        return unit_price(product(price, 1 + self.vat_percent / 100))
