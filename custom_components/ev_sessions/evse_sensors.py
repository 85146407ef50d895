"""The sensors of an EVSE: a table over its view."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfElectricCurrent, UnitOfEnergy, UnitOfPower, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.energy import kwh_from_mwh
from .core.reading import Activity
from .entity import evse_device_info
from .month_sensors import month_cost, month_energy
from .site.config.owners import payers_of
from .site.runtime import SiteRuntime
from .site.view import EvseView, SessionView
from .view_sensor import SensorValue, ViewSensor, ViewSensorDescription


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


def _duration(key: str, value_fn: Callable[[EvseView], SensorValue | None]) -> ViewSensorDescription[EvseView]:
    return ViewSensorDescription(
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
) -> ViewSensorDescription[EvseView]:
    return ViewSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        in_currency=True,
        last_reset_fn=last_reset_fn,
        value_fn=value_fn,
    )


OWNER_ATTRIBUTES = ("vehicle", "vehicle_by", "payer", "payer_by", "id_token")

EVSE_SENSORS: tuple[ViewSensorDescription[EvseView], ...] = (
    ViewSensorDescription(
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
    ViewSensorDescription(
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
    ViewSensorDescription(
        key="energy",
        translation_key="energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=lambda view: None if view.register_mwh is None else kwh_from_mwh(view.register_mwh),
    ),
    ViewSensorDescription(
        key="session_energy",
        translation_key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        # A counter that starts again with each session.
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=_of_session(lambda x: kwh_from_mwh(x.energy_mwh)),
    ),
    _duration(
        "session_connected_time",
        _of_session(lambda x: _whole_minutes_s(x.connected_ms)),
    ),
    _duration(
        "session_charging_time",
        _of_session(lambda x: _whole_minutes_s(x.charging_ms)),
    ),
    _money("session_cost", _of_session(lambda x: x.cost), _of_session(lambda x: x.start)),
    ViewSensorDescription(
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
    ViewSensorDescription(
        key="session_start",
        translation_key="session_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_of_session(lambda x: x.start),
    ),
    ViewSensorDescription(
        key="session_estimated_end",
        translation_key="session_estimated_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda view: view.estimated_end,
    ),
    ViewSensorDescription(
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
    ViewSensorDescription(
        key="last_session_end",
        translation_key="last_session_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_of_last_session(lambda x: x.end),
    ),
    month_energy(SensorStateClass.TOTAL_INCREASING),
    month_cost(),
    ViewSensorDescription(
        key="month_sessions",
        translation_key="month_sessions",
        state_class=SensorStateClass.TOTAL,
        last_reset_fn=lambda view: view.month.start,
        value_fn=lambda view: view.month.sessions,
    ),
    ViewSensorDescription(
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
BILLED_SENSORS: tuple[ViewSensorDescription[EvseView], ...] = (
    _money("session_billed", _of_session(lambda x: x.billed), _of_session(lambda x: x.start)),
)


@callback
def async_add_evse_sensors(
    hass: HomeAssistant, site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of each EVSE to its device."""
    described = (*EVSE_SENSORS, *(BILLED_SENSORS if payers_of(hass) else ()))
    for charger_id, evses in site.evses_by_charger().items():
        async_add_entities(
            [ViewSensor(evse, description, evse_device_info(evse)) for evse in evses for description in described],
            config_subentry_id=charger_id,
        )
