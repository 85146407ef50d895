"""Asking what a session, or any charging periods, would cost under a tariff."""

from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.core.sessions.trace import TraceSample
from custom_components.ev_sessions.site.ledger.ledger import asked
from tests.site.house import site_entry

from .past import EVENING, act, key_of, past, remember
from .test_permissions import someone
from .test_recalculate_cost import learn_price


def component(kind: str, price: float, vat: float, step: int) -> dict[str, Any]:
    return {"type": kind, "price": price, "vat": vat, "step_size": step}


COMPLEX: dict[str, Any] = {
    "country_code": "DE",
    "party_id": "ALL",
    "id": "14",
    "currency": "EUR",
    "elements": [
        {"price_components": [component("FLAT", 2.5, 15.0, 1)]},
        {"price_components": [component("TIME", 1.0, 20.0, 900)], "restrictions": {"max_current": 32.0}},
        {
            "price_components": [component("TIME", 1.25, 20.0, 600)],
            "restrictions": {"min_current": 32.0, "day_of_week": ["SATURDAY", "SUNDAY"]},
        },
        {
            "price_components": [component("PARKING_TIME", 6.0, 10.0, 300)],
            "restrictions": {"start_time": "10:00", "end_time": "17:00", "day_of_week": ["SATURDAY"]},
        },
    ],
    "tax_included": "NO",
    "last_updated": "2015-06-29T20:39:09Z",
}
SATURDAY: list[dict[str, Any]] = [
    {
        "start": "2026-11-21T13:30:00+01:00",
        "end": "2026-11-21T15:24:00+01:00",
        "kwh": 40.5,
        "state": "charging",
        "current_a": 43,
    },
    {"start": "2026-11-21T15:24:00+01:00", "end": "2026-11-21T16:35:00+01:00", "kwh": 0, "state": "parking"},
]
PER_KWH: dict[str, Any] = {
    "currency": "EUR",
    "elements": [{"price_components": [{"type": "ENERGY", "price": "0.25", "vat": 10, "step_size": 1}]}],
}

MINUTE_BY_MINUTE: dict[str, Any] = PER_KWH["elements"][0] | {
    "restrictions": {"start_time": "07:10", "end_time": "07:11"}
}


