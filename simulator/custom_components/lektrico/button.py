"""Start and stop."""

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import ChargerConfigEntry
from simulator.component.entities import ChargerButton, ChargerButtonDescription

PARALLEL_UPDATES = 1

BUTTONS = (
    ChargerButtonDescription(
        key="charge_start",
        translation_key="charge_start",
        entity_category=EntityCategory.CONFIG,
        press_fn=lambda charger: charger.command("set_enabled", enabled=True),
    ),
    ChargerButtonDescription(
        key="charge_stop",
        translation_key="charge_stop",
        entity_category=EntityCategory.CONFIG,
        press_fn=lambda charger: charger.command("set_enabled", enabled=False),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerButton(entry.runtime_data, description) for description in BUTTONS)
