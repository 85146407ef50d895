"""The sensors of a charger that speaks OCPP, and those of its EVSEs: two tables over their views."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfTime,
)
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.station.firmware import FirmwareState
from .entity import evse_device_info, station_device_info
from .site.ocpp.station.view import StationView
from .site.runtime import SiteRuntime
from .site.view import EvseView
from .view_sensor import ViewSensor, ViewSensorDescription

#: Of an EVSE of a station.
STATION_EVSE_SENSORS: tuple[ViewSensorDescription[EvseView], ...] = (
    ViewSensorDescription(
        key="error",
        translation_key="error",
        entity_category=EntityCategory.DIAGNOSTIC,
        available_fn=lambda view: view.available,
        value_fn=lambda view: "NoError" if view.trouble is None else view.trouble.code,
        attributes_fn=lambda view: (
            {} if view.trouble is None else {"vendor_code": view.trouble.vendor_code, "info": view.trouble.info}
        ),
    ),
    ViewSensorDescription(
        key="limit_of_others",
        translation_key="limit_of_others",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda view: None if view.cap is None else round(view.cap.limit_a, 1),
        attributes_fn=lambda view: (
            {} if view.cap is None else {"source": view.cap.source, "grid_critical": view.cap.is_grid_critical}
        ),
    ),
)
STATION_SENSORS: tuple[ViewSensorDescription[StationView], ...] = (
    ViewSensorDescription(
        key="last_seen",
        translation_key="last_seen",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda view: view.last_seen,
    ),
    ViewSensorDescription(
        key="clock_drift",
        translation_key="clock_drift",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda view: view.clock_drift_s,
    ),
    ViewSensorDescription(
        key="signal_strength",
        translation_key="signal_strength",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda view: view.signal_dbm,
    ),
    ViewSensorDescription(
        key="firmware",
        translation_key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda view: view.firmware,
    ),
    ViewSensorDescription(
        key="firmware_state",
        translation_key="firmware_state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in FirmwareState],
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda view: view.firmware_state,
    ),
)


@callback
def async_add_station_sensors(site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensors of each station, and those that its EVSEs have beside what every EVSE has."""
    for station in site.stations:
        async_add_entities(
            [
                ViewSensor(evse, description, evse_device_info(evse))
                for evse in site.evses_by_charger().get(station.charger_id, ())
                for description in STATION_EVSE_SENSORS
            ],
            config_subentry_id=station.charger_id,
        )
        async_add_entities(
            [ViewSensor(station, description, station_device_info(station)) for description in STATION_SENSORS],
            config_subentry_id=station.charger_id,
        )
