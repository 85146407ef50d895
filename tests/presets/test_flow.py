"""A person adds a charger of each known integration, by one click after its device."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.site.config import chargers_of
from tests.flows.brands import Walk, electrical, site_entry
from tests.presets.devices import CHARGERS, make


async def take_all(walk: Walk, entry: Any, device_id: str | None) -> int:
    """Add a charger as it was found; return how many forms and menus there were."""
    await walk.subentry(entry, "charger")
    shown = await walk.fill(**({} if device_id is None else {"device_id": device_id}))
    assert shown["step_id"] == "known"
    shown = await walk.choose("take_all")
    steps = 3
    if shown["step_id"] == "car":
        shown = await walk.fill()
        steps += 1
    assert shown["step_id"] == "electrical", shown
    shown = await walk.fill(**electrical(walk))
    while shown["type"] == "form":
        assert shown["step_id"] in {"cannot_pause", "fallbacks"}
        shown = await walk.fill()
        steps += 1
    assert shown["type"] == "create_entry"
    return steps


@pytest.mark.parametrize("name", CHARGERS)
async def test_charger_of_a_known_integration_is_taken_as_it_is(hass: HomeAssistant, walk: Walk, name: str) -> None:
    device = make(hass, name)
    entry = site_entry(hass)
    # Device, take all, lines and currents; a charger that takes no commands asks for the car, too.
    assert await take_all(walk, entry, device.device_id) <= 4
    (charger,) = chargers_of(entry)
    assert charger.evses[0].entity_ids
