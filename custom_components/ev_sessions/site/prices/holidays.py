"""Knows which days are holidays, from the entities that tariffs name: asked for, seen, and kept in the ledger."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import date, datetime, time, timedelta
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event, async_track_time_change
import probatio as vol

from ...core.tariff.holidays import KnownHolidays, days_off, is_day_off, whole_days
from ...store import Ledger
from ..clock import Clock
from ..ledger.ledger import asked

_LOGGER = logging.getLogger(__name__)

HOLIDAYS = "holidays"
#: So far back is asked when an entity is new, and afterwards; and so far ahead, always.
_FIRST_BACK, _BACK, _AHEAD = timedelta(days=400), timedelta(days=31), timedelta(days=60)
_DAY = timedelta(days=1)
#: A calendar may lie with somebody else, who does not answer.
ANSWER_TIMEOUT_S = 30.0


class Holidays:
    """The holidays of a site. `changed` hears of new ones, and from which instant on they may change a cost."""

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        site_id: str,
        zone: ZoneInfo,
        clock: Clock,
        entities: Sequence[str],
        changed: Callable[[datetime], None],
        run: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._site_id = site_id
        self._zone = zone
        self._clock = clock
        self._entities = tuple(dict.fromkeys(entities))
        self._changed = changed
        self._run = run
        self._known = KnownHolidays(days={})
        self._releases: list[CALLBACK_TYPE] = []

    @property
    def days(self) -> frozenset[date]:
        """The days that are known to be holidays, of the past and ahead."""
        return self._known.of(self._entities, self._today)

    async def async_start(self) -> None:
        """Take up what was known, and ask what is there to be told from now on."""
        settings = await asked(self._ledger.settings(self._site_id))
        self._known = KnownHolidays.from_data(settings.get(self._site_id, {}).get(HOLIDAYS))
        if not self._entities:
            return
        self._releases = [
            async_track_state_change_event(self._hass, self._entities, self._async_seen),
            async_track_time_change(self._hass, self._async_look, hour=0, minute=5, second=0),
        ]
        self._async_look()

    @callback
    def async_stop(self) -> None:
        """Ask no more."""
        while self._releases:
            self._releases.pop()()

    @property
    def _today(self) -> date:
        return self._clock().utc.astimezone(self._zone).date()

    @callback
    def _async_look(self, _at: datetime | None = None) -> None:
        self._run(self._async_ask(self._entities), "holidays")

    @callback
    def _async_seen(self, event: Event[EventStateChangedData]) -> None:
        # An entity that was not there at the start tells now what it knows; a calendar may have been edited.
        self._run(self._async_ask((event.data["entity_id"],)), "holidays")

    async def _async_ask(self, entities: Sequence[str]) -> None:
        """Ask entities for their days, and keep what they tell."""
        for entity_id in entities:
            today = self._today
            first = today - (_BACK if entity_id in self._known.days else _FIRST_BACK)
            last = today + _AHEAD
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    days = await self._async_told(entity_id, first, last)
            except (HomeAssistantError, LookupError, TimeoutError, vol.Invalid) as err:
                _LOGGER.debug("%s tells no holidays: %s", entity_id, err)
                days = None
            if days is None:
                first = last = today
                days = self._shown(entity_id, today)
            if days is not None:
                self._take(self._known.told(entity_id, days, first, last))

    async def _async_told(self, entity_id: str, first: date, last: date) -> frozenset[date] | None:
        """Return the holidays in [first, last] as an action tells them; None where there is none."""
        if self._hass.states.get(entity_id) is None:
            return None
        if entity_id.startswith("calendar."):
            return await self._async_events(entity_id, first, last)
        entry = er.async_get(self._hass).async_get(entity_id)
        if entry is None or entry.platform != "workday":
            return None
        workdays: dict[date, bool] = {}
        day = first
        while day <= last:
            told = await self._async_call("workday", "check_date", entity_id, {"check_date": day})
            workdays[day] = told.get("workday") is True
            day += _DAY
            # A sensor that answers at once would have a year of days counted before anything else happens.
            await asyncio.sleep(0)
        return days_off(workdays)

    async def _async_events(self, entity_id: str, first: date, last: date) -> frozenset[date]:
        start, end = (datetime.combine(day, time(), self._zone) for day in (first, last + _DAY))
        told = await self._async_call(
            "calendar", "get_events", entity_id, {"start_date_time": start, "end_date_time": end}
        )
        events = told.get("events")
        return whole_days(events if isinstance(events, list) else [])

    async def _async_call(self, domain: str, action: str, entity_id: str, data: dict[str, Any]) -> dict[str, Any]:
        answer = await self._hass.services.async_call(
            domain, action, {"entity_id": entity_id, **data}, blocking=True, return_response=True
        )
        mine = (answer or {}).get(entity_id)
        if isinstance(mine, dict):
            return mine
        raise LookupError(f"{domain}.{action} told nothing of {entity_id}")

    def _shown(self, entity_id: str, today: date) -> frozenset[date] | None:
        """Return what a sensor's state says of today; None where it says nothing."""
        state = self._hass.states.get(entity_id)
        if entity_id.startswith("calendar.") or state is None or state.state not in {STATE_ON, STATE_OFF}:
            return None
        return frozenset({today} if is_day_off(today, works=state.state == STATE_ON) else ())

    def _take(self, known: KnownHolidays) -> None:
        """Keep what is known now, and say since when it may change a cost."""
        if known.days == self._known.days:
            return
        before = self.days
        self._known = known
        self._ledger.put_setting(self._site_id, HOLIDAYS, known.to_data(), self._clock().utc)
        if changed := before ^ self.days:
            self._changed(datetime.combine(min(changed), time(), self._zone))
