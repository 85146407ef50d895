"""The sensors of a site's capacity tariff: a table over how its billing month stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfPower
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import site_device_info
from .site.runtime import SiteRuntime
from .site.view import CapacityView, SiteView
from .view_sensor import ViewSensor, ViewSensorDescription


@dataclass(frozen=True, kw_only=True)
class CapacitySensorDescription(ViewSensorDescription[SiteView]):
    """A sensor of a capacity tariff; `priced`: there only where it has a price."""

    priced: bool = False


def _of[ValueT](value_fn: Callable[[CapacityView], ValueT | None]) -> Callable[[SiteView], ValueT | None]:
    return lambda view: None if view.capacity is None else value_fn(view.capacity)


def _kw(power_kw: float) -> float | None:
    """Return a power to the watt; none where it is infinite."""
    return round(power_kw, 3) if isfinite(power_kw) else None


def _power(
    key: str,
    value_fn: Callable[[CapacityView], float],
    attributes_fn: Callable[[SiteView], Mapping[str, Any]] | None = None,
) -> CapacitySensorDescription:
    return CapacitySensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=2,
        attributes_fn=attributes_fn,
        value_fn=_of(lambda view: _kw(value_fn(view))),
    )


def _cost(key: str, value_fn: Callable[[CapacityView], Decimal | None]) -> CapacitySensorDescription:
    return CapacitySensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        in_currency=True,
        priced=True,
        last_reset_fn=_of(lambda view: view.period.start),
        value_fn=_of(value_fn),
    )


def _peaks(view: SiteView) -> Mapping[str, Any]:
    """Return the means that make the peak, the greatest first."""
    if view.capacity is None:
        return {"peaks": [], "billed_kw": None}
    standing = view.capacity.standing
    return {
        "peaks": [
            {"start": one.start.isoformat(), "kw": _kw(one.kw), "without_cars_kw": _kw(one.without_cars_kw)}
            for one in standing.peaks
        ],
        "billed_kw": _kw(standing.billed.kw),
    }


CAPACITY_SENSORS: tuple[CapacitySensorDescription, ...] = (
    _power("capacity_peak", lambda view: view.standing.peak.kw, _peaks),
    _power("capacity_peak_cars", lambda view: view.standing.cars_kw),
    _power("capacity_free", lambda view: view.standing.free_kw),
    _cost("capacity_cost", lambda view: view.standing.cost),
    _cost("capacity_cost_cars", lambda view: view.standing.cars_cost),
)


def async_add_capacity_sensors(site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensors of a site that has a capacity tariff."""
    capacity = site.peaks.capacity
    if capacity is None:
        return
    scheme = capacity.config.scheme
    has_price = scheme.per_kw is not None or bool(scheme.steps)
    async_add_entities(
        ViewSensor(site, description, site_device_info(site))
        for description in CAPACITY_SENSORS
        if has_price or not description.priced
    )
