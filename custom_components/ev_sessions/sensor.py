"""The sensors: a table for each kind of device, in a file of its own."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .capacity_sensors import async_add_capacity_sensors
from .circuit_sensors import async_add_circuit_sensors
from .evse_sensors import async_add_evse_sensors
from .owner_sensors import async_add_owner_sensors
from .site.runtime import SiteConfigEntry
from .site_sensors import async_add_site_sensors
from .station_sensors import async_add_station_sensors

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of a site and of all that it has."""
    site = entry.runtime_data
    async_add_site_sensors(site, async_add_entities)
    async_add_circuit_sensors(site, async_add_entities)
    async_add_owner_sensors(site, async_add_entities)
    async_add_capacity_sensors(site, async_add_entities)
    async_add_evse_sensors(hass, site, async_add_entities)
    async_add_station_sensors(site, async_add_entities)
