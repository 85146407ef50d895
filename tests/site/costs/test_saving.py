"""What a month's sessions saved by the sun, and by charging when it is cheap."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..house import House, site_entry
from .test_cost_by_engine import charge_and_stay, shown

type StartSite = Callable[[MockConfigEntry], Any]


async def test_energy_from_the_roof_saves_what_the_grid_would_have_cost_more(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    plan: dict[str, Any] = {
        "kind": "plan",
        "price": "0.30",
        "vat_percent": None,
        "entity_id": None,
        "windows": [],
        "sun_price": "0.08",
    }
    await start_site(site_entry(tariff=plan))
    house.charger("charging", power_w=6_000)
    for minute in range(10):
        house.state("sensor.grid_power", 3_000 + minute % 2)
        await house.charge(minutes=1, power_w=6_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=2)
    session = await house.only_session()
    solar = Decimal(str(session["solar_kwh"]))
    assert solar > 0
    assert abs(shown(hass, "sensor.home_saved_by_the_sun_this_month") - solar * Decimal("0.22")) < Decimal("0.005")
    assert hass.states.get("sensor.home_saved_by_the_time_this_month") is None


async def test_charging_at_a_cheap_time_saves_against_the_mean_of_the_day_after(
    hass: HomeAssistant, house: House, start_site: StartSite
) -> None:
    begun = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    rows = [
        {
            "start": begun + timedelta(hours=hour),
            "end": begun + timedelta(hours=hour + 1),
            "value": 0.10 if hour < 4 else 0.30,
        }
        for hour in range(48)
    ]
    house.state("sensor.price", "0.10", {"unit_of_measurement": "EUR/kWh", "raw_today": rows})
    await start_site(site_entry())
    await charge_and_stay(house)
    session = await house.only_session()
    assert (session["energy_kwh"], session["cost"]) == (3.0, "0.30")
    assert shown(hass, "sensor.home_saved_by_the_time_this_month") == Decimal("0.6")
    assert hass.states.get("sensor.home_saved_by_the_sun_this_month") is None


async def test_many_sessions_that_end_at_once_are_counted_together(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    costs = site.runtime_data.costs
    await hass.async_block_till_done(wait_background_tasks=True)
    with patch.object(costs.saving, "_async_counted", wraps=costs.saving._async_counted) as counted:
        for _ in range(30):
            costs.async_count_saving()
        await hass.async_block_till_done(wait_background_tasks=True)
    # Once at once, and once more for whatever ended meanwhile.
    assert counted.call_count == 2
