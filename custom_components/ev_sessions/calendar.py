"""The sessions of each EVSE on a calendar: those of the past, and the one that goes on."""

from datetime import datetime, timedelta
from typing import override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityDescription, CalendarEvent
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .entity import evse_device_info
from .site.actions.session_calendar import CalendarSession, async_sessions_between, running_session
from .site.evse.evse import EvseRuntime
from .site.runtime import SiteConfigEntry, SiteRuntime

PARALLEL_UPDATES = 0

SESSIONS = CalendarEntityDescription(key="sessions", translation_key="sessions")

#: What a calendar takes for an event at least.
_LEAST = timedelta(seconds=1)
#: Where the words of a description stand in the translations.
_WORDS = f"component.{DOMAIN}.entity.calendar.sessions.state_attributes."


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the calendars of the chargers."""
    site = entry.runtime_data
    for charger_id, evses in site.evses_by_charger().items():
        async_add_entities([SessionCalendar(site, evse) for evse in evses], config_subentry_id=charger_id)


class SessionCalendar(CalendarEntity):
    """The sessions of an EVSE. On while one goes on."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description = SESSIONS

    def __init__(self, site: SiteRuntime, evse: EvseRuntime) -> None:
        """Bind the calendar to its EVSE."""
        self._site = site
        self._evse = evse
        self._drawn: object = None
        self._attr_unique_id = f"{evse.identity}_{SESSIONS.key}"
        self._attr_device_info = evse_device_info(evse)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the sessions."""
        await super().async_added_to_hass()
        self.async_on_remove(self._evse.subscribe(self._view_changed))

    @callback
    def _view_changed(self) -> None:
        view = self._evse.view
        session = view.session
        # Not each reading: what grows is shown anew at each quarter hour, when the event's end comes.
        drawn = (session and (session.id, session.status), view.last_session, view.month.sessions)
        if drawn != self._drawn:
            self._drawn = drawn
            self.async_write_ha_state()

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """The session that goes on."""
        evse = self._evse
        session = running_session(evse.view.session, evse.currency, evse.zone, dt_util.utcnow())
        return None if session is None else self._event_of(session)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the sessions of a span, oldest first."""
        found = await async_sessions_between(
            hass, self._site, self._evse, dt_util.as_utc(start_date), dt_util.as_utc(end_date), dt_util.utcnow()
        )
        # Home Assistant checks each event: a year of them takes longer than the loop may wait.
        return await hass.async_add_executor_job(lambda: [self._event_of(one) for one in found])

    def _event_of(self, session: CalendarSession) -> CalendarEvent:
        words = async_get_cached_translations(self.hass, self.hass.config.language, "entity", DOMAIN)
        lines = [f"{words.get(f'{_WORDS}{key}.name', key)}: {fact}" for key, fact in session.facts.items()]
        return CalendarEvent(
            start=dt_util.as_local(session.start),
            end=dt_util.as_local(max(session.end, session.start + _LEAST)),
            summary=session.summary,
            description="\n".join(lines),
            uid=session.id,
        )
