"""What a session of the ledger costs: its periods' energy, and what comes beside it, that sum to the total exactly.

The periods of a session cost their energy, at a price each. All else is a line: time and
fees, what is missing to whole steps, the fee for idling, discounts, limits and a voucher. So
the cost of a day is that of the periods and lines that begin in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from ..money import NANO_PER_UNIT
from ..prices.price import PriceAt

#: Decimals of a quantity that has no end as a decimal: a third of an hour.
_QUANTITY_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideLine:
    """A line of a session's cost: so much of what, at which price, by which rule, of which element of the tariff.

    `amount_nano` is with taxes, in 10⁻⁹ of the major unit. A price of None is of several, or unpriced.
    """

    start: datetime
    end: datetime
    component: str
    rule: str
    quantity: Decimal
    unit: str
    amount_nano: int
    element: int | None = None
    unit_price: Decimal | None = None
    vat_percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCost:
    """The cost of a session: `prices` by period (all that changed since it was asked for before), and its lines.

    `total_nano` is with taxes, in 10⁻⁹ of the major unit. Energy without a price is in `unpriced_mwh` and in no sum.
    """

    total_nano: int
    prices: Mapping[int, PriceAt]
    lines: tuple[BesideLine, ...]
    unpriced_mwh: int
    flags: tuple[str, ...] = ()


def nano_of(amount: Fraction) -> int:
    """Return an amount in 10⁻⁹ of the major unit, nearest, ties away from zero."""
    scaled = abs(amount) * NANO_PER_UNIT * 2
    nano = (scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return -nano if amount < 0 else nano


def nano_parts(amounts: Sequence[Fraction], whole_nano: int) -> list[int]:
    """Return amounts in 10⁻⁹ that sum to `whole_nano`, each within one of its own."""
    parts: list[int] = []
    reached, so_far = Fraction(0), 0
    for amount in amounts:
        reached += amount
        parts.append(nano_of(reached) - so_far)
        so_far += parts[-1]
    if parts:
        parts[-1] += whole_nano - so_far
    return parts


def quantity_of(units: Fraction) -> Decimal:
    """Return a quantity as a decimal, to 9 digits."""
    return decimal_of(units, _QUANTITY_DIGITS)


def decimal_of(amount: Fraction, digits: int) -> Decimal:
    """Return an amount as the nearest decimal of so many digits, ties to even."""
    return Decimal(round(amount * 10**digits)).scaleb(-digits)
