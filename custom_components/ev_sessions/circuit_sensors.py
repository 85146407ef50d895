"""The sensors of a circuit: one table over its view."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import circuit_device_info
from .site.circuits.circuit import CircuitRuntime, CircuitView
from .site.runtime import SiteRuntime
from .view_sensor import ViewSensor, ViewSensorDescription


@dataclass(frozen=True, kw_only=True)
class CircuitSensorDescription(ViewSensorDescription[CircuitView]):
    """A sensor of a circuit."""

    exists_fn: Callable[[CircuitRuntime], bool] = lambda _: True


def _on_line(values: tuple[float, ...] | None, line: int) -> float | None:
    return None if values is None else values[line]


def _headroom(view: CircuitView, line: int) -> float | None:
    if view.load_a is None or view.limit_a is None:
        return None
    return round(view.limit_a[line] - view.load_a[line], 1)


def _current(
    key: str, line: int, value_fn: Callable[[CircuitView], float | None], *, of_root: bool = True
) -> CircuitSensorDescription:
    """Describe a current that changes with every reading: who wants it, enables it."""
    key = f"circuit_{key}_l{line + 1}"
    return CircuitSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        exists_fn=lambda circuit: line < circuit.line_count and (of_root or not circuit.config.is_root),
        available_fn=lambda view: value_fn(view) is not None,
        value_fn=value_fn,
    )


def _power(
    key: str,
    value_fn: Callable[[CircuitView], float | None],
    exists_fn: Callable[[CircuitRuntime], bool],
    *,
    enabled: bool = False,
) -> CircuitSensorDescription:
    return CircuitSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=None if enabled else EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=2,
        exists_fn=exists_fn,
        available_fn=lambda view: value_fn(view) is not None,
        value_fn=value_fn,
    )


CIRCUIT_SENSORS: tuple[CircuitSensorDescription, ...] = (
    # The load of the grid connection is what its meter shows.
    _current("load", 0, lambda view: _on_line(view.load_a, 0), of_root=False),
    _current("load", 1, lambda view: _on_line(view.load_a, 1), of_root=False),
    _current("load", 2, lambda view: _on_line(view.load_a, 2), of_root=False),
    # The site has a headroom of its own.
    _current("headroom", 0, lambda view: _headroom(view, 0), of_root=False),
    _current("headroom", 1, lambda view: _headroom(view, 1), of_root=False),
    _current("headroom", 2, lambda view: _headroom(view, 2), of_root=False),
    _current("limit", 0, lambda view: _on_line(view.limit_a, 0)),
    _current("limit", 1, lambda view: _on_line(view.limit_a, 1)),
    _current("limit", 2, lambda view: _on_line(view.limit_a, 2)),
    _power("circuit_power", lambda view: view.power_w, lambda circuit: not circuit.config.is_root),
    _power("circuit_power_limit", lambda view: view.limit_w, lambda circuit: circuit.config.has_power_limit),
    _power("peak_mean", lambda view: view.mean_w, lambda circuit: circuit.peak is not None, enabled=True),
)


@callback
def async_add_circuit_sensors(site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensors of a site's circuits; those of the grid connection are the site's."""
    for circuit in site.circuit_list:
        async_add_entities(
            [
                ViewSensor(circuit, description, circuit_device_info(circuit))
                for description in CIRCUIT_SENSORS
                if description.exists_fn(circuit)
            ],
            config_subentry_id=None if circuit.config.is_root else circuit.config.id,
        )
