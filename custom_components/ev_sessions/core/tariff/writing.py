"""Writing a tariff: our own JSON, which loses nothing, and OCPI's, with the names of what it cannot say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

from ..money import exact_text
from .component import PriceComponent, TimelinePrice
from .extras import Extras, discount_data
from .reading import LIMIT_NAMES, NUMBERS, OURS
from .restrictions import Restrictions
from .tariff import PriceLimit, Tariff, TariffElement, TaxIncluded

#: OCPI's type `number` has four decimals.
_OCPI_DIGITS = Decimal("0.0001")


#: Writes a number, told the name of its field.
type _Number = Callable[[str, Decimal], Any]


class OcpiVersion(StrEnum):
    """The versions of OCPI's Tariff that we write."""

    V2_2_1 = "2.2.1"
    V2_3_0 = "2.3.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class OcpiTariff:
    """A tariff as OCPI's JSON, and the paths of the parts that it could not say."""

    data: dict[str, Any]
    lost: tuple[str, ...] = ()


def tariff_data(tariff: Tariff) -> dict[str, Any]:
    """Return the tariff as our own JSON; equal tariffs give equal data, what is usual is left out."""
    data: dict[str, Any] = {
        **tariff.about,
        "currency": tariff.currency,
        "time_zone": tariff.time_zone,
        "elements": [_own_element(element) for element in tariff.elements],
    }
    if tariff.tax_included is not TaxIncluded.NO:
        data["tax_included"] = tariff.tax_included.value
    if extras := _extras(tariff.extras):
        data[OURS] = extras
    return data | _common(tariff, _text, LIMIT_NAMES[0])


def ocpi_tariff(tariff: Tariff, version: OcpiVersion) -> OcpiTariff:
    """Return the tariff as OCPI's JSON; what the version cannot say is left out and named."""
    said = _Ocpi()
    names = LIMIT_NAMES[0 if version is OcpiVersion.V2_3_0 else 1]
    data: dict[str, Any] = {**tariff.about, "currency": tariff.currency}
    elements = [
        _element(element, said.at(f"elements[{number}]."), said.number)
        for number, element in enumerate(tariff.elements)
    ]
    # One without a price prices nothing, and one without its condition would count always.
    data["elements"] = [
        data
        for place, (element, data) in enumerate(zip(tariff.elements, elements, strict=True))
        if data["price_components"] and not said.loses_condition(element, place)
    ]
    said.path = ""
    data |= _common(tariff, said.number, names)
    if version is OcpiVersion.V2_3_0:
        data["tax_included"] = tariff.tax_included.value
    elif tariff.tax_included is not TaxIncluded.NO:
        said.lost.append("tax_included")
    said.lost += [f"{OURS}.{name}" for name in _extras(tariff.extras)]
    return OcpiTariff(data=data, lost=tuple(dict.fromkeys(said.lost)))


def _common(tariff: Tariff, number: _Number, names: tuple[str, str]) -> dict[str, Any]:
    """Return the fields that are the same in all shapes, those that are there."""
    return _present(
        {
            "type": tariff.type,
            "min_price": _limit("min_price", tariff.min_price, number, names),
            "max_price": _limit("max_price", tariff.max_price, number, names),
            "start_date_time": _instant(tariff.start),
            "end_date_time": _instant(tariff.end),
        }
    )


def _limit(name: str, limit: PriceLimit | None, number: _Number, names: tuple[str, str]) -> Any:
    if limit is None:
        return None
    after = None if limit.after_taxes is None else number(f"{name}.{names[1]}", limit.after_taxes)
    return _present({names[0]: number(f"{name}.{names[0]}", limit.before_taxes), names[1]: after})


def _element(
    element: TariffElement, component: Callable[[int, PriceComponent], Any], number: _Number
) -> dict[str, Any]:
    components = [component(place, one) for place, one in enumerate(element.price_components)]
    data: dict[str, Any] = {"price_components": [one for one in components if one is not None]}
    restrictions = _restrictions(element.restrictions, number)
    return {**data, "restrictions": restrictions} if restrictions else data


