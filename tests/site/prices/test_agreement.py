"""Two prices of one time: the owner hears of it when it lasts, and no longer when it is over."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..house import House, site_entry


def rows(first: datetime, *prices: float) -> list[dict[str, Any]]:
    """Return an hour for each price."""
    return [
        {
            "start": (first + timedelta(hours=place)).isoformat(),
            "end": (first + timedelta(hours=place + 1)).isoformat(),
            "value": price,
        }
        for place, price in enumerate(prices)
    ]


def told(hass: HomeAssistant) -> list[dict[str, str] | None]:
    issues = ir.async_get(hass).issues.values()
    return [one.translation_placeholders for one in issues if one.translation_key == "price_disagrees"]


async def test_an_entity_that_shows_another_price_than_its_hours_is_told_after_a_while_and_cured(
    hass: HomeAssistant, house: House, start_site: Any
) -> None:
    hours = rows(datetime.fromisoformat("2026-11-19T17:00:00+01:00"), 0.25, 0.25, 0.25)
    house.state("sensor.price", "0.30", {"unit_of_measurement": "EUR/kWh", "raw_today": hours})
    await start_site(site_entry())
    await house.later(minutes=10)
    assert told(hass) == []
    await house.later(minutes=11)
    assert told(hass) == [{"name": "Home", "entity_id": "sensor.price", "detail": "0.3 ≠ 0.25"}]
    house.state("sensor.price", "0.25")
    await house.later(seconds=30)
    assert told(hass) == []


async def test_a_price_that_comes_minutes_late_is_nothing_to_be_told(
    hass: HomeAssistant, house: House, start_site: Any
) -> None:
    hours = rows(datetime.fromisoformat("2026-11-19T17:00:00+01:00"), 0.25, 0.10, 0.40)
    house.state("sensor.price", "0.25", {"unit_of_measurement": "EUR/kWh", "raw_today": hours})
    await start_site(site_entry())
    await house.later(minutes=65)
    house.state("sensor.price", "0.10")
    await house.later(minutes=30)
    assert told(hass) == []
