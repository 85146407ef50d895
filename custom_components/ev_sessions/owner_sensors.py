"""The sensors of vehicles and payers: a table over their running month."""

from dataclasses import dataclass

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfEnergy
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .core.energy import kwh_from_mwh
from .site.owner_months import OwnerMonthView
from .site.runtime import SiteRuntime
from .view_sensor import ViewSensor, ViewSensorDescription


@dataclass(frozen=True, kw_only=True)
class OwnerSensorDescription(ViewSensorDescription[OwnerMonthView]):
    """A sensor of a vehicle or a payer."""


OWNER_SENSORS: tuple[OwnerSensorDescription, ...] = (
    OwnerSensorDescription(
        key="month_energy",
        translation_key="month_energy",
        device_class=SensorDeviceClass.ENERGY,
        # A correction takes some of it back: no counter that only rises.
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        last_reset_fn=lambda view: view.month.start,
        value_fn=lambda view: kwh_from_mwh(view.month.energy_mwh),
    ),
    OwnerSensorDescription(
        key="month_cost",
        translation_key="month_cost",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        in_currency=True,
        last_reset_fn=lambda view: view.month.start,
        value_fn=lambda view: view.month.cost,
    ),
)


@callback
def async_add_owner_sensors(site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensors of each vehicle and payer to its device."""
    for owner in site.owners.months.all:
        device = DeviceInfo(identifiers={(DOMAIN, owner.identity)})
        async_add_entities(
            [ViewSensor(owner, description, device) for description in OWNER_SENSORS],
            config_subentry_id=owner.identity,
        )
