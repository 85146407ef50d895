"""Devices with the entities that the real integrations make, with the unique ids that their sources build."""

from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

#: By integration; a second kind of device of one integration has a name of its own.
DEVICES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "data" / "devices.json").read_text(encoding="utf-8")
)
#: Whose entities they are, where the name is not the domain.
DOMAINS = {
    "shelly_plug": "shelly",
    "tuya_plug": "tuya",
    "tessie_car": "tessie",
    "teslemetry_car": "teslemetry",
    "tesla_fleet_car": "tesla_fleet",
}
#: Set up in YAML: no config entry, no device.
WITHOUT_DEVICE = {"keba"}
CHARGERS = [name for name in DEVICES if not name.endswith("_car")]


@dataclass(kw_only=True)
class Device:
    """A device that is there; `ids` are its entities by domain and key."""

    name: str
    device_id: str | None
    ids: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        """Return the entity of a domain and a key: `sensor.power`."""
        return self.ids[key]

    def reference(self, key: str) -> str:
        """Return the entity, or the attribute of one, that a key with a `|` names."""
        entity, *attribute = key.split("|")
        return "|".join([self[entity], *attribute])


def make(
    hass: HomeAssistant,
    name: str,
    *,
    called: str = "Garage",
    without: tuple[str, ...] = (),
    disabled: tuple[str, ...] = (),
) -> Device:
    """Make the device of an integration; its entities have ids that tell nothing of them."""
    domain = DOMAINS.get(name, name)
    entry = None if name in WITHOUT_DEVICE else MockConfigEntry(domain=domain, title=name)
    device_id = parent_id = None
    if entry is not None:
        entry.add_to_hass(hass)
        registry = dr.async_get(hass)
        if any(entity.get("of_parent") for entity in DEVICES[name]):
            parent_id = registry.async_get_or_create(
                config_entry_id=entry.entry_id, identifiers={(domain, "installation")}, name="Installation"
            ).id
        device_id = registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(domain, f"serial of {name}")},
            name=called,
            via_device_id=parent_id,
        ).id
    device = Device(name=name, device_id=device_id)
    for index, entity in enumerate(DEVICES[name]):
        key = f"{entity['platform']}.{entity['key']}"
        off = key in disabled
        if key in without:
            continue
        made = er.async_get(hass).async_get_or_create(
            entity["platform"],
            domain,
            entity["unique_id"],
            suggested_object_id=f"thing_{index}",
            config_entry=entry,
            device_id=parent_id if entity.get("of_parent") else device_id,
            original_device_class=entity.get("device_class"),
            unit_of_measurement=entity.get("unit"),
            capabilities={"options": entity["options"]} if "options" in entity else None,
            disabled_by=er.RegistryEntryDisabler.INTEGRATION if off else None,
        )
        device.ids[key] = made.entity_id
        if off:
            continue
        attributes: dict[str, Any] = {
            "unit_of_measurement": entity.get("unit"),
            "device_class": entity.get("device_class"),
        }
        if entity["platform"] == "number":
            attributes |= {"min": 0, "max": 32, "step": 1}
        if "options" in entity:
            attributes["options"] = entity["options"]
        state = "0" if entity["platform"] == "number" else "unknown"
        hass.states.async_set(made.entity_id, state, {key: value for key, value in attributes.items() if value})
    return device
