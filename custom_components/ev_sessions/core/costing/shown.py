"""A cost as people and programs read it: decimal text that sums as exactly as the cost itself."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from ..money import exact_text, minor_digits
from ..tariff import ComponentType
from .result import NO_ELEMENT, Change, CostLine, CostPeriod, CostResult, grouped

#: Decimals of what has no end as a decimal: a third of an hour at 1.00.
_DIGITS = 12
#: An amount with an end after more decimals than this is shown as if it had none.
_MOST_DIGITS = 30
_UNITS = {
    ComponentType.ENERGY: "kWh",
    ComponentType.TIME: "h",
    ComponentType.PARKING_TIME: "h",
    ComponentType.FLAT: "1",
}

#: What a line has, if only as null.
_NO_LINE: dict[str, Any] = dict.fromkeys(
    (
        "rule",
        "type",
        "element",
        "start",
        "end",
        "quantity",
        "unit",
        "price",
        "price_basis",
        "tax_percent",
        "amount_excl_tax",
        "amount_incl_tax",
    )
)


def cost_json(result: CostResult, zone: tzinfo, *, half_even: bool = False) -> dict[str, Any]:
    """Return a cost as JSON values: amounts as decimal text, instants with the offset of the zone.

    The amounts of lines, periods and taxes sum exactly to what they are parts of; so do those
    of components, save where a discount, a limit or a voucher makes the total another. Only
    what is called so is rounded, each amount by itself, to the digits of the currency: half-up
    (away from zero), or half to even.
    """
    excl, incl = _decimal(result.excl_tax), _decimal(result.incl_tax)

    def text(amount: Decimal) -> str:
        return _padded(amount, minor_digits(result.currency))

    lines = grouped(result.lines)
    before = _shares([line.excl_tax for line in lines])
    after = _shares([line.incl_tax for line in lines])
    taxes = _shares([tax.amount for tax in result.taxes], _difference(incl, excl))
    periods = _shares([period.excl_tax for period in result.periods], excl)
    return {
        "currency": result.currency,
        "total_excl_tax": text(excl),
        "total_incl_tax": text(incl),
        "total_rounded": rounded_text(result.incl_tax, result.currency, half_even=half_even),
        "components": [
            _component(line, text(excl), text(incl)) for line, excl, incl in zip(lines, before, after, strict=True)
        ],
        "taxes": [
            {"rate_percent": None if tax.rate_percent is None else exact_text(tax.rate_percent), "amount": text(amount)}
            for tax, amount in zip(result.taxes, taxes, strict=True)
        ],
        "periods": [
            {
                "start": _instant(period.start, zone),
                "end": _instant(period.end, zone),
                "amount_excl_tax": text(amount),
            }
            for period, amount in zip(result.periods, periods, strict=True)
        ],
        "lines": _lines(result, excl, incl, zone),
        "rounded": _rounded_amounts(result, lines, half_even=half_even),
        "flags": list(result.flags),
    }


def _rounded_amounts(result: CostResult, lines: Sequence[CostLine], *, half_even: bool) -> dict[str, Any]:
    """Return all amounts as they are shown on a bill, in the order of those that are not rounded."""

    def text(amount: Fraction) -> str:
        return rounded_text(amount, result.currency, half_even=half_even)

    return {
        "total_excl_tax": text(result.excl_tax),
        "total_incl_tax": text(result.incl_tax),
        "components": [
            {"amount_excl_tax": None, "amount_incl_tax": None}
            if line.unit_price is None
            else {"amount_excl_tax": text(line.excl_tax), "amount_incl_tax": text(line.incl_tax)}
            for line in lines
        ],
        "taxes": [text(tax.amount) for tax in result.taxes],
        "periods": [text(period.excl_tax) for period in result.periods],
    }


def rounded_text(amount: Fraction, currency: str, *, half_even: bool = False) -> str:
    """Return an amount to the digits of its currency: half-up (away from zero), or half to even."""
    digits = minor_digits(currency)
    whole = _rounded(amount, digits, ROUND_HALF_EVEN if half_even else ROUND_HALF_UP)
    return format(abs(whole) if whole == 0 else whole, "f")


def amount_text(amount: Fraction, currency: str) -> str:
    """Return an amount with all its decimals, to 12 where it has no end, and at least those of its currency."""
    return _padded(_decimal(amount), minor_digits(currency))


def _padded(amount: Decimal, digits: int) -> str:
    plain = exact_text(amount)
    decimals = len(plain.partition(".")[2])
    if decimals >= digits:
        return plain
    return f"{plain}{'' if decimals else '.'}{'0' * (digits - decimals)}"


def _lines(result: CostResult, excl: Decimal, incl: Decimal, zone: tzinfo) -> list[dict[str, Any]]:
    """Return why it costs so much: each line, then what a discount, a limit or a voucher changed."""
    digits = minor_digits(result.currency)
    parts: list[CostLine | Change] = [*result.lines, *result.changes]
    amounts = [
        {"amount_excl_tax": _padded(before, digits), "amount_incl_tax": _padded(after, digits)}
        for before, after in zip(
            _shares([one.excl_tax for one in parts], excl), _shares([one.incl_tax for one in parts], incl), strict=True
        )
    ]
    lines = [_line(line, result.periods[line.period], zone) for line in result.lines]
    changes: list[dict[str, Any]] = [{"rule": change.rule} for change in result.changes]
    return [
        {**_NO_LINE, **one, **({} if one.get("price", "") is None else amount)}
        for one, amount in zip([*lines, *changes], amounts, strict=True)
    ]


def _line(line: CostLine, period: CostPeriod, zone: tzinfo) -> dict[str, Any]:
    percent = line.taxed_percent
    return {
        "rule": line.rule.value,
        "type": line.component.value,
        "element": None if line.element == NO_ELEMENT else line.element,
        "start": _instant(period.start, zone),
        "end": _instant(period.end, zone),
        "quantity": exact_text(_decimal(line.units)),
        "unit": _UNITS[line.component],
        "price": None if line.unit_price is None else exact_text(line.unit_price),
        "price_basis": line.basis.value,
        "tax_percent": None if percent is None else exact_text(percent),
    }


def _component(line: CostLine, excl: str, incl: str) -> dict[str, Any]:
    priced = line.unit_price is not None
    return {
        "type": line.component.value,
        "quantity": exact_text(_decimal(line.units)),
        "unit": _UNITS[line.component],
        "price": None if line.unit_price is None else exact_text(line.unit_price),
        "amount_excl_tax": excl if priced else None,
        "amount_incl_tax": incl if priced else None,
        "element": None if line.element == NO_ELEMENT else line.element,
    }


def _shares(amounts: Sequence[Fraction], whole: Decimal | None = None) -> list[Decimal]:
    """Return amounts as decimals that sum to `whole`, or to the decimal of their sum.

    All that end as decimals are exact; else each sum so far is rounded, and the shares are
    their differences.
    """
    total = _decimal(sum(amounts, Fraction(0))) if whole is None else whole
    exact = [_exact(amount) for amount in amounts]
    if None not in exact and sum(map(Fraction, filter(None, exact)), Fraction(0)) == Fraction(total):
        return [amount for amount in exact if amount is not None]
    reached = [Fraction(_rounded(amount, _DIGITS, ROUND_HALF_EVEN)) for amount in accumulate(amounts)]
    reached[-1:] = [Fraction(total)] * bool(reached)
    return [_decimal(after - before) for before, after in pairwise([Fraction(0), *reached])]


def _difference(one: Decimal, other: Decimal) -> Decimal:
    return _decimal(Fraction(one) - Fraction(other))


def _decimal(amount: Fraction) -> Decimal:
    """Return a fraction as a decimal: exactly where it ends, else to 12 decimals."""
    exact = _exact(amount)
    return _rounded(amount, _DIGITS, ROUND_HALF_EVEN) if exact is None else exact


def _exact(amount: Fraction) -> Decimal | None:
    """Return a fraction as a decimal; None where that has no end."""
    rest, digits = amount.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest //= prime
            power += 1
        digits = max(digits, power)
    if rest != 1 or digits > _MOST_DIGITS:
        return None
    return Decimal(f"{amount.numerator * 10**digits // amount.denominator}E-{digits}")


def _rounded(amount: Fraction, digits: int, rounding: str) -> Decimal:
    """Return a fraction to so many decimals, by its exact value."""
    scaled = abs(amount) * 10**digits
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest
    up = twice > scaled.denominator or (twice == scaled.denominator and (rounding == ROUND_HALF_UP or whole % 2 == 1))
    return Decimal(f"{'-' if amount < 0 else ''}{whole + up}E-{digits}")


def _instant(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat()
