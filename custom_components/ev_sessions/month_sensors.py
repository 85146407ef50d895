"""The sensors of a running month: a table over whatever has one."""

from datetime import datetime
from typing import Protocol

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfEnergy

from .core.energy import kwh_from_mwh
from .site.view import MonthView
from .view_sensor import ViewSensorDescription


class OfMonth(Protocol):
    """A view that shows a running month."""

    @property
    def month(self) -> MonthView:
        """Its sums."""
        ...


def _start(view: OfMonth) -> datetime | None:
    return view.month.start


def month_energy[ViewT: OfMonth](state_class: SensorStateClass) -> ViewSensorDescription[ViewT]:
    """Describe the energy of a month: a counter that starts again, or a sum of which corrections take some back."""
    return ViewSensorDescription(
        key="month_energy",
        translation_key="month_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=state_class,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        # Only a sum may say since when it counts.
        last_reset_fn=_start if state_class is SensorStateClass.TOTAL else None,
        value_fn=lambda view: kwh_from_mwh(view.month.energy_mwh),
    )


def month_cost[ViewT: OfMonth]() -> ViewSensorDescription[ViewT]:
    """Describe the cost of a month."""
    return ViewSensorDescription(
        key="month_cost",
        translation_key="month_cost",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        in_currency=True,
        last_reset_fn=_start,
        value_fn=lambda view: view.month.cost,
    )