async def test_ocpi_tariff_and_periods_need_no_site(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    found = await act(hass, "calculate_cost", ocpi_tariff=COMPLEX, periods=SATURDAY, time_zone="Europe/Berlin")
    lines = found.pop("lines")
    assert [(one["rule"], one["type"], one["price"], one["tax_percent"]) for one in lines] == [
        ("once", "FLAT", "2.5", "15"),
        ("used", "TIME", "1.25", "20"),
        ("used", "PARKING_TIME", "6", "10"),
        ("step_size", "PARKING_TIME", "6", "10"),
    ]
    assert sum(Decimal(one["amount_incl_tax"]) for one in lines) == Decimal("13.975")
    assert found.pop("rounded") == {
        "total_excl_tax": "12.38",
        "total_incl_tax": "13.98",
        "components": [
            {"amount_excl_tax": "2.50", "amount_incl_tax": "2.88"},
            {"amount_excl_tax": "2.38", "amount_incl_tax": "2.85"},
            {"amount_excl_tax": "7.50", "amount_incl_tax": "8.25"},
        ],
        "taxes": ["0.75", "0.38", "0.48"],
        "periods": ["4.88", "7.50"],
    }
    assert found == {
        "currency": "EUR",
        "total_excl_tax": "12.375",
        "total_incl_tax": "13.975",
        "total_rounded": "13.98",
        "components": [
            {
                "type": "FLAT",
                "quantity": "1",
                "unit": "1",
                "price": "2.5",
                "amount_excl_tax": "2.50",
                "amount_incl_tax": "2.875",
                "element": 0,
            },
            {
                "type": "TIME",
                "quantity": "1.9",
                "unit": "h",
                "price": "1.25",
                "amount_excl_tax": "2.375",
                "amount_incl_tax": "2.85",
                "element": 2,
            },
            {
                "type": "PARKING_TIME",
                "quantity": "1.25",
                "unit": "h",
                "price": "6",
                "amount_excl_tax": "7.50",
                "amount_incl_tax": "8.25",
                "element": 3,
            },
        ],
        "taxes": [
            {"rate_percent": "10", "amount": "0.75"},
            {"rate_percent": "15", "amount": "0.375"},
            {"rate_percent": "20", "amount": "0.475"},
        ],
        "periods": [
            {
                "start": "2026-11-21T13:30:00+01:00",
                "end": "2026-11-21T15:24:00+01:00",
                "amount_excl_tax": "4.875",
            },
            {"start": "2026-11-21T15:24:00+01:00", "end": "2026-11-21T16:35:00+01:00", "amount_excl_tax": "7.50"},
        ],
        "flags": [],
    }


async def test_the_rounding_can_be_half_to_even(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    given: dict[str, Any] = {"ocpi_tariff": PER_KWH, "periods": [SATURDAY[0] | {"kwh": 41}]}  # 11.275 with tax
    assert (await act(hass, "calculate_cost", **given))["total_rounded"] == "11.28"
    cheaper = deepcopy(given)
    cheaper["periods"][0]["kwh"] = "9"  # 2.475
    assert (await act(hass, "calculate_cost", **cheaper, rounding="half_even"))["total_rounded"] == "2.48"
    cheaper["periods"][0]["kwh"] = "11"  # 3.025
    found = await act(hass, "calculate_cost", **cheaper, rounding="half_even")
    assert (found["total_rounded"], found["rounded"]["total_incl_tax"], found["rounded"]["taxes"]) == (
        *("3.02", "3.02"),
        ["0.28"],
    )


async def test_a_session_of_the_ledger_under_another_tariff(hass: HomeAssistant, site: MockConfigEntry) -> None:
    (session_id,) = await remember(hass, past(0))
    found = await act(hass, "calculate_cost", ocpi_tariff=PER_KWH, session_id=session_id)
    assert (found["total_excl_tax"], found["total_incl_tax"]) == ("1.50", "1.65")
    # The tariff's clock is that of the session's site.
    assert found["periods"][0]["start"] == "2026-11-10T18:00:00+01:00"
    evening = {
        "currency": "EUR",
        "elements": [
            {
                "price_components": [{"type": "ENERGY", "price": 1, "step_size": 1}],
                "restrictions": {"start_time": "18:30", "end_time": "07:10"},
            }
        ],
    }
    found = await act(hass, "calculate_cost", ocpi_tariff=evening, session_id=session_id)
    assert found["total_excl_tax"] == "3.00"
    found = await act(hass, "calculate_cost", ocpi_tariff=evening, session_id=session_id, time_zone="Asia/Tokyo")
    assert found["total_excl_tax"] == "6.00"


async def test_the_tariff_of_a_site_with_what_its_source_said(hass: HomeAssistant, site: MockConfigEntry) -> None:
    (session_id,) = await remember(hass, past(0, cost_exact=None))
    tariff = next(one.subentry_id for one in site.subentries.values() if one.subentry_type == "tariff")
    found = await act(hass, "calculate_cost", tariff=tariff, session_id=session_id)
    assert (found["total_rounded"], found["flags"]) == ("0.00", ["unpriced"])
    await learn_price(site)
    found = await act(hass, "calculate_cost", tariff=tariff, session_id=session_id)
    assert (found["total_rounded"], found["flags"]) == ("1.20", [])
    given = await act(
        hass,
        "calculate_cost",
        tariff=tariff,
        periods=[{"start": "2026-11-10T18:00:00", "end": "2026-11-10T18:30:00", "kwh": 1, "state": "charging"}],
    )
    assert given["total_excl_tax"] == "0.20"


async def test_a_fixed_price_of_a_site(hass: HomeAssistant, start: Any) -> None:
    entry = await start(site_entry(tariff={"kind": "fixed", "price": "0.31"}))
    tariff = next(one.subentry_id for one in entry.subentries.values() if one.subentry_type == "tariff")
    found = await act(hass, "calculate_cost", tariff=tariff, periods=SATURDAY)
    assert found["total_excl_tax"] == "12.555"


async def test_what_looks_wrong_in_a_tariff_is_flagged(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    doubled = PER_KWH | {"elements": PER_KWH["elements"] * 2}
    found = await act(hass, "calculate_cost", ocpi_tariff=doubled, periods=SATURDAY)
    assert found["flags"] == ["unreachable_element_1"]


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"periods": SATURDAY}, "cost_one_tariff"),
        ({"ocpi_tariff": PER_KWH, "tariff": "x", "periods": SATURDAY}, "cost_one_tariff"),
        ({"ocpi_tariff": PER_KWH}, "cost_one_usage"),
        ({"ocpi_tariff": PER_KWH, "periods": SATURDAY, "session_id": "x"}, "cost_one_usage"),
        ({"ocpi_tariff": PER_KWH, "periods": SATURDAY, "time_zone": "Europe/Bonn"}, "time_zone_unknown"),
        ({"ocpi_tariff": PER_KWH, "periods": SATURDAY, "time_zone": "/etc/localtime"}, "time_zone_unknown"),
        ({"ocpi_tariff": PER_KWH, "periods": SATURDAY, "time_zone": "x" * 300}, "time_zone_unknown"),
        ({"ocpi_tariff": PER_KWH, "periods": []}, "field_wrong_shape"),
        ({"ocpi_tariff": PER_KWH | {"currency": "EURO"}, "periods": SATURDAY}, "field_unknown_currency"),
        ({"ocpi_tariff": {"currency": "EUR"}, "periods": SATURDAY}, "field_missing"),
        ({"ocpi_tariff": PER_KWH, "periods": [*SATURDAY, SATURDAY[0]]}, "field_overlap"),
        ({"ocpi_tariff": PER_KWH, "session_id": "nobody"}, "session_not_found"),
        (
            {
                "ocpi_tariff": PER_KWH | {"elements": [MINUTE_BY_MINUTE] * 900},
                "periods": [SATURDAY[0] | {"start": "2017-01-01T00:00:00Z"}],
            },
            "cost_too_much_work",
        ),
        ({"tariff": "nobody", "periods": SATURDAY}, "tariff_not_found"),
        (
            {"ocpi_tariff": PER_KWH | {"end_date_time": "2026-11-20T00:00:00Z"}, "periods": SATURDAY},
            "tariff_ended",
        ),
        (
            {"ocpi_tariff": PER_KWH | {"start_date_time": "2026-11-22T00:00:00Z"}, "periods": SATURDAY},
            "tariff_not_begun",
        ),
    ],
)
async def test_what_cannot_be_answered_says_why(
    hass: HomeAssistant, site: MockConfigEntry, asked: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "calculate_cost", **asked)
    assert key_of(error) == key


