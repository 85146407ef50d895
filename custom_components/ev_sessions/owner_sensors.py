"""The sensors of vehicles and payers: a table over their running month."""

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .month_sensors import month_cost, month_energy
from .site.owners.months import OwnerMonthView
from .site.runtime import SiteRuntime
from .view_sensor import ViewSensor, ViewSensorDescription

#: A correction takes some of a month back: no counter that only rises.
OWNER_SENSORS: tuple[ViewSensorDescription[OwnerMonthView], ...] = (
    month_energy(SensorStateClass.TOTAL),
    month_cost(),
)
#: Of who is billed by a tariff of their own.
PAYER_SENSORS: tuple[ViewSensorDescription[OwnerMonthView], ...] = (
    ViewSensorDescription(
        key="month_billed",
        translation_key="month_billed",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        in_currency=True,
        last_reset_fn=lambda view: view.month.start,
        value_fn=lambda view: view.month.billed,
    ),
)


@callback
def async_add_owner_sensors(site: SiteRuntime, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensors of each vehicle and payer to its device."""
    for owner in site.owners.months.all:
        device = DeviceInfo(identifiers={(DOMAIN, owner.identity)})
        described = (*OWNER_SENSORS, *(PAYER_SENSORS if owner.is_billed else ()))
        async_add_entities(
            [ViewSensor(owner, description, device) for description in described],
            config_subentry_id=owner.identity,
        )
