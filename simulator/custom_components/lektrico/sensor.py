"""What it measures, and what it does."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfElectricCurrent, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import ChargerConfigEntry
from simulator.component.entities import ChargerSensor, ChargerSensorDescription

PARALLEL_UPDATES = 0

#: What the plant's words are here. A car that is full is merely connected.
STATES = {
    "disconnected": "available",
    "awaiting_start": "paused",
    "ready_to_charge": "connected",
    "charging": "charging",
    "completed": "connected",
    "error": "error",
}


def _current(index: int) -> ChargerSensorDescription:
    return ChargerSensorDescription(
        key=f"current_l{index + 1}",
        translation_key=f"current_l{index + 1}",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        value_fn=lambda message: message["currents_a"][index],
    )


SENSORS = (
    ChargerSensorDescription(
        key="state",
        translation_key="state",
        device_class=SensorDeviceClass.ENUM,
        options=[
            "available",
            "charging",
            "connected",
            "error",
            "locked",
            "need_auth",
            "paused",
            "paused_by_scheduler",
            "updating_firmware",
        ],
        value_fn=lambda message: STATES[message["status"]],
    ),
    ChargerSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        value_fn=lambda message: message["power_w"],
    ),
    ChargerSensorDescription(
        key="energy",  # of the session
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        value_fn=lambda message: message["session_kwh"],
    ),
    ChargerSensorDescription(
        key="lifetime_energy",
        translation_key="lifetime_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        value_fn=lambda message: message["energy_kwh"],
    ),
    ChargerSensorDescription(
        key="installation_current",
        translation_key="installation_current",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        value_fn=lambda _message: 16,
    ),
    *map(_current, range(3)),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerSensor(entry.runtime_data, description) for description in SENSORS)
