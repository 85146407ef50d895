"""The cost of a session that comes from elsewhere: exact, and never at odds with its periods.

A period costs its energy times its price. Where one of cost and price is not said it follows
from the other; where a session says only what it cost, all its energy has the mean price.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Self

from ..energy import split
from ..money import Money, average_price, cost_of, minor_digits, price_of, subtract
from ..sessions.session import ChargingPeriod, PriceBasis
from .periods import ReadPeriod
from .values import RefusedRowError, Row

_AT_ODDS = "cost_does_not_sum"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidCost:
    """What a record says of its cost as a whole: the exact amount, or one rounded to the minor unit, or nothing."""

    exact: Decimal | None
    rounded: Decimal | None
    priced_mwh: int  # the energy that it is the cost of

    @classmethod
    def read(cls, row: Row, currency: str, energy_mwh: int) -> Self:
        """Read the cost of a record, which must be in the site's currency."""
        said_currency = row.text("currency")
        if said_currency is not None and said_currency != currency:
            raise RefusedRowError("other_currency")
        unpriced_mwh = row.energy_mwh("unpriced_kwh") or 0
        if unpriced_mwh > energy_mwh:
            raise RefusedRowError("unpriced_kwh_not_understood")
        exact, rounded = row.number("cost_exact"), row.number("cost")
        priced_mwh = energy_mwh - unpriced_mwh
        if priced_mwh == 0:
            if exact or rounded:
                raise RefusedRowError("cost_without_energy")
            exact = rounded = None
        if exact is None and rounded is None:
            priced_mwh = 0
        return cls(exact=exact, rounded=rounded, priced_mwh=priced_mwh)

    @property
    def amount(self) -> Decimal | None:
        """The best that is said."""
        return self.rounded if self.exact is None else self.exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a session costs; `total_nano` in 10⁻⁹ of the major unit, without the energy that has no price."""

    currency: str
    total_nano: int
    unpriced_mwh: int
    average_price: Decimal | None


def cost_of_periods(
    read: Sequence[ReadPeriod], said: SaidCost, currency: str
) -> tuple[tuple[ChargingPeriod, ...], tuple[int | None, ...], Cost]:
    """Return periods with prices, what each costs, and what all cost; RefusedRowError where that is at odds."""
    energies = [one.period.energy_mwh for one in read]
    priced = any(one.period.energy_mwh and one.period.price_per_kwh is not None for one in read)
    if not priced and said.amount is not None:
        periods, nanos = _by_mean_price(read, said.amount, said.priced_mwh, currency)
        total_nano = Money(amount=said.amount, currency=currency).nano
    else:
        periods = tuple(one.period for one in read)
        nanos = tuple(_nano(one, currency) for one in read)
        total_nano = _checked_total(sum(nano or 0 for nano in nanos), said, len(read), currency)
    unpriced_mwh = sum(energy for energy, nano in zip(energies, nanos, strict=True) if nano is None)
    total = Money.from_nano(total_nano, currency)
    cost = Cost(
        currency=currency,
        total_nano=total_nano,
        unpriced_mwh=unpriced_mwh,
        average_price=average_price(total.amount, sum(energies) - unpriced_mwh),
    )
    return periods, nanos, cost


def _nano(one: ReadPeriod, currency: str) -> int | None:
    cost, price = one.cost, one.period.price_per_kwh
    if cost is None and price is not None:
        cost = cost_of(one.period.energy_mwh, price)
    return None if cost is None else Money(amount=cost, currency=currency).nano


def _checked_total(sum_nano: int, said: SaidCost, count: int, currency: str) -> int:
    """Return the total as it is said, where the periods agree with it to what rounding took."""
    if said.amount is None:
        return sum_nano
    total = Money(amount=said.amount, currency=currency)
    if said.exact is not None:
        if abs(total.nano - sum_nano) > count:
            raise RefusedRowError(_AT_ODDS)
        return total.nano
    minor_unit = Decimal(1).scaleb(-minor_digits(currency))
    if abs(subtract(total.amount, Money.from_nano(sum_nano, currency).rounded)) > minor_unit:
        raise RefusedRowError(_AT_ODDS)
    return sum_nano


def _by_mean_price(
    read: Sequence[ReadPeriod], amount: Decimal, priced_mwh: int, currency: str
) -> tuple[tuple[ChargingPeriod, ...], tuple[int | None, ...]]:
    energies = [one.period.energy_mwh if one.priced else 0 for one in read]
    if sum(energies) != priced_mwh:
        raise RefusedRowError(_AT_ODDS)
    price = price_of(amount, priced_mwh)
    nanos = split(Money(amount=amount, currency=currency).nano, energies)
    periods = tuple(
        replace(one.period, price_per_kwh=price, price_basis=PriceBasis.FIXED) if one.priced else one.period
        for one in read
    )
    return periods, tuple(nano if one.priced else None for one, nano in zip(read, nanos, strict=True))
