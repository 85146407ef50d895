"""The sensors of an EVSE and of a site: two tables over their views."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .capacity_sensors import async_add_capacity_sensors
from .circuit_sensors import async_add_circuit_sensors
from .core.costing.reference import has_sun_price
from .core.energy import kwh_from_mwh
from .core.load import BalancingState, MeterPace
from .core.money import exact_text
from .core.price_ahead import Window
from .core.reading import Activity
from .core.station.firmware import FirmwareState
from .entity import evse_device_info, site_device_info, station_device_info
from .owner_sensors import async_add_owner_sensors
from .site.ocpp.view import StationView
from .site.owner_config import payers_of
from .site.runtime import SiteConfigEntry, SiteRuntime
from .site.view import EvseView, SessionView, SiteView
from .view_sensor import SensorValue, ViewSensor, ViewSensorDescription

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvseSensorDescription(ViewSensorDescription[EvseView]):
    """A sensor of an EVSE."""


@dataclass(frozen=True, kw_only=True)
class StationSensorDescription(ViewSensorDescription[StationView]):
    """A sensor of a charger that speaks OCPP."""


@dataclass(frozen=True, kw_only=True)
class SiteSensorDescription(ViewSensorDescription[SiteView]):
    """A sensor of a site."""

    exists_fn: Callable[[SiteRuntime], bool] = lambda _: True


def _kwh(energy_mwh: int | None) -> float | None:
    return None if energy_mwh is None else kwh_from_mwh(energy_mwh)


def _window_attributes(window: Window | None) -> dict[str, str | None]:
    if window is None:
        return {"end": None, "mean_price": None}
    return {"end": window.end.isoformat(), "mean_price": exact_text(window.mean_price)}


def _of_session[ValueT](
    value_fn: Callable[[SessionView], ValueT | None],
) -> Callable[[EvseView], ValueT | None]:
    return lambda view: None if view.session is None else value_fn(view.session)


def _of_last_session[ValueT](
    value_fn: Callable[[SessionView], ValueT | None],
) -> Callable[[EvseView], ValueT | None]:
    return lambda view: None if view.last_session is None else value_fn(view.last_session)


def _whole_minutes_s(duration_ms: int) -> int:
    """Return the duration in s, down to the minute: a person sees minutes."""
    return duration_ms // 60_000 * 60


def _energy(key: str, value_fn: Callable[[EvseView], SensorValue | None]) -> EvseSensorDescription:
    """Describe a counter that starts again: with a session, or with a month."""
    return EvseSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=value_fn,
    )


def _duration(key: str, value_fn: Callable[[EvseView], SensorValue | None]) -> EvseSensorDescription:
    return EvseSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value_fn=value_fn,
    )


def _money(
    key: str,
    value_fn: Callable[[EvseView], SensorValue | None],
    last_reset_fn: Callable[[EvseView], datetime | None],
) -> EvseSensorDescription:
    return EvseSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        in_currency=True,
        last_reset_fn=last_reset_fn,
        value_fn=value_fn,
    )


OWNER_ATTRIBUTES = ("vehicle", "vehicle_by", "payer", "payer_by", "id_token")

EVSE_SENSORS: tuple[EvseSensorDescription, ...] = (
    EvseSensorDescription(
        key="status",
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=[activity.value for activity in Activity],
        available_fn=lambda view: view.available,
        value_fn=lambda view: view.activity,
        # Whose the session is that goes on.
        attributes_fn=lambda view: (
            dict.fromkeys(OWNER_ATTRIBUTES)
            if view.owner is None
            else {name: getattr(view.owner, name) for name in OWNER_ATTRIBUTES}
        ),
    ),
    EvseSensorDescription(
        key="power",
        translation_key="power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=2,
        available_fn=lambda view: view.available,
        value_fn=lambda view: view.power_w,
    ),
    EvseSensorDescription(
        key="energy",
        translation_key="energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=lambda view: _kwh(view.register_mwh),
    ),
    _energy("session_energy", _of_session(lambda x: kwh_from_mwh(x.energy_mwh))),
    _duration(
        "session_connected_time",
        _of_session(lambda x: _whole_minutes_s(x.connected_ms)),
    ),
    _duration(
        "session_charging_time",
        _of_session(lambda x: _whole_minutes_s(x.charging_ms)),
    ),
    _money("session_cost", _of_session(lambda x: x.cost), _of_session(lambda x: x.start)),
    EvseSensorDescription(
        key="session_average_price",
        translation_key="session_average_price",
        # Behind a price that moves it changes at every reading; cost and energy tell the same.
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=4,
        in_currency=True,
        per_kwh=True,
        value_fn=_of_session(lambda x: x.average_price),
    ),
    EvseSensorDescription(
        key="session_start",
        translation_key="session_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_of_session(lambda x: x.start),
    ),
    EvseSensorDescription(
        key="session_estimated_end",
        translation_key="session_estimated_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda view: view.estimated_end,
    ),
    EvseSensorDescription(
        key="last_session_energy",
        translation_key="last_session_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        last_reset_fn=_of_last_session(lambda x: x.start),
        value_fn=_of_last_session(lambda x: kwh_from_mwh(x.energy_mwh)),
    ),
    _money("last_session_cost", _of_last_session(lambda x: x.cost), _of_last_session(lambda x: x.start)),
    _duration(
        "last_session_connected_time",
        _of_last_session(lambda x: x.connected_ms // 1000),
    ),
    _duration(
        "last_session_charging_time",
        _of_last_session(lambda x: x.charging_ms // 1000),
    ),
    EvseSensorDescription(
        key="last_session_end",
        translation_key="last_session_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_of_last_session(lambda x: x.end),
    ),
    _energy("month_energy", lambda view: kwh_from_mwh(view.month.energy_mwh)),
    _money("month_cost", lambda view: view.month.cost, lambda view: view.month.start),
    EvseSensorDescription(
        key="month_sessions",
        translation_key="month_sessions",
        state_class=SensorStateClass.TOTAL,
        last_reset_fn=lambda view: view.month.start,
        value_fn=lambda view: view.month.sessions,
    ),
    EvseSensorDescription(
        key="allowed_current",
        translation_key="allowed_current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        attributes_fn=lambda view: {
            "reason": view.limit_reason,
            "reason_key": view.limit_reason_key,
            "car_lines": view.car_lines,
            "pauses_24_h": view.pauses,
            "decisions": list(view.decisions),
            "departure": None if view.departure is None else view.departure.at.isoformat(),
            "departure_energy_kwh": None if view.departure is None else kwh_from_mwh(view.departure.energy_mwh),
            "departure_soc": None if view.departure is None else view.departure.soc_percent,
        },
        value_fn=lambda view: view.limit_a,
    ),
)


#: Of an EVSE, where there is anybody who pays.
BILLED_SENSORS: tuple[EvseSensorDescription, ...] = (
    _money("session_billed", _of_session(lambda x: x.billed), _of_session(lambda x: x.start)),
)
#: Of an EVSE of a station.
STATION_EVSE_SENSORS: tuple[EvseSensorDescription, ...] = (
    EvseSensorDescription(
        key="error",
        translation_key="error",
        entity_category=EntityCategory.DIAGNOSTIC,
        available_fn=lambda view: view.available,
        value_fn=lambda view: "NoError" if view.trouble is None else view.trouble.code,
        attributes_fn=lambda view: (
            {} if view.trouble is None else {"vendor_code": view.trouble.vendor_code, "info": view.trouble.info}
        ),
    ),
    EvseSensorDescription(
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
STATION_SENSORS: tuple[StationSensorDescription, ...] = (
    StationSensorDescription(
        key="last_seen",
        translation_key="last_seen",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda view: view.last_seen,
    ),
    StationSensorDescription(
        key="clock_drift",
        translation_key="clock_drift",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda view: view.clock_drift_s,
    ),
    StationSensorDescription(
        key="firmware",
        translation_key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda view: view.firmware,
    ),
    StationSensorDescription(
        key="firmware_state",
        translation_key="firmware_state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in FirmwareState],
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda view: view.firmware_state,
    ),
)


def _has_sun_price(site: SiteRuntime) -> bool:
    return site.book is not None and has_sun_price(site.book.tariff)


def _reads_price(site: SiteRuntime) -> bool:
    return site.book is not None and site.book.tariff.timeline_price is not None


def _meter_pace(meter: MeterPace | None) -> dict[str, float | None]:
    if meter is None:
        return {}
    return {"gain_a": meter.gain_a, "meter_period_s": meter.period_s, "meter_delay_s": meter.delay_s}


def _headroom(line: int) -> SiteSensorDescription:
    return SiteSensorDescription(
        key=f"headroom_l{line + 1}",
        translation_key=f"headroom_l{line + 1}",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        exists_fn=lambda site: site.has_meter and line < site.line_count,
        available_fn=lambda view: view.headroom_a is not None,
        # A tenth of an ampere is what a person can use; more only fills the recorder.
        value_fn=lambda view: None if view.headroom_a is None else round(view.headroom_a[line], 1),
    )


SITE_SENSORS: tuple[SiteSensorDescription, ...] = (
    _headroom(0),
    _headroom(1),
    _headroom(2),
    SiteSensorDescription(
        key="chargers_power",
        translation_key="chargers_power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=2,
        value_fn=lambda view: view.chargers_power_w,
    ),
    SiteSensorDescription(
        key="balancing_state",
        translation_key="balancing_state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in BalancingState],
        attributes_fn=lambda view: {"reason": view.balancing_reason, "reason_key": view.balancing_reason_key},
        value_fn=lambda view: view.balancing_state,
    ),
    SiteSensorDescription(
        key="quicker_meter_gain",
        translation_key="quicker_meter_gain",
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=1,
        exists_fn=lambda site: site.has_meter,
        available_fn=lambda view: view.meter is not None,
        attributes_fn=lambda view: _meter_pace(view.meter),
        value_fn=lambda view: None if view.meter is None else view.meter.gain_kwh,
    ),
    SiteSensorDescription(
        key="price",
        translation_key="price",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=4,
        in_currency=True,
        per_kwh=True,
        value_fn=lambda view: view.price_per_kwh,
    ),
    SiteSensorDescription(
        key="next_price",
        translation_key="next_price",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=4,
        in_currency=True,
        per_kwh=True,
        exists_fn=lambda site: site.prices is not None,
        attributes_fn=lambda view: {"from": None if view.ahead.next_at is None else view.ahead.next_at.isoformat()},
        value_fn=lambda view: view.ahead.next_price,
    ),
    SiteSensorDescription(
        key="cheapest_window",
        translation_key="cheapest_window",
        device_class=SensorDeviceClass.TIMESTAMP,
        exists_fn=lambda site: site.prices is not None,
        attributes_fn=lambda view: _window_attributes(view.ahead.window),
        value_fn=lambda view: None if view.ahead.window is None else view.ahead.window.start,
    ),
    SiteSensorDescription(
        key="unpriced_energy",
        translation_key="unpriced_energy",
        device_class=SensorDeviceClass.ENERGY,
        # It falls when prices come.
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda view: _kwh(view.unpriced_mwh),
    ),
    *(
        SiteSensorDescription(
            key=f"month_saving_{name}",
            translation_key=f"month_saving_{name}",
            device_class=SensorDeviceClass.MONETARY,
            state_class=SensorStateClass.TOTAL,
            in_currency=True,
            last_reset_fn=lambda view: view.month.start,
            exists_fn=exists_fn,
            value_fn=value_fn,
        )
        for name, exists_fn, value_fn in (
            ("sun", _has_sun_price, lambda view: view.saving.sun),
            ("time", _reads_price, lambda view: view.saving.time),
        )
    ),
    SiteSensorDescription(
        key="recosting",
        translation_key="recosting",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        attributes_fn=lambda view: dict(zip(("done", "total"), view.recosted or (), strict=False)),
        value_fn=lambda view: view.recosting_percent,
    ),
    SiteSensorDescription(
        key="month_energy",
        translation_key="month_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=lambda view: kwh_from_mwh(view.month.energy_mwh),
    ),
    SiteSensorDescription(
        key="month_cost",
        translation_key="month_cost",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        in_currency=True,
        last_reset_fn=lambda view: view.month.start,
        value_fn=lambda view: view.month.cost,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of a site and of its chargers."""
    site = entry.runtime_data
    async_add_entities(
        ViewSensor(site, description, site_device_info(site))
        for description in SITE_SENSORS
        if description.exists_fn(site)
    )
    async_add_circuit_sensors(site, async_add_entities)
    async_add_owner_sensors(site, async_add_entities)
    of_evse = (*EVSE_SENSORS, *(BILLED_SENSORS if payers_of(hass) else ()))
    async_add_capacity_sensors(site, async_add_entities)
    for charger_id, evses in site.evses_by_charger().items():
        async_add_entities(
            [ViewSensor(evse, description, evse_device_info(evse)) for evse in evses for description in of_evse],
            config_subentry_id=charger_id,
        )
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
