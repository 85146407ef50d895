"""The sensors of vehicles and payers: a table over their running month."""

from homeassistant.components.sensor import SensorStateClass
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .month_sensors import month_cost, month_energy
from .site.owner_months import OwnerMonthView
from .site.runtime import SiteRuntime
from .view_sensor import ViewSensor, ViewSensorDescription

#: A correction takes some of a month back: no counter that only rises.
OWNER_SENSORS: tuple[ViewSensorDescription[OwnerMonthView], ...] = (
    month_energy(SensorStateClass.TOTAL),
    month_cost(),
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
