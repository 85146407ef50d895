"""How a tariff is looked at while energy flows."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from custom_components.ev_sessions.core.tariff.house import asks_for_owner, asks_for_trace, is_per_kwh
from custom_components.ev_sessions.core.tariff.reading import tariff_from_ocpi

ENERGY: dict[str, Any] = {"type": "ENERGY", "price": "0.2", "vat": 20, "step_size": 1}


def with_element(*more: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    element = {"price_components": [ENERGY, *more], "restrictions": restrictions}
    return {"currency": "EUR", "elements": [element], "ev_sessions": {}}


@pytest.mark.parametrize(
    ("data", "per_kwh", "traced"),
    [
        (with_element(), True, False),
        (with_element(start_time="22:00", end_time="06:00", day_of_week=["MONDAY"], months=[1]), True, False),
        (with_element(start_date="2026-01-01", end_date="2027-01-01"), True, False),
        (with_element(solar=True), True, False),
        (with_element(solar=True, months=[1]), False, False),
        (with_element(max_month_kwh=100), False, False),
        (with_element(max_kwh=100), False, False),
        (with_element(holiday=True), False, False),
        (with_element(min_power=11), False, True),
        (with_element(max_duration=60), False, True),
        (with_element({"type": "ENERGY", "price": 1, "step_size": 500}), False, False),
        (with_element({"type": "FLAT", "price": 1}), False, False),
        (with_element() | {"max_price": {"before_taxes": 5}}, False, False),
        (with_element() | {"end_date_time": "2027-01-01T00:00:00Z"}, False, False),
        (with_element() | {"ev_sessions": {"discounts": [{"percent": 5}]}}, False, False),
    ],
)
def test_which_tariffs_need_more_than_a_price_per_kwh(data: dict[str, Any], *, per_kwh: bool, traced: bool) -> None:
    model = tariff_from_ocpi(data, "Europe/Berlin")
    assert (is_per_kwh(model), asks_for_trace(model)) == (per_kwh, traced)
    assert not is_per_kwh(replace(model, start=datetime(2030, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(("taxes", "paid"), [("NO", "0.24"), ("YES", "0.2"), ("N/A", "0.2")])
def test_what_is_paid_is_with_all_taxes(taxes: str, paid: str) -> None:
    tariff = tariff_from_ocpi(with_element() | {"tax_included": taxes}, "UTC")
    price = tariff.price_at(datetime(2026, 11, 20, tzinfo=UTC), tariff.new_timeline())
    assert price.price_per_kwh == Decimal(paid)


@pytest.mark.parametrize(
    ("discounts", "asks"),
    [
        ([], False),
        ([{"percent": 5}], False),
        ([{"percent": 5, "vehicle": "Zoe"}], True),
        ([{"amount": 1, "payer": "A"}], True),
    ],
)
def test_a_discount_for_somebody_asks_whose_a_session_is(discounts: list[dict[str, Any]], asks: bool) -> None:
    extras = {"discounts": discounts} if discounts else {}
    assert asks_for_owner(tariff_from_ocpi(with_element() | {"ev_sessions": extras}, "UTC")) is asks
