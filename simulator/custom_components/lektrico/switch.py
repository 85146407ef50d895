"""Whether the car has one line only."""

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import ChargerConfigEntry
from simulator.component.entities import ChargerSwitch, ChargerSwitchDescription

PARALLEL_UPDATES = 1

SWITCHES = (
    ChargerSwitchDescription(
        key="force_single_phase",
        translation_key="force_single_phase",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda charger: bool(charger.message["single_line"]),
        set_fn=lambda charger, on: charger.command("set_single_line", single_line=on),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerSwitch(entry.runtime_data, description) for description in SWITCHES)
