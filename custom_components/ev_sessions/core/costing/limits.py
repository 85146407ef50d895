"""The least and the most that a session costs: limits before and after taxes, each for itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from ..tariff import PriceLimit, Tariff, TaxIncluded
from .result import CostLine, TaxShare

MAX_PRICE = "max_price"
MIN_PRICE = "min_price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Both totals, their taxes by rate, and the limits that bit."""

    excl_tax: Fraction
    incl_tax: Fraction
    taxes: tuple[TaxShare, ...]
    flags: tuple[str, ...] = ()


def total_of(lines: Sequence[CostLine], tariff: Tariff) -> Total:
    """Return the totals of lines within the tariff's limits: the greatest first, then the least.

    Where a limit says nothing of the amount after taxes, that follows the one before at the
    session's own share of taxes. Taxes by rate keep their proportions.
    """
    total = _sum(lines)
    for name, limit, least in ((MAX_PRICE, tariff.max_price, False), (MIN_PRICE, tariff.min_price, True)):
        if limit is not None:
            total = _limited(total, limit, tariff, name, least=least)
    return total


def _sum(lines: Sequence[CostLine]) -> Total:
    excl = incl = Fraction(0)
    by_rate: dict[Decimal, Fraction] = {}
    for line in lines:
        before, after = line.excl_tax, line.incl_tax
        excl, incl = excl + before, incl + after
        if line.vat_percent is not None and line.tax_included is not TaxIncluded.NOT_APPLICABLE:
            by_rate[line.vat_percent] = by_rate.get(line.vat_percent, Fraction(0)) + after - before
    taxes = tuple(TaxShare(rate_percent=rate, amount=amount) for rate, amount in sorted(by_rate.items()))
    return Total(excl_tax=excl, incl_tax=incl, taxes=taxes)


def _limited(total: Total, limit: PriceLimit, tariff: Tariff, name: str, *, least: bool) -> Total:
    choose = max if least else min
    excl = choose(total.excl_tax, Fraction(limit.before_taxes))
    if limit.after_taxes is not None:
        incl = choose(total.incl_tax, Fraction(limit.after_taxes))
    elif total.excl_tax > 0:
        incl = total.incl_tax * excl / total.excl_tax
    else:
        incl = total.incl_tax + (excl - total.excl_tax) * (1 + Fraction(_sole_rate(tariff) or 0) / 100)
    if (excl, incl) == (total.excl_tax, total.incl_tax):
        return total
    return Total(
        excl_tax=excl,
        incl_tax=incl,
        taxes=_scaled(total.taxes, incl - excl, _sole_rate(tariff)),
        flags=(*total.flags, name),
    )


def _scaled(taxes: tuple[TaxShare, ...], amount: Fraction, rate: Decimal | None) -> tuple[TaxShare, ...]:
    """Return taxes in the same proportions that sum to another amount."""
    whole = sum((tax.amount for tax in taxes), Fraction(0))
    if whole:
        return tuple(replace(tax, amount=tax.amount * amount / whole) for tax in taxes)
    # Nothing was taxed, and the limit is: of which rate says a tariff that has only one.
    return (TaxShare(rate_percent=rate, amount=amount),) if amount else taxes


def _sole_rate(tariff: Tariff) -> Decimal | None:
    """Return the rate of a tariff that has only one."""
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        return None
    rates = {component.vat_percent for element in tariff.elements for component in element.price_components}
    return rates.pop() if len(rates) == 1 else None
