"""The limit, from 0 A on."""

from homeassistant.const import EntityCategory, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import ChargerConfigEntry
from simulator.component.entities import ChargerNumber, ChargerNumberDescription

PARALLEL_UPDATES = 1

NUMBERS = (
    ChargerNumberDescription(
        key="dynamic_limit",
        translation_key="dynamic_limit",
        entity_category=EntityCategory.CONFIG,
        native_min_value=0,
        native_max_value=32,
        native_step=1,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        value_fn=lambda charger: float(charger.message["limit_a"]),
        set_fn=lambda charger, limit_a: charger.command("set_limit", limit_a=limit_a),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerNumber(entry.runtime_data, description) for description in NUMBERS)
