"""The least and the most that a session costs: limits before and after taxes, each for itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from ..tariff import PriceLimit, Tariff, TaxIncluded
from ..tariff.extras import Discount
from .result import Change, CostLine, TaxShare

MAX_PRICE = "max_price"
MIN_PRICE = "min_price"
DISCOUNT = "discount"
VOUCHER = "voucher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Both totals, their taxes by rate, and what changed them; `kept` is the share that discounts left.

    `changes` is what each of `flags` did, in the order in which it was done.
    """

    excl_tax: Fraction
    incl_tax: Fraction
    taxes: tuple[TaxShare, ...]
    flags: tuple[str, ...] = ()
    kept: Fraction = Fraction(1)
    changes: tuple[Change, ...] = ()

    def times(self, factor: Fraction) -> Total:
        """Return a share of both totals, and of each tax."""
        taxes = tuple(replace(tax, amount=tax.amount * factor) for tax in self.taxes)
        return replace(self, excl_tax=self.excl_tax * factor, incl_tax=self.incl_tax * factor, taxes=taxes)

    def because(self, name: str, before: Total) -> Total:
        """Return the total with the name of what made it of the one before."""
        flags = tuple(dict.fromkeys((*before.flags, name)))
        change = Change(rule=name, excl_tax=self.excl_tax - before.excl_tax, incl_tax=self.incl_tax - before.incl_tax)
        return replace(self, flags=flags, changes=(*before.changes, change))


def total_of(
    lines: Sequence[CostLine],
    tariff: Tariff,
    discounts: Sequence[Discount] = (),
    voucher: Decimal = Decimal(0),
) -> Total:
    """Return the totals of lines: less the discounts, within the greatest price, then the least, less the voucher.

    Where a limit says nothing of the amount after taxes, that follows the one before at the
    session's own share of taxes. Taxes by rate keep their proportions.
    """
    return settled(sum_of(lines), tariff, discounts, voucher)


def settled(total: Total, tariff: Tariff, discounts: Sequence[Discount] = (), voucher: Decimal = Decimal(0)) -> Total:
    """Return what becomes of the sum of all lines."""
    for discount in discounts:
        total = _discounted(total, discount, tariff.tax_included)
    for name, limit, least in ((MAX_PRICE, tariff.max_price, False), (MIN_PRICE, tariff.min_price, True)):
        if limit is not None:
            total = _limited(total, limit, tariff, name, least=least)
    return _less_voucher(total, Fraction(voucher))


def _discounted(total: Total, discount: Discount, tax_included: TaxIncluded) -> Total:
    """Return a total less a discount: a share of whatever sum, or an amount of one above 0."""
    if discount.percent is not None:
        factor = 1 - Fraction(discount.percent) / 100
    else:
        whole = total.incl_tax if tax_included is TaxIncluded.YES else total.excl_tax
        off = min(Fraction(discount.amount or 0), max(whole, Fraction(0)))
        factor = 1 - off / whole if off else Fraction(1)
    return replace(total.times(factor), kept=total.kept * factor).because(DISCOUNT, total)


def _less_voucher(total: Total, voucher: Fraction) -> Total:
    """Return a total less a voucher, that is never below 0 and not used on what is not owed."""
    used = min(voucher, max(total.incl_tax, Fraction(0)))
    if not used:
        return total
    return total.times(1 - used / total.incl_tax).because(VOUCHER, total)


def sum_of(lines: Iterable[CostLine]) -> Total:
    """Return both totals of lines, and their taxes by rate; what has no price is in none."""
    by_rate: dict[Decimal | None, tuple[Fraction, Fraction]] = {}
    for line in lines:
        excl, incl = line.amounts
        if (known := by_rate.get(rate := line.taxed_percent)) is not None:
            excl, incl = known[0] + excl, known[1] + incl
        by_rate[rate] = (excl, incl)
    taxed = sorted((rate, incl - excl) for rate, (excl, incl) in by_rate.items() if rate is not None)
    return Total(
        excl_tax=sum((excl for excl, _ in by_rate.values()), Fraction(0)),
        incl_tax=sum((incl for _, incl in by_rate.values()), Fraction(0)),
        taxes=tuple(TaxShare(rate_percent=rate, amount=amount) for rate, amount in taxed),
    )


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
    taxes = _scaled(total.taxes, incl - excl, _sole_rate(tariff))
    return replace(total, excl_tax=excl, incl_tax=incl, taxes=taxes).because(name, total)


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
