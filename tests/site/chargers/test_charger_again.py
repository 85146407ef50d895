"""A charger is removed and added again: the flow says that it was here before, and asks."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.config.site import ChargerConfig, chargers_of
from tests.flows.brands import Walk, electrical, peblar, subentry_id, suggested

from ..house import House, site_entry

type Start = Callable[[MockConfigEntry], Awaitable[None]]


async def add(hass: HomeAssistant, walk: Walk, entry: MockConfigEntry, device_id: str) -> Any:
    await walk.subentry(entry, "charger")
    await walk.device(device_id)
    await walk.fill(**suggested(walk.result))
    shown = await walk.fill(**electrical(walk))
    if shown["type"] == "form" and shown["step_id"] == "fallbacks":
        shown = await walk.fill()
    await hass.async_block_till_done(wait_background_tasks=True)
    return shown


def the_charger(entry: MockConfigEntry) -> ChargerConfig:
    (charger,) = chargers_of(entry)
    return charger


@pytest.mark.parametrize("take_over", [True, False])
async def test_charger_that_comes_back_is_known_and_the_person_decides(
    hass: HomeAssistant, house: House, start_site: Start, take_over: bool
) -> None:
    brand = peblar(hass, "Wall")
    entry = site_entry()
    await start_site(entry)
    hass.config_entries.async_remove_subentry(entry, subentry_id(entry, "charger"))
    await hass.async_block_till_done(wait_background_tasks=True)

    walk = Walk(hass)
    made = await add(hass, walk, entry, brand.device.id)
    assert made["type"] == "create_entry"
    first = the_charger(entry)
    ledger_id = entry.runtime_data.evses[0].evse_id
    hass.config_entries.async_remove_subentry(entry, first.id)
    await hass.async_block_till_done(wait_background_tasks=True)

    shown = await add(hass, walk, entry, brand.device.id)
    assert shown["step_id"] == "history"
    assert shown["description_placeholders"] == {"name": "Wall"}
    await walk.fill(take_over=take_over)
    await hass.async_block_till_done(wait_background_tasks=True)
    again = the_charger(entry)
    assert again.id != first.id
    assert (again.unique_id == first.unique_id) == take_over
    assert (entry.runtime_data.evses[0].evse_id == ledger_id) == take_over

    await walk.subentry(entry, "charger", again.id)
    await walk.device(brand.device.id)
    await walk.fill(**suggested(walk.result))
    await walk.fill(**electrical(walk))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert the_charger(entry).unique_id == again.unique_id
