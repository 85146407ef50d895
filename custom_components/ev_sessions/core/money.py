"""Money, exact until it is shown.

Amounts are decimals of the major unit (euro, not cent). Products and sums never round:
the context below raises instead. Rounding happens once, at output, half-up, to the
digits that ISO 4217 gives the currency.
"""

from dataclasses import dataclass
from decimal import (
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

from .energy import MWH_PER_KWH

NANO_PER_UNIT = 1_000_000_000
#: Decimals of a unit price: what a float leaves behind its 12th decimal is noise.
PRICE_DIGITS = 12
#: To this, in the major unit, a cost is kept.
NANO = Decimal("1e-9")
#: Decimals of an average price, which is for showing and rarely terminates.
AVERAGE_DIGITS = 6

#: ISO 4217 digits where they are not 2.
_MINOR_DIGITS = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"], 0),
    **dict.fromkeys(["PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}

#: 60 digits hold any 64-bit energy times any unit price; a result that they do not hold
#: is a bug, and raises.
_EXACT = Context(
    prec=60,
    rounding=ROUND_HALF_EVEN,
    traps=[InvalidOperation, DivisionByZero, Overflow, Inexact],
)
#: For the places where rounding is meant; independent of the thread's own context.
_ROUNDING = Context(
    prec=60,
    rounding=ROUND_HALF_EVEN,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)


class CurrencyMismatchError(ValueError):
    """Amounts of two currencies were to be summed."""

    def __init__(self, one: str, other: str) -> None:
        """Name both currencies."""
        super().__init__(f"{one} and {other} cannot be summed")


def minor_digits(currency: str) -> int:
    """Return how many decimals ISO 4217 gives `currency`; 2 where it is not listed."""
    return _MINOR_DIGITS.get(currency, 2)


def add(one: Decimal, other: Decimal) -> Decimal:
    """Return the exact sum."""
    return _EXACT.add(one, other)


def subtract(one: Decimal, other: Decimal) -> Decimal:
    """Return the exact difference."""
    return _EXACT.subtract(one, other)


def product(one: Decimal, other: Decimal) -> Decimal:
    """Return the product of a price and a factor, to 60 digits."""
    return _ROUNDING.multiply(one, other)


def cost_of(energy_mwh: int, price_per_kwh: Decimal) -> Decimal:
    """Return the exact cost, in the major unit, of `energy_mwh` at `price_per_kwh`."""
    return _EXACT.multiply(exact_kwh(energy_mwh), price_per_kwh)


def exact_kwh(energy_mwh: int) -> Decimal:
    """Return `energy_mwh` in kWh, exactly."""
    return Decimal(energy_mwh).scaleb(-6, _EXACT)


def unit_price(value: Decimal) -> Decimal:
    """Return `value` as a unit price: nearest of 12 decimals, ties to even.

    A price read from a float (0.30000000000000004) becomes what was meant; the price that
    is kept is the price that is billed.
    """
    return _rounded(value, PRICE_DIGITS, ROUND_HALF_EVEN)


def average_price(cost: Decimal, energy_mwh: int) -> Decimal | None:
    """Return the mean price per kWh, nearest of 6 decimals; None where no energy flowed."""
    if energy_mwh == 0:
        return None
    mean = _ROUNDING.divide(_EXACT.multiply(cost, Decimal(MWH_PER_KWH)), Decimal(energy_mwh))
    return _rounded(mean, AVERAGE_DIGITS, ROUND_HALF_UP)


def price_of(cost: Decimal, energy_mwh: int) -> Decimal:
    """Return the unit price at which `energy_mwh` (not 0) costs `cost`, nearest of 12 decimals."""
    return unit_price(_ROUNDING.divide(_EXACT.multiply(cost, Decimal(MWH_PER_KWH)), Decimal(energy_mwh)))


def weighted_mean(prices: list[tuple[Decimal, int]]) -> Decimal:
    """Return the mean of (price, weight) as a unit price; weights are not all 0."""
    total = Decimal(0)
    weights = 0
    for price, weight in prices:
        total = add(total, _EXACT.multiply(price, Decimal(weight)))
        weights += weight
    return unit_price(_ROUNDING.divide(total, Decimal(weights)))


def exact_text(amount: Decimal) -> str:
    """Return `amount` as plain decimal text: no exponent, no trailing zeros, no -0."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _rounded(amount: Decimal, digits: int, rounding: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), rounding, _ROUNDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount of one currency (ISO 4217 code)."""

    amount: Decimal
    currency: str

    @classmethod
    def from_nano(cls, nano: int, currency: str) -> Money:
        """Return the amount of `nano` thousand-millionths of the major unit."""
        return cls(amount=Decimal(nano).scaleb(-9, _EXACT), currency=currency)

    def __add__(self, other: Money) -> Money:
        """Return the exact sum; CurrencyMismatchError where the currencies differ."""
        if other.currency != self.currency:
            raise CurrencyMismatchError(self.currency, other.currency)
        return Money(amount=add(self.amount, other.amount), currency=self.currency)

    @property
    def nano(self) -> int:
        """The amount in thousand-millionths of the major unit, nearest, half-up."""
        return int(_rounded(self.amount, 9, ROUND_HALF_UP).scaleb(9, _EXACT))

    @property
    def rounded(self) -> Decimal:
        """The amount to the currency's minor unit, half-up (away from zero)."""
        return _rounded(self.amount, minor_digits(self.currency), ROUND_HALF_UP)

    @property
    def text(self) -> str:
        """The rounded amount as text, with all digits of the currency: "7.20"."""
        rounded = self.rounded
        return format(abs(rounded) if rounded == 0 else rounded, "f")

    @property
    def exact_text(self) -> str:
        """The amount as plain decimal text, not rounded."""
        return exact_text(self.amount)
