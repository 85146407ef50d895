"""What households and landlords agree on and OCPI does not have: an idle fee with grace, and discounts.

In JSON they stand under `ev_sessions` in a tariff. Tiers by month, holidays and solar energy
are restrictions of ours, and need nothing here.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..fields import Fields
from ..money import exact_text
from ..prices.unit import GREATEST_PLAUSIBLE_PRICE
from ..problem import ProblemKind
from .restrictions import Restrictions

_MOST_S = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleFee:
    """What an hour costs in which the car asks for no power any more, after its last charging.

    The first `grace_s` are free, then times at which one of `exempt` holds are left out, then
    whole steps of `step_s` are billed (0: what it was), then no more than `cap`.
    """

    price: Decimal
    grace_s: int = 0
    exempt: tuple[Restrictions, ...] = ()
    step_s: int = 0
    cap: Decimal | None = None
    vat_percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A share in percent, or an amount, off all energy, time and fees.

    It is for sessions that begin on local days in [start_date, end_date), with that code, of
    that vehicle or payer; what is None asks for nothing. An amount is before taxes, or with
    them where the tariff's prices are, and takes no session below 0.
    """

    percent: Decimal | None = None
    amount: Decimal | None = None
    start_date: date | None = None
    end_date: date | None = None
    code: str | None = None
    vehicle: str | None = None
    payer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """All of it that a tariff has."""

    idle_fee: IdleFee | None = None
    discounts: tuple[Discount, ...] = ()


NONE = Extras()


def idle_fee_from(fields: Fields | None, exempt: tuple[Restrictions, ...]) -> IdleFee | None:
    """Return the idle fee of JSON, with the times at which it is not due."""
    if fields is None:
        return None
    fields.required("price")
    most = GREATEST_PLAUSIBLE_PRICE
    return IdleFee(
        price=fields.number("price", least=Decimal(0), most=most) or Decimal(0),
        grace_s=fields.whole("grace_s", most=_MOST_S) or 0,
        exempt=exempt,
        step_s=fields.whole("step_s", most=_MOST_S) or 0,
        cap=fields.number("cap", least=Decimal(0), most=most),
        vat_percent=fields.number("vat", least=Decimal(0), most=Decimal(1000)),
    )


def discount_from(fields: Fields) -> Discount:
    """Return a discount of JSON: either a share or an amount."""
    if ("percent" in fields) is ("amount" in fields):
        fields.mark("percent", ProblemKind.MISSING)
    return Discount(
        percent=fields.number("percent", least=Decimal(0), most=Decimal(100)),
        amount=fields.number("amount", least=Decimal(0), most=GREATEST_PLAUSIBLE_PRICE),
        start_date=fields.date("start_date"),
        end_date=fields.date("end_date"),
        **{name: str(fields.raw(name)) for name in ("code", "vehicle", "payer") if name in fields},
    )


def discount_data(discount: Discount) -> dict[str, Any]:
    """Return a discount as JSON."""
    data: dict[str, Any] = {
        "percent": None if discount.percent is None else exact_text(discount.percent),
        "amount": None if discount.amount is None else exact_text(discount.amount),
        "start_date": None if discount.start_date is None else discount.start_date.isoformat(),
        "end_date": None if discount.end_date is None else discount.end_date.isoformat(),
        "code": discount.code,
        "vehicle": discount.vehicle,
        "payer": discount.payer,
    }
    return {name: value for name, value in data.items() if value is not None}
