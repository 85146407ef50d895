"""A German Home Assistant speaks German: entities, reasons, repairs and errors."""

from collections.abc import Awaitable, Callable

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations, async_load_integrations
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN

from .house import House, charger_data, site_entry, subentry

type Start = Callable[[MockConfigEntry], Awaitable[None]]


@pytest.fixture
async def german(hass: HomeAssistant, house: House) -> House:
    """The house of people who speak German."""
    hass.config.language = "de"
    await async_load_integrations(hass, {DOMAIN})
    return house


async def test_entities_and_reasons_are_german(hass: HomeAssistant, german: House, start_site: Start) -> None:
    entry = site_entry()
    await start_site(entry)
    registry = er.async_get(hass)
    names = {state.name for state in hass.states.async_all() if registry.async_get(state.entity_id) is not None}
    assert {"Garage Ladevorgänge", "Garage Erlaubter Strom", "Home Zustand des Lastmanagements"} <= names
    allowed = next(state for state in hass.states.async_all() if state.name == "Garage Erlaubter Strom")
    assert allowed.attributes["reason"] == "kein Auto ist angeschlossen"
    assert allowed.attributes["reason_key"] == "no_car"


async def test_an_error_is_german(hass: HomeAssistant, german: House, start_site: Start) -> None:
    watched = charger_data(evse={"limit": None, "enable": None})
    await start_site(site_entry(subentry("charger", "Garage", watched, "garage")))
    status = next(state for state in hass.states.async_all() if state.name == "Garage Status")
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(DOMAIN, "start_charging", {"entity_id": status.entity_id}, blocking=True)
    texts = await async_get_translations(hass, "de", "exceptions", {DOMAIN})
    text = texts[f"component.{DOMAIN}.exceptions.{error.value.translation_key}.message"]
    assert text.format(**error.value.translation_placeholders or {}).startswith("Garage lässt sich nur beobachten")
