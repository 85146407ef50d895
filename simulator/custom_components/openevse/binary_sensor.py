"""Whether a car is there."""

from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import ChargerConfigEntry
from simulator.component.entities import ChargerBinarySensor, ChargerBinarySensorDescription

PARALLEL_UPDATES = 0

BINARY_SENSORS = (
    ChargerBinarySensorDescription(
        key="vehicle",
        translation_key="vehicle",
        device_class=BinarySensorDeviceClass.PLUG,
        value_fn=lambda message: bool(message["plugged"]),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerBinarySensor(entry.runtime_data, description) for description in BINARY_SENSORS)
