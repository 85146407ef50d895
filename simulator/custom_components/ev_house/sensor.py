"""Sensors of the meter, the chargers and the price."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfElectricCurrent, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from simulator.link import Message

from .entity import METER, PRICES, HouseEntity, device_of
from .hub import HouseConfigEntry

PARALLEL_UPDATES = 0

STATUSES = ["awaiting_start", "charging", "completed", "disconnected", "error", "ready_to_charge"]


@dataclass(frozen=True, kw_only=True)
class HouseSensorDescription(SensorEntityDescription):
    """How a sensor reads its message."""

    value_fn: Callable[[Message], StateType]
    attributes_fn: Callable[[Message], Mapping[str, Any]] | None = None


def _current(index: int) -> HouseSensorDescription:
    return HouseSensorDescription(
        key=f"current_l{index + 1}",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda message: message["currents_a"][index],
    )


def _energy(key: str, source: str) -> HouseSensorDescription:
    return HouseSensorDescription(
        key=key,
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=3,
        value_fn=lambda message: message[source],
    )


POWER = HouseSensorDescription(
    key="power",
    device_class=SensorDeviceClass.POWER,
    native_unit_of_measurement=UnitOfPower.WATT,
    state_class=SensorStateClass.MEASUREMENT,
    value_fn=lambda message: message["power_w"],
)
METER_SENSORS = (*map(_current, range(3)), POWER, _energy("import", "import_kwh"), _energy("export", "export_kwh"))
CHARGER_SENSORS = (
    HouseSensorDescription(
        key="status",
        device_class=SensorDeviceClass.ENUM,
        options=STATUSES,
        value_fn=lambda message: message["status"],
    ),
    POWER,
    _energy("lifetime_energy", "energy_kwh"),
    _energy("session_energy", "session_kwh"),
)
PRICE = HouseSensorDescription(
    key="current_price",
    native_unit_of_measurement="EUR/kWh",
    state_class=SensorStateClass.MEASUREMENT,
    suggested_display_precision=4,
    value_fn=lambda message: message["price"],
    attributes_fn=lambda message: {"currency": "EUR", "unit": "kWh", "raw_today": message["today"]},
)


async def async_setup_entry(
    hass: HomeAssistant, entry: HouseConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the plant has."""
    hub = entry.runtime_data
    sensors = [HouseSensor(hub, "meter", METER, description) for description in METER_SENSORS]
    sensors.append(HouseSensor(hub, "price", PRICES, PRICE))
    ours = [charger for charger in hub.devices["chargers"] if charger["kind"] in {"charger", "plug"}]
    for charger in ours:
        currents = map(_current, range(charger["lines"]))
        descriptions = (POWER,) if charger["kind"] == "plug" else (*CHARGER_SENSORS, *currents)
        device = device_of(charger)
        sensors += [HouseSensor(hub, f"charger {charger['id']}", device, description) for description in descriptions]
    async_add_entities(sensors)


class HouseSensor(HouseEntity, SensorEntity):
    """A sensor of the house."""

    entity_description: HouseSensorDescription

    _unrecorded_attributes = frozenset({"raw_today"})

    @property
    @override
    def native_value(self) -> StateType:
        return self.entity_description.value_fn(self.message)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes_fn = self.entity_description.attributes_fn
        return None if attributes_fn is None or not self.message else attributes_fn(self.message)
