"""How EV Sessions is, on the page of Home Assistant's health."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .site.actions.health import async_health
from .site.runtime import SiteConfigEntry


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Offer what can be told."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[SiteConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return await async_health(hass, [entry.runtime_data for entry in entries])
