"""What happens to sessions, as an event entity for each EVSE."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.session import SessionEventType
from .entity import evse_device_info
from .site.evse import EvseRuntime
from .site.runtime import SiteConfigEntry

PARALLEL_UPDATES = 0

SESSION_EVENT = EventEntityDescription(
    key="session_event",
    translation_key="session_event",
    event_types=[event.value for event in SessionEventType],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entities of the chargers."""
    for charger_id, evses in entry.runtime_data.evses_by_charger().items():
        async_add_entities([SessionEventEntity(evse) for evse in evses], config_subentry_id=charger_id)


class SessionEventEntity(EventEntity):
    """Tells of each thing that happens to the sessions of an EVSE."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description = SESSION_EVENT

    def __init__(self, evse: EvseRuntime) -> None:
        """Bind the entity to its EVSE."""
        self.evse = evse
        self._attr_unique_id = f"{evse.charger_id}_{evse.evse}_{SESSION_EVENT.key}"
        self._attr_device_info = evse_device_info(evse)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the session events of the EVSE."""
        await super().async_added_to_hass()
        self.async_on_remove(self.evse.subscribe_events(self._session_event))

    @callback
    def _session_event(self, event_type: str, attributes: dict[str, Any]) -> None:
        self._trigger_event(event_type, attributes)
        self.async_write_ha_state()