@pytest.mark.parametrize("price", ["NaN", 10**9, float("nan")])
async def test_an_absurd_price_is_named_by_its_place(hass: HomeAssistant, price: Any) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    absurd = deepcopy(PER_KWH)
    absurd["elements"][0]["price_components"][0]["price"] = price
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "calculate_cost", ocpi_tariff=absurd, periods=SATURDAY)
    placeholders = error.value.translation_placeholders or {}
    assert placeholders["path"] == "elements[0].price_components[0].price"
    assert key_of(error) in {"field_not_a_number", "field_out_of_range"}


async def test_a_wrong_shape_is_refused_by_the_action_itself(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(vol.Invalid):
        await act(hass, "calculate_cost", ocpi_tariff=PER_KWH, periods="all")


async def test_the_session_of_another_is_as_good_as_none(hass: HomeAssistant, site: MockConfigEntry) -> None:
    (session_id,) = await remember(hass, past(0))
    stranger = await someone(hass, MockUser(), {})
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "calculate_cost", context=stranger, ocpi_tariff=PER_KWH, session_id=session_id)
    assert key_of(error) == "session_not_found"
    rights = {"entities": {"entity_ids": {"sensor.garage_status": {"read": True}}}}
    owner = await someone(hass, MockUser(), rights)
    found = await act(hass, "calculate_cost", context=owner, ocpi_tariff=PER_KWH, session_id=session_id)
    assert Decimal(found["total_excl_tax"]) == Decimal("1.5")


async def test_a_price_by_power_is_exact_from_the_trace(hass: HomeAssistant, site: MockConfigEntry) -> None:
    """An hour at 18:00 in Berlin: 11 kW in the first half, 1 kW in the second; the ledger only knows its quarters."""
    (session_id,) = await remember(hass, past(0))
    by_power = {
        "currency": "EUR",
        "elements": [
            {
                "price_components": [{"type": "ENERGY", "price": 1, "step_size": 1}],
                "restrictions": {"min_power": 5.9, "start_time": "18:10", "end_time": "18:20"},
            }
        ],
    }
    found = await act(hass, "calculate_cost", ocpi_tariff=by_power, session_id=session_id)
    assert (found["total_excl_tax"], found["flags"]) == ("1.00", ["estimated_power", "estimated_split"])
    ledger = site.runtime_data.ledger
    trace = [
        TraceSample(at=EVENING + timedelta(minutes=minute), power_w=power)
        for minute, power in ((0, 6000.0), (12, 3000.0), (13, 9000.0), (14, 6000.0))
    ]
    await asked(ledger.append_trace(session_id, trace))
    found = await act(hass, "calculate_cost", ocpi_tariff=by_power, session_id=session_id)
    # 18:10 to 18:12 and 18:13 to 18:20; the minute of 3 kW is not in it.
    assert (found["total_excl_tax"], found["flags"]) == ("0.95", [])


async def test_more_than_ocpi_has_and_its_circumstances(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    tiers = {
        "currency": "EUR",
        "elements": [
            {
                "price_components": [{"type": "ENERGY", "price": 0.2, "step_size": 1}],
                "restrictions": {"max_month_kwh": 100},
            },
            {"price_components": [{"type": "ENERGY", "price": 0.3, "step_size": 1}]},
        ],
        "ev_sessions": {"idle_fee": {"price": 6, "grace_s": 660}},
    }
    asked: dict[str, Any] = {"ocpi_tariff": tiers, "periods": [SATURDAY[0] | {"kwh": 10}, SATURDAY[1]]}
    found = await act(hass, "calculate_cost", **asked, circumstances={"month_kwh": 95, "voucher": "1.5"})
    # 5 kWh each, and an hour of staying after its grace of eleven minutes.
    assert (found["total_excl_tax"], found["flags"]) == ("7.00", ["voucher"])
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "calculate_cost", **asked, circumstances={"month": 95})
    assert key_of(error) == "field_unknown_field"
