"""A plan with other prices at other times, in a house that lives by it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .house import House, site_entry

type StartSite = Callable[[MockConfigEntry], Any]

#: 17:10 in Berlin is ten minutes after the house begins.
EVENING = {"price": "0.50", "when": {"start_time": "17:10", "end_time": "20:00"}}


def plan(**changes: Any) -> dict[str, Any]:
    return {"kind": "plan", "price": "0.20", "vat_percent": None, "entity_id": None, "windows": [EVENING], **changes}


async def test_a_session_is_cut_where_the_price_changes_by_the_clock(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    await start_site(site_entry(tariff=plan()))
    price = hass.states.get("sensor.home_price")
    assert price is not None
    assert price.state == "0.2"
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=20, power_w=6_000)
    price = hass.states.get("sensor.home_price")
    assert price is not None
    assert price.state == "0.5"
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    # Ten minutes at 0.20 and ten at 0.50, within one quarter of an hour.
    assert (session["energy_kwh"], session["cost"]) == (2.0, "0.70")
    assert {one["price"] for one in session["periods"] if one["energy_kwh"]} == {"0.2", "0.5"}
    assert {one["price_basis"] for one in session["periods"]} == {"fixed"}


async def test_a_plan_on_top_of_a_price_that_is_read(hass: HomeAssistant, house: House, start_site: StartSite) -> None:
    house.state("sensor.spot", "10", {"unit_of_measurement": "ct/kWh"})
    await start_site(site_entry(tariff=plan(entity_id="sensor.spot", vat_percent="20")))
    price = hass.states.get("sensor.home_price")
    assert price is not None
    assert price.state == "0.36"
    await house.later(minutes=11)
    price = hass.states.get("sensor.home_price")
    assert price is not None
    assert price.state == "0.72"


async def test_prices_by_power_and_for_time_are_what_a_session_costs(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    """Dearer from 8 kW on; from half an hour on each hour costs 6, charging or not."""
    powerful = {"price": "0.50", "when": {"min_power": "8"}}
    long = {"price": "6", "per": "hour", "when": {"min_duration": 1800}}
    await start_site(site_entry(tariff=plan(windows=[powerful, long])))
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=15, power_w=6_000)
    house.charger("charging", power_w=12_000)
    await house.charge(minutes=30, power_w=12_000)
    house.charger("full", power_w=0)
    await house.later(minutes=10)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    assert session["energy_kwh"] == 7.5
    assert [(one["component"], one["quantity"], one["price"], one["amount_exact"]) for one in session["fees"]] == [
        ("TIME", "0.25", "6", "1.5"),
        ("PARKING_TIME", "0.166666667", "6", "1"),
    ]
    energy = sum(Decimal(one["cost_exact"]) for one in session["periods"])
    # 1.5 kWh at 0.20 and 6 kWh at 0.50; the minute in which the power rose lies between.
    assert abs(energy - Decimal("3.30")) < Decimal("0.07")
    assert Decimal(session["cost_exact"]) == energy + Decimal("2.5")


async def test_energy_from_the_roof_has_its_own_price(hass: HomeAssistant, house: House, start_site: StartSite) -> None:
    await start_site(site_entry(tariff=plan(windows=[], sun_price="0.08")))
    house.charger("charging", power_w=6_000)
    for minute in range(10):
        house.state("sensor.grid_power", 3_000 + minute % 2)  # the other half comes from the roof
        await house.charge(minutes=1, power_w=6_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    assert session["energy_kwh"] == 1.0
    solar = Decimal(str(session["solar_kwh"]))
    assert Decimal("0.4") < solar <= Decimal("0.5")
    expected = (1 - solar) * Decimal("0.20") + solar * Decimal("0.08")
    assert abs(Decimal(session["cost_exact"]) - expected) < Decimal("0.000001")


async def test_what_was_lived_through_is_exact_under_another_tariff(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    """17:00 to 17:20 in Berlin: 3 kW, and 9 kW as was seen from 17:07 on; asked for by the minute and by power."""
    await start_site(site_entry(tariff=plan(windows=[])))
    house.charger("charging", power_w=3_000)
    await house.charge(minutes=6, power_w=3_000)
    await house.charge(minutes=14, power_w=9_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    energy = {"type": "ENERGY", "price": 1, "step_size": 1}
    by_power = {
        "currency": "EUR",
        "elements": [
            {"price_components": [energy], "restrictions": {"min_power": 5, "end_time": "17:10"}},
            {"price_components": [energy | {"price": 10}], "restrictions": {"start_time": "17:10"}},
        ],
    }
    found = await hass.services.async_call(
        "ev_sessions",
        "calculate_cost",
        {"session_id": session["id"], "ocpi_tariff": by_power},
        blocking=True,
        return_response=True,
    )
    assert found is not None
    assert found["flags"] == []
    told: Any = found["components"]
    quantities = {one["element"]: Decimal(one["quantity"]) for one in told}
    # The first quarter has 1.65 kWh, of which each minute gets its share by the power that was seen.
    minute = Decimal("1.65") / (7 * 3 + 8 * 9) * 9
    assert abs(quantities[0] - 3 * minute) < Decimal("0.002")
    assert abs(quantities[1] - 5 * minute - Decimal("0.75")) < Decimal("0.002")
