"""A simulated house as a third-party integration would show it: for development and tests only."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady

from simulator.link import LinkError

from .const import CONF_START_DELAY_S, DOMAIN, NEVER
from .hub import PLATFORMS, HouseConfigEntry, Hub


async def async_setup_entry(hass: HomeAssistant, entry: HouseConfigEntry) -> bool:
    """Connect to the plant, now or when the start delay is over."""
    delay_s = entry.data[CONF_START_DELAY_S]
    hub = entry.runtime_data = Hub(hass, entry, PLATFORMS, start_delay_s=delay_s)
    if delay_s == NEVER:
        return True
    if not delay_s:
        try:
            await hub.connect()
        except LinkError as err:
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN, translation_key="not_in_reach", translation_placeholders={"error": str(err)}
            ) from err
        await hub.forward()
    entry.async_create_background_task(hass, hub.run(), "simulated house")
    return True


async def async_unload_entry(hass: HomeAssistant, entry: HouseConfigEntry) -> bool:
    """Let the plant go."""
    return not entry.runtime_data.forwarded or await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
