"""The sensors of a site: a table over its view."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfElectricCurrent, UnitOfEnergy, UnitOfMass, UnitOfPower
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.balancing.load import BalancingState, MeterPace
from .core.costing.reference import has_sun_price
from .core.energy import kwh_from_mwh
from .core.money import exact_text
from .core.prices.ahead import Window
from .entity import site_device_info
from .month_sensors import month_cost, month_energy
from .site.runtime import SiteRuntime
from .site.view import SiteView
from .view_sensor import ViewSensor, ViewSensorDescription


@dataclass(frozen=True, kw_only=True)
class SiteSensorDescription(ViewSensorDescription[SiteView]):
    """A sensor of a site."""

    exists_fn: Callable[[SiteRuntime], bool] = lambda _: True


def _window_attributes(window: Window | None) -> dict[str, str | None]:
    if window is None:
        return {"end": None, "mean_price": None}
    return {"end": window.end.isoformat(), "mean_price": exact_text(window.mean_price)}


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
        value_fn=lambda view: None if view.unpriced_mwh is None else kwh_from_mwh(view.unpriced_mwh),
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
        key="month_co2",
        translation_key="month_co2",
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfMass.KILOGRAMS,
        suggested_display_precision=1,
        last_reset_fn=lambda view: view.month.start,
        exists_fn=lambda site: site.carbon is not None,
        value_fn=lambda view: view.month_co2_kg,
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
)
MONTH_SENSORS: tuple[ViewSensorDescription[SiteView], ...] = (
    month_energy(SensorStateClass.TOTAL_INCREASING),
    month_cost(),
)


@callback
def async_add_site_sensors(site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensors of a site."""
    described = (*(one for one in SITE_SENSORS if one.exists_fn(site)), *MONTH_SENSORS)
    async_add_entities(ViewSensor(site, description, site_device_info(site)) for description in described)