def _restrictions(restrictions: Restrictions, number: _Number) -> dict[str, Any]:
    numbers = {name: value for name, ours in NUMBERS.items() if (value := getattr(restrictions, ours)) is not None}
    return _present(
        {
            "start_time": _minute(restrictions.start_time),
            "end_time": _minute(restrictions.end_time),
            "start_date": None if restrictions.start_date is None else restrictions.start_date.isoformat(),
            "end_date": None if restrictions.end_date is None else restrictions.end_date.isoformat(),
            **{name: number(f"restrictions.{name}", value) for name, value in numbers.items()},
            "min_duration": restrictions.min_duration_s,
            "max_duration": restrictions.max_duration_s,
            "day_of_week": [day.value for day in restrictions.day_of_week] or None,
            "reservation": restrictions.reservation,
        }
    )


def restrictions_data(restrictions: Restrictions) -> dict[str, Any]:
    """Return restrictions as our own JSON; those that restrict nothing are left out."""
    return _restrictions(restrictions, _text) | _ours(restrictions)


def _ours(restrictions: Restrictions) -> dict[str, Any]:
    """Return the restrictions that OCPI does not have."""
    least, below = restrictions.min_month_kwh, restrictions.max_month_kwh
    return _present(
        {
            "months": list(restrictions.months) or None,
            "min_month_kwh": None if least is None else exact_text(least),
            "max_month_kwh": None if below is None else exact_text(below),
            "solar": restrictions.solar,
            "holiday": restrictions.holiday,
        }
    )


def _extras(extras: Extras) -> dict[str, Any]:
    fee = extras.idle_fee
    data: dict[str, Any] = {"discounts": [discount_data(one) for one in extras.discounts] or None}
    if fee is not None:
        data["idle_fee"] = _present(
            {
                "price": exact_text(fee.price),
                "grace_s": fee.grace_s,
                "exempt": [restrictions_data(one) for one in fee.exempt] or None,
                "step_s": fee.step_s,
                "cap": None if fee.cap is None else exact_text(fee.cap),
                "vat": None if fee.vat_percent is None else exact_text(fee.vat_percent),
            }
        )
    return _present(data)


def _own_element(element: TariffElement) -> dict[str, Any]:
    data: dict[str, Any] = {
        "price_components": [_own_component(place, one) for place, one in enumerate(element.price_components)]
    }
    restrictions = restrictions_data(element.restrictions)
    return {**data, "restrictions": restrictions} if restrictions else data


def _own_component(_place: int, component: PriceComponent) -> dict[str, Any]:
    vat, price = component.vat_percent, component.price
    data: dict[str, Any] = {
        "type": component.type.value,
        "price": exact_text(price) if isinstance(price, Decimal) else _timeline_data(price),
        "vat": None if vat is None else exact_text(vat),
    }
    return {**data, "step_size": component.step_size} if component.step_size else data


def _timeline_data(price: TimelinePrice) -> dict[str, Any]:
    return {
        "source": price.source,
        "multiply": exact_text(price.multiply),
        "add": exact_text(price.add),
        "gap": price.gap.to_data(),
        "boundary_snap": price.boundary_snap,
    }


@dataclass(slots=True)
class _Ocpi:
    """What OCPI can say of numbers and components; keeps the paths of what it cannot."""

    path: str = ""
    lost: list[str] = field(default_factory=list)

    def at(self, element: str) -> Callable[[int, PriceComponent], dict[str, Any] | None]:
        """Return the writer of an element's components."""
        self.path = element
        return self._component

    def loses_condition(self, element: TariffElement, place: int) -> bool:
        """Return whether an element has a condition that OCPI cannot say."""
        lost = bool(_ours(element.restrictions))
        if lost:
            self.lost.append(f"elements[{place}]")
        return lost

    def number(self, name: str, value: Decimal) -> float | int:
        """Return a number of four decimals."""
        rounded = value.quantize(_OCPI_DIGITS, ROUND_HALF_EVEN)
        if rounded != value:
            self.lost.append(self.path + name)
        return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)

    def _component(self, place: int, component: PriceComponent) -> dict[str, Any] | None:
        name = f"price_components[{place}]"
        if isinstance(component.price, TimelinePrice):
            # Without its price it would be a gift.
            self.lost.append(self.path + name)
            return None
        data: dict[str, Any] = {
            "type": component.type.value,
            "price": self.number(f"{name}.price", component.price),
        }
        if component.vat_percent is not None:
            data["vat"] = self.number(f"{name}.vat", component.vat_percent)
        return {**data, "step_size": component.step_size}


def _text(_name: str, value: Decimal) -> str:
    return exact_text(value)


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.value if isinstance(value, StrEnum) else value for name, value in data.items() if value is not None
    }


def _minute(at: Any) -> str | None:
    return None if at is None else at.strftime("%H:%M")


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
