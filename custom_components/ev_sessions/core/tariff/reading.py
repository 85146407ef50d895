"""Reading a tariff: OCPI's JSON of 2.2.1 and 2.3.0, and our own, which is a superset of it.

Ours has numbers as text, so that no digit is lost, the time zone, and prices that are read
from a timeline.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..fields import Fields
from ..prices.currencies import CURRENCIES
from ..prices.price import GapRule, GapRuleKind
from ..prices.unit import GREATEST_PLAUSIBLE_PRICE
from ..problem import InputError, Problem, ProblemKind
from .component import ComponentType, PriceComponent, TimelinePrice
from .extras import NONE, Extras, discount_from, idle_fee_from
from .restrictions import DayOfWeek, Reservation, Restrictions
from .tariff import PriceLimit, Tariff, TariffElement, TariffType, TaxIncluded

#: The restrictions that are numbers: OCPI's names, and ours with their units.
NUMBERS = {
    "min_kwh": "min_kwh",
    "max_kwh": "max_kwh",
    "min_current": "min_current_a",
    "max_current": "max_current_a",
    "min_power": "min_power_kw",
    "max_power": "max_power_kw",
}
#: OCPI 2.3.0's names of a price limit's two parts, and those of 2.2.1.
LIMIT_NAMES = (("before_taxes", "after_taxes"), ("excl_vat", "incl_vat"))

#: Under this name stands in a tariff what OCPI does not have.
OURS = "ev_sessions"

_RESTRICTIONS = frozenset(
    {
        *NUMBERS,
        "start_time",
        "end_time",
        "start_date",
        "end_date",
        "min_duration",
        "max_duration",
        "day_of_week",
        "reservation",
    }
)
#: Restrictions that OCPI does not have.
_OURS = frozenset({"months", "min_month_kwh", "max_month_kwh", "solar", "holiday"})
_TARIFF = frozenset(
    {
        "currency",
        "time_zone",
        "elements",
        "type",
        "tax_included",
        "min_price",
        "max_price",
        "start_date_time",
        "end_date_time",
        OURS,
    }
)
_MOST_PERCENT = Decimal(1000)
_MOST_QUANTITY = Decimal(1_000_000_000)
_MOST_STEP = 1_000_000_000
#: More elements than this are no tariff; each is looked at at each instant.
_MOST_ELEMENTS = 1_000


def tariff_from(data: Any) -> Tariff:
    """Return the tariff of our own JSON; InputError names every field that is wrong."""
    return _tariff(data, "UTC", ours=True)


def tariff_from_ocpi(data: Any, time_zone: str) -> Tariff:
    """Return the tariff of OCPI's JSON, for a site in `time_zone`; InputError names every field that is wrong.

    OCPI asks for a step size, and many leave it out: then the least unit is billed. With a
    field `ev_sessions` the tariff may also have what OCPI does not.
    """
    return _tariff(data, time_zone, ours=False)


def restrictions_from(fields: Fields | None) -> Restrictions:
    """Return the restrictions of our own JSON; none restrict nothing."""
    return Restrictions() if fields is None else _restrictions(fields, ours=True)


def _tariff(data: Any, time_zone: str, *, ours: bool) -> Tariff:
    problems: list[Problem] = []
    fields = Fields(data, "", problems)
    elements = fields.objects("elements")
    step_size = 0 if ours else 1
    ours = ours or OURS in fields
    if len(elements) > _MOST_ELEMENTS:
        fields.mark("elements", ProblemKind.OUT_OF_RANGE)
        elements = []
    tariff = Tariff(
        currency=_currency(fields),
        time_zone=str(fields.raw("time_zone") or time_zone),
        elements=tuple(_element(element, step_size, ours=ours) for element in elements),
        type=fields.word("type", TariffType),
        tax_included=fields.word("tax_included", TaxIncluded) or TaxIncluded.NO,
        min_price=_limit(fields, "min_price"),
        max_price=_limit(fields, "max_price"),
        start=fields.instant("start_date_time"),
        end=fields.instant("end_date_time"),
        extras=_extras(fields.object(OURS)),
        about=fields.others(_TARIFF),
    )
    if tariff.start is not None and tariff.end is not None and tariff.end <= tariff.start:
        fields.mark("end_date_time", ProblemKind.ENDS_BEFORE_START)
    if problems:
        raise InputError(problems)
    return tariff


def _currency(fields: Fields) -> str:
    if not fields.required("currency"):
        return ""
    currency = str(fields.raw("currency")).strip().upper()
    if currency not in CURRENCIES:
        fields.mark("currency", ProblemKind.UNKNOWN_CURRENCY)
    return currency


def _limit(fields: Fields, name: str) -> PriceLimit | None:
    limit = fields.object(name)
    if limit is None:
        return None
    before, after = next((names for names in LIMIT_NAMES if names[0] in limit), LIMIT_NAMES[0])
    limit.required(before)
    most = GREATEST_PLAUSIBLE_PRICE
    before_taxes = limit.number(before, least=-most, most=most) or Decimal(0)
    after_taxes = limit.number(after, least=-most, most=most)
    if after_taxes is None and limit.raw("taxes"):
        # Written as a Price of 2.3.0, with the amount of each tax.
        after_taxes = before_taxes + _sum_of_taxes(limit, "amount", -most, most)
    return PriceLimit(before_taxes=before_taxes, after_taxes=after_taxes)


def _vat(fields: Fields) -> Decimal | None:
    """Return the tax of a component in percent; several, as some list them, come to one."""
    vat = fields.number("vat", least=Decimal(0), most=_MOST_PERCENT)
    if "vat" in fields or not fields.raw("taxes"):
        return vat
    return _sum_of_taxes(fields, "percentage", Decimal(0), _MOST_PERCENT)


def _sum_of_taxes(fields: Fields, name: str, least: Decimal, most: Decimal) -> Decimal:
    taxes = fields.objects("taxes")
    found = [one.number(name, least=least, most=most) for one in taxes if one.required(name)]
    return sum((one for one in found if one is not None), Decimal(0))


def _element(fields: Fields, step_size: int, *, ours: bool) -> TariffElement:
    restrictions = fields.object("restrictions")
    return TariffElement(
        price_components=tuple(_component(component, step_size) for component in fields.objects("price_components")),
        restrictions=Restrictions() if restrictions is None else _restrictions(restrictions, ours=ours),
    )


def _component(fields: Fields, step_size: int) -> PriceComponent:
    fields.required("type")
    step = fields.whole("step_size", most=_MOST_STEP)
    return PriceComponent(
        type=fields.word("type", ComponentType) or ComponentType.ENERGY,
        price=_price(fields),
        vat_percent=_vat(fields),
        step_size=step_size if step is None else step,
    )


def _price(fields: Fields) -> Decimal | TimelinePrice:
    if not fields.required("price"):
        return Decimal(0)
    if not isinstance(fields.raw("price"), Mapping):
        most = GREATEST_PLAUSIBLE_PRICE
        return fields.number("price", least=-most, most=most) or Decimal(0)
    read = fields.object("price") or fields
    read.required("source")
    multiply, plus = read.number("multiply"), read.number("add")
    return TimelinePrice(
        source=str(read.raw("source")),
        multiply=Decimal(1) if multiply is None else multiply,
        add=Decimal(0) if plus is None else plus,
        gap=_gap(read.object("gap")),
        boundary_snap=read.raw("boundary_snap") is not False,
    )


def _gap(fields: Fields | None) -> GapRule:
    if fields is None:
        return GapRule()
    most = GREATEST_PLAUSIBLE_PRICE
    return GapRule(
        kind=fields.word("rule", GapRuleKind) or GapRuleKind.UNPRICED,
        max_s=float(fields.number("max_s", least=Decimal(0), most=Decimal(_MOST_STEP)) or 0),
        price_per_kwh=fields.number("price", least=-most, most=most),
    )


def _restrictions(fields: Fields, *, ours: bool) -> Restrictions:
    # A condition that is not understood would be one that always holds.
    for name in fields.others(_RESTRICTIONS | _OURS if ours else _RESTRICTIONS):
        fields.mark(name, ProblemKind.UNKNOWN_FIELD)
    numbers: dict[str, Any] = {
        ours: fields.number(name, least=Decimal(0), most=_MOST_QUANTITY) for name, ours in NUMBERS.items()
    }
    return Restrictions(
        start_time=fields.time("start_time"),
        end_time=fields.time("end_time"),
        start_date=fields.date("start_date"),
        end_date=fields.date("end_date"),
        min_duration_s=fields.whole("min_duration", most=_MOST_STEP),
        max_duration_s=fields.whole("max_duration", most=_MOST_STEP),
        **(_ours(fields) if ours else {}),
        day_of_week=fields.words("day_of_week", DayOfWeek),
        reservation=fields.word("reservation", Reservation),
        **numbers,
    )


def _months(fields: Fields) -> tuple[int, ...]:
    months = fields.raw("months") or []
    if isinstance(months, list | tuple) and all(month in range(1, 13) for month in months):
        return tuple(sorted(set(months)))
    fields.mark("months", ProblemKind.OUT_OF_RANGE)
    return ()


def _ours(fields: Fields) -> dict[str, Any]:
    """Return the restrictions that OCPI does not have."""
    return {
        "months": _months(fields),
        "min_month_kwh": fields.number("min_month_kwh", least=Decimal(0), most=_MOST_QUANTITY),
        "max_month_kwh": fields.number("max_month_kwh", least=Decimal(0), most=_MOST_QUANTITY),
        "solar": _flag(fields, "solar"),
        "holiday": _flag(fields, "holiday"),
    }


def _flag(fields: Fields, name: str) -> bool | None:
    value = fields.raw(name)
    if value is None or isinstance(value, bool):
        return value
    fields.mark(name, ProblemKind.WRONG_SHAPE)
    return None


def _extras(fields: Fields | None) -> Extras:
    if fields is None:
        return NONE
    fee = fields.object("idle_fee")
    exempt = fee.objects("exempt") if fee is not None and "exempt" in fee else []
    return Extras(
        idle_fee=idle_fee_from(fee, tuple(_restrictions(one, ours=True) for one in exempt)),
        discounts=tuple(map(discount_from, fields.objects("discounts") if "discounts" in fields else [])),
    )
