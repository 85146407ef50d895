"""When the car of an EVSE leaves, as its owner sets it."""

from datetime import datetime
from typing import override

from homeassistant.components.datetime import DateTimeEntity, DateTimeEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import Shown, ViewEntity, evse_device_info
from .site.evse.evse import EvseRuntime
from .site.refusal import ledger_errors
from .site.runtime import SiteConfigEntry
from .site.view import EvseView

PARALLEL_UPDATES = 1

DEPARTURE = DateTimeEntityDescription(
    key="departure", translation_key="departure", entity_category=EntityCategory.CONFIG
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the departures of the chargers that can be told anything."""
    for charger_id, evses in entry.runtime_data.evses_by_charger().items():
        async_add_entities([DepartureTime(evse) for evse in evses if evse.controllable], config_subentry_id=charger_id)


class DepartureTime(ViewEntity[EvseView, datetime], DateTimeEntity):
    """When the car that is there leaves, or else the next one; forgotten when it is gone."""

    def __init__(self, evse: EvseRuntime) -> None:
        """Bind the time to its EVSE."""
        shown: Shown[EvseView, datetime] = Shown(
            value_fn=lambda view: None if view.departure is None else view.departure.at
        )
        super().__init__(evse, DEPARTURE, shown, evse_device_info(evse))
        self._evse = evse

    @property
    @override
    def native_value(self) -> datetime | None:
        return self.shown_value

    @override
    async def async_set_value(self, value: datetime) -> None:
        with ledger_errors():
            await self._evse.departures.async_set_at(value)
