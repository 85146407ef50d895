"""What all entities of the house share: a device, a topic, and the push."""

from typing import override

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from simulator.link import Message

from .const import DOMAIN, MANUFACTURER_CHARGER, MANUFACTURER_METER
from .hub import Hub

METER = DeviceInfo(
    identifiers={(DOMAIN, "meter")},
    manufacturer=MANUFACTURER_METER,
    model="FM3 three-phase meter",
    name="Grid meter",
    serial_number="FM3-20418",
    sw_version="2.4.1",
)
PRICES = DeviceInfo(
    identifiers={(DOMAIN, "prices")},
    entry_type=DeviceEntryType.SERVICE,
    manufacturer="Quarterhour Energy",
    name="Electricity price",
)
HOUSE = DeviceInfo(
    identifiers={(DOMAIN, "relays")},
    manufacturer=MANUFACTURER_METER,
    model="R4 relays",
    name="House",
)


def device_of(charger: Message) -> DeviceInfo:
    """Return the device of a charger or plug, as the plant describes it."""
    plug = charger["kind"] == "plug"
    return DeviceInfo(
        identifiers={(DOMAIN, charger["id"])},
        manufacturer=MANUFACTURER_METER if plug else MANUFACTURER_CHARGER,
        model="P1 plug" if plug else f"Wallbox {charger['max_a'] * charger['lines'] * 0.23:.0f}",
        name=f"{MANUFACTURER_METER if plug else MANUFACTURER_CHARGER} {charger['name']}",
        serial_number=f"{'P1' if plug else 'WB'}-{charger['id'].upper()}",
        sw_version="1.18.0",
    )


def _in_house(device: DeviceInfo, house: str) -> DeviceInfo:
    """Return a device that is told from that of other houses, where this house has a name."""
    if not house:
        return device
    identifiers = {(domain, f"{house} {identifier}") for domain, identifier in device["identifiers"]}
    told = DeviceInfo(identifiers=identifiers, name=f"{device['name']} {house}")
    return device | told


class HouseEntity(Entity):
    """An entity that shows a part of a topic."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, hub: Hub, topic: str, device: DeviceInfo, description: EntityDescription) -> None:
        self.hub = hub
        self.topic = topic
        self.entity_description = description
        house: str = hub.devices["house"]
        self._attr_device_info = _in_house(device, house)
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{house} {topic} {description.key}".lstrip().replace(" ", "_")

    @property
    def message(self) -> Message:
        """Return the newest message of the topic; empty before the first."""
        return self.hub.data.get(self.topic, {})

    @property
    @override
    def available(self) -> bool:
        return self.hub.online and self.topic in self.hub.data and self.message.get("online", True)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the topic."""
        self.async_on_remove(self.hub.listen(self.topic, self.async_write_ha_state))
