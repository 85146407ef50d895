"""The limit of a charger."""

from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import HouseEntity, device_of
from .hub import HouseConfigEntry

PARALLEL_UPDATES = 1

LIMIT = NumberEntityDescription(
    key="dynamic_limit",
    device_class=NumberDeviceClass.CURRENT,
    mode=NumberMode.SLIDER,
    native_min_value=0,
    native_step=1,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: HouseConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add one per charger."""
    hub = entry.runtime_data
    async_add_entities(
        LimitNumber(entry, charger["id"], charger["max_a"])
        for charger in hub.devices["chargers"]
        if charger["kind"] == "charger"
    )


class LimitNumber(HouseEntity, NumberEntity):
    """A charger's limit in A."""

    def __init__(self, entry: HouseConfigEntry, charger: str, max_a: float) -> None:
        hub = entry.runtime_data
        device = next(device_of(each) for each in hub.devices["chargers"] if each["id"] == charger)
        super().__init__(hub, f"charger {charger}", device, LIMIT)
        self.charger = charger
        self._attr_native_max_value = max_a

    @property
    @override
    def native_value(self) -> float:
        return float(self.message["limit_a"])

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Command the limit; the charger shows it when it has obeyed."""
        await self.hub.command("set_limit", charger=self.charger, limit_a=value)
