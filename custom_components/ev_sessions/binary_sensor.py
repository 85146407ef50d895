"""The binary sensors of EVSEs, stations and circuits: tables over their views."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.reading import Activity
from .entity import Shown, ViewEntity, circuit_device_info, evse_device_info, station_device_info
from .site.circuits.circuit import CircuitView
from .site.ocpp.station.view import StationView
from .site.runtime import SiteConfigEntry
from .site.view import EvseView

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvseBinarySensorDescription(BinarySensorEntityDescription, Shown[EvseView, bool]):
    """A binary sensor of an EVSE."""


@dataclass(frozen=True, kw_only=True)
class StationBinarySensorDescription(BinarySensorEntityDescription, Shown[StationView, bool]):
    """A binary sensor of a charger that speaks OCPP."""


@dataclass(frozen=True, kw_only=True)
class CircuitBinarySensorDescription(BinarySensorEntityDescription, Shown[CircuitView, bool]):
    """A binary sensor of a circuit."""


def _is_activity(view: EvseView, activity: Activity) -> bool | None:
    return None if view.activity is None else view.activity is activity


def _has_problem(view: EvseView) -> bool | None:
    if view.trouble is not None and view.trouble.is_fault:
        return True
    return _is_activity(view, Activity.FAULT)


EVSE_BINARY_SENSORS: tuple[EvseBinarySensorDescription, ...] = (
    EvseBinarySensorDescription(
        key="connected",
        translation_key="connected",
        device_class=BinarySensorDeviceClass.PLUG,
        available_fn=lambda view: view.available,
        value_fn=lambda view: view.connected,
    ),
    EvseBinarySensorDescription(
        key="charging",
        translation_key="charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        available_fn=lambda view: view.available,
        value_fn=lambda view: _is_activity(view, Activity.CHARGING),
    ),
    EvseBinarySensorDescription(
        key="problem",
        translation_key="problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        available_fn=lambda view: view.available,
        value_fn=_has_problem,
    ),
    # "On" is the unsafe side of the device class: nobody lowers the current for us.
    EvseBinarySensorDescription(
        key="unprotected_without_home_assistant",
        translation_key="unprotected_without_home_assistant",
        device_class=BinarySensorDeviceClass.SAFETY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda view: view.unprotected_without_us,
        attributes_fn=lambda view: {} if view.fail_safe is None else {"fail_safe": view.fail_safe},
    ),
)


STATION_BINARY_SENSORS: tuple[StationBinarySensorDescription, ...] = (
    StationBinarySensorDescription(
        key="connectivity",
        translation_key="connectivity",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda view: view.connected,
        attributes_fn=lambda view: {
            "since": view.connected_since,
            "address": view.address,
            "version": view.version,
            "security_profile": view.security_profile,
        },
    ),
)


#: "On" while somebody else limits the circuit.
CIRCUIT_LIMITED = CircuitBinarySensorDescription(
    key="circuit_limited",
    translation_key="circuit_limited",
    value_fn=lambda view: view.limited,
    attributes_fn=lambda view: {
        "limit_kw": None if view.outside_w is None else view.outside_w / 1000,
        "limit_a": view.outside_a,
    },
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of the chargers, and of circuits that are limited from outside."""
    for circuit in entry.runtime_data.circuit_list:
        if circuit.outside is not None:
            async_add_entities(
                [ViewBinarySensor(circuit, CIRCUIT_LIMITED, CIRCUIT_LIMITED, circuit_device_info(circuit))],
                config_subentry_id=None if circuit.config.is_root else circuit.config.id,
            )
    for charger_id, evses in entry.runtime_data.evses_by_charger().items():
        async_add_entities(
            [
                ViewBinarySensor(evse, description, description, evse_device_info(evse))
                for evse in evses
                for description in EVSE_BINARY_SENSORS
            ],
            config_subentry_id=charger_id,
        )
    for station in entry.runtime_data.stations:
        async_add_entities(
            [
                ViewBinarySensor(station, description, description, station_device_info(station))
                for description in STATION_BINARY_SENSORS
            ],
            config_subentry_id=station.charger_id,
        )


class ViewBinarySensor[ViewT](ViewEntity[ViewT, bool], BinarySensorEntity):
    """A binary sensor that shows a part of a view."""

    @property
    @override
    def is_on(self) -> bool | None:
        return self.shown_value
