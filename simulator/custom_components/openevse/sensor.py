"""What it measures, and what it does."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfElectricCurrent, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import ChargerConfigEntry
from simulator.component.entities import ChargerSensor, ChargerSensorDescription
from simulator.link import Message

PARALLEL_UPDATES = 0

#: What the plant's words are here.
STATES = {
    "disconnected": "not_connected",
    "awaiting_start": "sleeping",
    "ready_to_charge": "connected",
    "charging": "charging",
    "completed": "connected",
    "error": "no_ground",
}


def _status(message: Message) -> str:
    """Return the word: who is switched off says so, car or none."""
    return "disabled" if not message["enabled"] else STATES[message["status"]]


SENSORS = (
    ChargerSensorDescription(
        key="status",
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=[
            "charging",
            "connected",
            "diode_check_failed",
            "disabled",
            "gfci_fault",
            "gfci_self_test_failure",
            "no_ground",
            "not_connected",
            "over_temperature",
            "sleeping",
            "stuck_relay",
            "vent_required",
        ],
        value_fn=_status,
    ),
    ChargerSensorDescription(
        key="charging_current",
        translation_key="charging_current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.MILLIAMPERE,
        suggested_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        value_fn=lambda message: round(message["currents_a"][0] * 1000),
    ),
    ChargerSensorDescription(
        key="charging_power",
        translation_key="charging_power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.MILLIWATT,
        suggested_unit_of_measurement=UnitOfPower.WATT,
        value_fn=lambda message: message["power_w"] * 1000,
    ),
    ChargerSensorDescription(
        key="current_power",
        translation_key="current_power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        value_fn=lambda message: message["power_w"],
    ),
    ChargerSensorDescription(
        key="current_capacity",
        translation_key="current_capacity",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        value_fn=lambda message: message["limit_a"],
    ),
    ChargerSensorDescription(
        key="usage_session",
        translation_key="usage_session",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        value_fn=lambda message: round(message["session_kwh"] * 1000),
    ),
    ChargerSensorDescription(
        key="usage_total",
        translation_key="usage_total",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        value_fn=lambda message: message["energy_kwh"],
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerSensor(entry.runtime_data, description) for description in SENSORS)
