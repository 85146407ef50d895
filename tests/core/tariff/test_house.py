"""Which tariffs of OCPI a house can be priced by."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from custom_components.ev_sessions.core.tariff.house import unsuited_parts
from custom_components.ev_sessions.core.tariff.reading import tariff_from, tariff_from_ocpi

ENERGY: dict[str, Any] = {"type": "ENERGY", "price": "0.2", "vat": 20, "step_size": 1}


def with_element(component: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    return {"currency": "EUR", "elements": [{"price_components": [ENERGY | component], "restrictions": restrictions}]}


FIRST = "elements[0].price_components[0]"


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (with_element({}), ()),
        (
            with_element(
                {},
                start_time="22:00",
                end_time="06:00",
                start_date="2026-01-01",
                end_date="2027-01-01",
                day_of_week=["MONDAY"],
            ),
            (),
        ),
        (with_element({"type": "TIME"}), (FIRST,)),
        (with_element({"step_size": 100}), (FIRST,)),
        (with_element({}, max_kwh=5), ("elements[0].restrictions",)),
        (with_element({}, min_power=5), ("elements[0].restrictions",)),
        (with_element({}) | {"max_price": {"before_taxes": 5}}, ("max_price",)),
        (with_element({}) | {"end_date_time": "2027-01-01T00:00:00Z"}, ("end_date_time",)),
        (with_element({}) | {"ev_sessions": {"discounts": [{"percent": 5}]}}, ("ev_sessions",)),
    ],
)
def test_parts_that_the_price_of_a_moment_cannot_have(data: dict[str, Any], parts: tuple[str, ...]) -> None:
    assert unsuited_parts(tariff_from_ocpi(data, "UTC")) == parts


def test_a_price_that_is_read_has_no_entity_in_ocpi() -> None:
    assert unsuited_parts(tariff_from(with_element({"price": {"source": "sensor.spot"}}))) == (FIRST,)


@pytest.mark.parametrize(("taxes", "paid"), [("NO", "0.24"), ("YES", "0.2"), ("N/A", "0.2")])
def test_what_is_paid_is_with_all_taxes(taxes: str, paid: str) -> None:
    tariff = tariff_from_ocpi(with_element({}) | {"tax_included": taxes}, "UTC")
    price = tariff.price_at(datetime(2026, 11, 20, tzinfo=UTC), tariff.new_timeline())
    assert price.price_per_kwh == Decimal(paid)
