"""The cost of a session: its lines, and what they sum to, exactly.

Amounts are fractions of the major unit: an hour's third has no end as a decimal, and nothing
is rounded before it is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from ..sessions.session import PriceBasis
from ..tariff import ComponentType, TaxIncluded

#: What the whole-number quantity of a line is counted in, per unit of its price: mWh per kWh, µs per hour, once.
PER_UNIT = {
    ComponentType.ENERGY: 1_000_000,
    ComponentType.TIME: 3_600_000_000,
    ComponentType.PARKING_TIME: 3_600_000_000,
    ComponentType.FLAT: 1,
}

#: The element of what the tariff charges beside its elements.
NO_ELEMENT = -1


class Rule(StrEnum):
    """Why a line is there."""

    USED = "used"  # what was used, at the component's price
    ONCE = "once"  # a flat fee, when its component first counts
    STEP_SIZE = "step_size"  # what is missing to whole steps
    IDLE_FEE = "idle_fee"  # for staying after the last charging


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """A quantity at a price: `element` and `place` say which component of the tariff.

    `quantity` is in mWh, µs (of either there may be a third), or 1. Without a `unit_price` it is
    unpriced, and in no sum. The price is with or without `vat_percent`, as `tax_included` says.
    """

    period: int
    component: ComponentType
    element: int
    place: int
    quantity: int | Fraction
    unit_price: Decimal | None
    vat_percent: Decimal | None
    tax_included: TaxIncluded
    rule: Rule = Rule.USED
    basis: PriceBasis = PriceBasis.FIXED
    reservation: bool = False

    @property
    def units(self) -> Fraction:
        """The quantity in units of the price: kWh, hours, or 1."""
        return Fraction(self.quantity, PER_UNIT[self.component])

    @property
    def amounts(self) -> tuple[Fraction, Fraction]:
        """The amount before taxes, and after."""
        if self.unit_price is None:
            return _NOTHING, _NOTHING
        before, after = _of_one(self.component, self.unit_price, self.taxed_percent, self.tax_included)
        excl = _times(before, self.quantity)
        return excl, excl if after is before else _times(after, self.quantity)

    @property
    def excl_tax(self) -> Fraction:
        """The amount before taxes."""
        return self.amounts[0]

    @property
    def incl_tax(self) -> Fraction:
        """The amount after taxes."""
        return self.amounts[1]

    @property
    def taxed_percent(self) -> Decimal | None:
        """The rate of its tax; None where it has none."""
        return None if self.tax_included is TaxIncluded.NOT_APPLICABLE else self.vat_percent


_NOTHING = Fraction(0)


def _times(amount: Fraction, quantity: int | Fraction) -> Fraction:
    """Return the product; of whole quantities, as nearly all are, in half the time."""
    if isinstance(quantity, int):
        return Fraction(amount.numerator * quantity, amount.denominator)
    return amount * quantity


@lru_cache(maxsize=4096)  # a session has a handful, in each of its periods again
def _of_one(
    component: ComponentType, unit_price: Decimal, percent: Decimal | None, tax_included: TaxIncluded
) -> tuple[Fraction, Fraction]:
    """Return what one mWh, µs or fee comes to before taxes, and after; the same object where there are none."""
    stated = Fraction(unit_price) / PER_UNIT[component]
    if percent is None:
        return stated, stated
    factor = 1 + Fraction(percent) / 100
    return (stated / factor, stated) if tax_included is TaxIncluded.YES else (stated, stated * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPeriod:
    """A slice [start, end) of the session in which the same components counted, and its amount before taxes."""

    start: datetime
    end: datetime
    excl_tax: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxShare:
    """The tax of one rate; None where it is not known of which."""

    rate_percent: Decimal | None
    amount: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """By how much a discount, a limit or a voucher changed the totals before taxes, and after."""

    rule: str
    excl_tax: Fraction
    incl_tax: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class CostResult:
    """What a session costs: periods sum to `excl_tax`, taxes to the difference of the two totals.

    Lines and `changes` (discounts, limits, a voucher) sum to both totals.
    """

    currency: str
    lines: tuple[CostLine, ...]
    changes: tuple[Change, ...]
    periods: tuple[CostPeriod, ...]
    taxes: tuple[TaxShare, ...]
    excl_tax: Fraction
    incl_tax: Fraction
    unpriced_mwh: int
    flags: tuple[str, ...]


def grouped(lines: Iterable[CostLine]) -> tuple[CostLine, ...]:
    """Return one line for all of the same component at the same price, in order of appearance."""
    sums: dict[tuple[object, ...], int | Fraction] = {}
    first: dict[tuple[object, ...], CostLine] = {}
    for line in lines:
        key = (line.component, line.element, line.place, line.unit_price)
        first.setdefault(key, line)
        sums[key] = sums.get(key, 0) + line.quantity
    return tuple(replace(first[key], quantity=quantity) for key, quantity in sums.items())
