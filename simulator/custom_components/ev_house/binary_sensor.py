"""Whether a cable is in."""

from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import HouseEntity, device_of
from .hub import HouseConfigEntry

PARALLEL_UPDATES = 0

CABLE = BinarySensorEntityDescription(key="cable", device_class=BinarySensorDeviceClass.PLUG)


async def async_setup_entry(
    hass: HomeAssistant, entry: HouseConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add one per charger."""
    hub = entry.runtime_data
    async_add_entities(
        CableSensor(hub, f"charger {charger['id']}", device_of(charger), CABLE)
        for charger in hub.devices["chargers"]
        if charger["kind"] == "charger"
    )


class CableSensor(HouseEntity, BinarySensorEntity):
    """A charger's cable."""

    @property
    @override
    def is_on(self) -> bool:
        return bool(self.message["plugged"])
