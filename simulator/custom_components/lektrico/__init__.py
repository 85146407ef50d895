"""A stand-in for the integration of Lektrico's chargers (a 3P22K): for development and tests only."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from simulator.component.charger import CONF_CHARGER, Charger, ChargerConfigEntry, async_begin, async_connect

from .const import DEVICE, POLL_S, unique_id

PLATFORMS = [Platform.BUTTON, Platform.NUMBER, Platform.SENSOR, Platform.SWITCH]


async def async_setup_entry(hass: HomeAssistant, entry: ChargerConfigEntry) -> bool:
    """Connect to the plant."""
    hub = await async_connect(hass, entry, PLATFORMS, poll_s=POLL_S)
    await async_begin(hass, entry, Charger(hub, entry.data[CONF_CHARGER], DEVICE, unique_id))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ChargerConfigEntry) -> bool:
    """Let the plant go."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
