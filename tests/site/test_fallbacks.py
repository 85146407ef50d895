"""When the chargers' fallbacks do not pass the fuse together, the site leaves some of them at a pause, and says so."""

from collections.abc import Awaitable, Callable

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN

from .house import House, charger_data, site_entry, subentry

type Start = Callable[[MockConfigEntry], Awaitable[None]]


@pytest.mark.usefixtures("house")
async def test_second_charger_is_left_at_a_pause_where_the_fuse_carries_one(
    hass: HomeAssistant, start_site: Start
) -> None:
    entry = site_entry(
        subentry("charger", "Garage", charger_data(priority=3), "garage"),
        subentry("charger", "Carport", charger_data(evse={"status": "sensor.carport_status"}), "carport"),
        fuse_a=16.0,
    )
    await start_site(entry)
    assert {evse.name: evse.wishes.fallback_a for evse in entry.runtime_data.evses} == {"Garage": 0.0, "Carport": 6.0}
    issues = [issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN]
    assert any("fallbacks_too_high" in issue for issue in issues)


async def test_one_charger_at_its_least_fits(hass: HomeAssistant, house: House, start_site: Start) -> None:
    entry = site_entry(fuse_a=16.0)
    await start_site(entry)
    assert [evse.wishes.fallback_a for evse in entry.runtime_data.evses] == [6.0]
    issues = [issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN]
    assert not any("fallbacks_too_high" in issue for issue in issues)
