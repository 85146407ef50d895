"""What it measures, and what its control pilot says."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfElectricCurrent, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import ChargerConfigEntry
from simulator.component.entities import ChargerSensor, ChargerSensorDescription

from .const import MOST_A

PARALLEL_UPDATES = 0

#: What the plant's words are here: who suspends is not told.
STATES = {
    "disconnected": "no_ev_connected",
    "awaiting_start": "suspended",
    "ready_to_charge": "suspended",
    "charging": "charging",
    "completed": "suspended",
    "error": "error",
}


def _current(index: int) -> ChargerSensorDescription:
    return ChargerSensorDescription(
        key=f"current_phase_{index + 1}",
        translation_key=f"current_phase_{index + 1}",
        device_class=SensorDeviceClass.CURRENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfElectricCurrent.MILLIAMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        suggested_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        value_fn=lambda message: round(message["currents_a"][index] * 1000),
    )


def _energy(key: str, source: str, category: EntityCategory | None = None) -> ChargerSensorDescription:
    return ChargerSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENERGY,
        entity_category=category,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        value_fn=lambda message: round(message[source] * 1000),
    )


SENSORS = (
    ChargerSensorDescription(
        key="cp_state",
        translation_key="cp_state",
        device_class=SensorDeviceClass.ENUM,
        options=["suspended", "charging", "error", "fault", "invalid", "no_ev_connected"],
        value_fn=lambda message: STATES[message["status"]],
    ),
    ChargerSensorDescription(
        key="charge_current_limit_source",
        translation_key="charge_current_limit_source",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=["installation_limit", "local_rest_api"],
        value_fn=lambda message: "installation_limit" if message["limit_a"] >= MOST_A else "local_rest_api",
    ),
    *map(_current, range(3)),
    _energy("energy_session", "session_kwh"),
    _energy("energy_total", "energy_kwh", EntityCategory.DIAGNOSTIC),
    ChargerSensorDescription(
        key="power_total",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        value_fn=lambda message: message["power_w"],
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerSensor(entry.runtime_data, description) for description in SENSORS)
