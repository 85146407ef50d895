"""Whether a charger may charge, and what a person switches on in the house."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.components.switch.const import SwitchDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.link import Message

from .entity import HOUSE, HouseEntity, device_of
from .hub import HouseConfigEntry, Hub

PARALLEL_UPDATES = 1

ENABLED = SwitchEntityDescription(key="charger_enabled", device_class=SwitchDeviceClass.SWITCH)


async def async_setup_entry(
    hass: HomeAssistant, entry: HouseConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add one per charger and per load."""
    hub = entry.runtime_data
    chargers = [charger for charger in hub.devices["chargers"] if charger["kind"] == "charger"]
    async_add_entities(EnabledSwitch(hub, charger) for charger in chargers)
    async_add_entities(LoadSwitch(hub, load) for load in hub.devices["loads"])


class EnabledSwitch(HouseEntity, SwitchEntity):
    """A charger's switch."""

    def __init__(self, hub: Hub, charger: Message) -> None:
        super().__init__(hub, f"charger {charger['id']}", device_of(charger), ENABLED)
        self.charger = charger["id"]

    @property
    @override
    def is_on(self) -> bool:
        return bool(self.message["enabled"])

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Let the car charge."""
        await self.hub.command("set_enabled", charger=self.charger, enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop the car."""
        await self.hub.command("set_enabled", charger=self.charger, enabled=False)


class LoadSwitch(HouseEntity, SwitchEntity):
    """Something in the house that draws much."""

    def __init__(self, hub: Hub, load: Message) -> None:
        description = SwitchEntityDescription(key=load["id"], device_class=SwitchDeviceClass.SWITCH)
        super().__init__(hub, f"load {load['id']}", HOUSE, description)
        self.load = load["id"]

    @property
    @override
    def is_on(self) -> bool:
        return bool(self.message["on"])

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch it on."""
        await self.hub.command("set_load", load=self.load, on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch it off."""
        await self.hub.command("set_load", load=self.load, on=False)
