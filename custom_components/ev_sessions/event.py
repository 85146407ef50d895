"""What happens to sessions, and what the owner wants to be told of at once, as event entities."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, ATTR_NAME, CONF_TYPE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import EVENT_SESSION
from .core.alerts import EVSE_ALERTS, SITE_ALERTS
from .core.sessions.session import SessionEventType
from .entity import evse_device_info, site_device_info, station_device_info
from .site.alerts.alert_watch import AlertOwner
from .site.evse.evse import EvseRuntime
from .site.ocpp.station.service import StationService
from .site.runtime import SiteConfigEntry
from .site.whose.card_reader import CardEvent

PARALLEL_UPDATES = 0

SESSION_EVENT = EventEntityDescription(
    key="session_event",
    translation_key="session_event",
    event_types=[event.value for event in SessionEventType],
)
#: What is worth a line in the logbook; a pause of the balancer, which may come often, is not.
_IN_LOGBOOK = frozenset(
    {
        SessionEventType.CONNECTED,
        SessionEventType.STARTED_CHARGING,
        SessionEventType.COMPLETED,
        SessionEventType.DISCONNECTED,
        SessionEventType.FAULT,
        SessionEventType.FAULT_CLEARED,
        SessionEventType.LIMIT_REACHED,
    }
)
EVSE_ALERT = EventEntityDescription(
    key="alert", translation_key="alert", event_types=[alert.value for alert in EVSE_ALERTS]
)
CARD_EVENT = EventEntityDescription(
    key="card", translation_key="card", event_types=[event.value for event in CardEvent]
)
SITE_ALERT = EventEntityDescription(
    key="alert", translation_key="site_alert", event_types=[alert.value for alert in SITE_ALERTS]
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entities of a site and of its chargers."""
    site = entry.runtime_data
    if site.has_meter:
        async_add_entities([AlertEntity(site.alerts.site, SITE_ALERT, site_device_info(site))])
    for charger_id, evses in site.evses_by_charger().items():
        async_add_entities([SessionEventEntity(evse) for evse in evses], config_subentry_id=charger_id)
        async_add_entities(
            [AlertEntity(site.alerts.by_evse[evse.evse_id], EVSE_ALERT, evse_device_info(evse)) for evse in evses],
            config_subentry_id=charger_id,
        )
    for station in site.stations:
        async_add_entities([CardEventEntity(station)], config_subentry_id=station.charger_id)


class CardEventEntity(EventEntity):
    """Tells of cards that are held to a charger and are not on the list, or come on it."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description = CARD_EVENT

    def __init__(self, station: StationService) -> None:
        """Bind the entity to its charger."""
        self.station = station
        self._attr_unique_id = f"{station.identity}_{CARD_EVENT.key}"
        self._attr_device_info = station_device_info(station)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what is held to the charger."""
        await super().async_added_to_hass()
        self.async_on_remove(self.station.cards.subscribe(self._card))

    @callback
    def _card(self, event: CardEvent, attributes: dict[str, str]) -> None:
        self._trigger_event(event.value, dict(attributes))
        self.async_write_ha_state()


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
        self.async_on_remove(self.evse.events.subscribe(self._session_event))

    @callback
    def _session_event(self, event_type: str, attributes: dict[str, Any]) -> None:
        self._trigger_event(event_type, attributes)
        self.async_write_ha_state()
        if event_type in _IN_LOGBOOK:
            told = {ATTR_ENTITY_ID: self.entity_id, ATTR_NAME: self.evse.name, CONF_TYPE: event_type, **attributes}
            if self.device_entry is not None:
                told[ATTR_DEVICE_ID] = self.device_entry.id
            self.hass.bus.async_fire(EVENT_SESSION, told)


class AlertEntity(EventEntity):
    """Tells what the owner of an EVSE or a site wants to know at once."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self, owner: AlertOwner, description: EventEntityDescription, device: DeviceInfo | ChildDeviceInfo
    ) -> None:
        """Bind the entity to whose alerts it tells."""
        self.owner = owner
        self.entity_description = description
        self._attr_unique_id = f"{owner.identity}_{description.key}"
        self._attr_device_info = device

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the alerts."""
        await super().async_added_to_hass()
        self.async_on_remove(self.owner.subscribe_alerts(self._alert))

    @callback
    def _alert(self, alert_type: str, attributes: dict[str, Any]) -> None:
        self._trigger_event(alert_type, attributes)
        self.async_write_ha_state()
