"""What the owner sets as a number: of the site and its circuits, of its EVSEs, and of alerts."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .alert_numbers import async_add_alert_numbers
from .evse_numbers import async_add_evse_numbers
from .site.runtime import SiteConfigEntry
from .site_numbers import async_add_site_numbers

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of a site and of its chargers; without control there are those of alerts only."""
    site = entry.runtime_data
    async_add_site_numbers(site, async_add_entities)
    async_add_evse_numbers(entry, site, async_add_entities)
    async_add_alert_numbers(site, async_add_entities)
