"""Ask the integration behind a price entity for its prices, by its own action."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
import logging
import random

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..core.prices.agreement import agrees
from ..core.prices.price import PriceInterval
from ..core.prices.unit import PriceUnit
from .actions import Chosen, PriceAction, Way, action_for
from .carried import priced
from .quote import Refusal

_LOGGER = logging.getLogger(__name__)

#: An integration that fetches its answer from far away is given so long.
TIMEOUT_S = 30.0
#: So that not all integrations ask at once after a start.
_AFTER_START_S = 10.0
#: A day of which so little is missing is known: its last interval may be cut.
_NEARLY = timedelta(hours=1)
#: Prices of so many days before are asked for where we were away.
_DAYS_BACK = 7


def price_action_of(hass: HomeAssistant, entity_id: str, zone: tzinfo) -> PriceAction | None:
    """Return how the integration of an entity can be asked for its prices; None where it cannot."""
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None or entry.config_entry_id is None:
        return None
    device = None if entry.device_id is None else dr.async_get(hass).async_get(entry.device_id)
    return action_for(
        Chosen(
            platform=entry.platform,
            unique_id=entry.unique_id,
            entry_id=entry.config_entry_id,
            zone=zone,
            device=None if device is None else device.name,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingState:
    """How the asking stands: which action, whether its prices were found to be the entity's, and why there are none.

    `known` are the days that it told, `failures` in a row since it last told.
    """

    action: str
    settled: bool
    known: tuple[str, ...]
    failures: int
    why: str | None


class AskedPrices:
    """Asks when there is news, and tells intervals to `on_intervals`.

    `shown` returns the price that the entity shows: what the action tells has to agree with
    it, else it is the price of something else. `own_unit` is the entity's, for answers
    without a unit of their own. `chance` gives a random part of 1.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        action: PriceAction,
        *,
        entity_id: str,
        currency: str,
        zone: tzinfo,
        own_unit: Callable[[], PriceUnit | Refusal],
        shown: Callable[[], Decimal | None],
        on_intervals: Callable[[tuple[PriceInterval, ...]], None],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._hass = hass
        self._action = action
        self._entity_id = entity_id
        self._currency = currency
        self._zone = zone
        self._own_unit = own_unit
        self._shown = shown
        self._on_intervals = on_intervals
        self._chance = chance
        self._way: Way | None = None  # the one whose prices are those that the entity shows
        self._known: set[date] = set()
        self._past: list[date] = []
        self._told: dict[datetime, PriceInterval] = {}
        self._failures = 0
        self._why: str | None = None  # as it was told
        self._last_why: str | None = None
        self._releases: list[CALLBACK_TYPE] = []
        self._asking: asyncio.Task[None] | None = None

    @property
    def state(self) -> AskingState:
        """How the asking stands."""
        way = self._way or self._action.ways[0]
        return AskingState(
            action=f"{self._action.domain}.{way.name}",
            settled=self._way is not None,
            known=tuple(day.isoformat() for day in sorted(self._known)),
            failures=self._failures,
            why=self._last_why,
        )

    @callback
    def async_start(self, since: datetime | None) -> None:
        """Ask as soon as Home Assistant has started; of days back to `since` once, where there were any."""
        now = dt_util.utcnow()
        rhythm = self._action.rhythm
        if since is not None and rhythm.due is not None:
            today = rhythm.day_of(now)
            days = min(_DAYS_BACK, (today - rhythm.day_of(since)).days)
            self._past = [today - timedelta(days=back) for back in range(1, days + 1)]
        self._releases.append(async_at_started(self._hass, self._async_begin))

    @callback
    def async_stop(self) -> None:
        """Ask no more."""
        while self._releases:
            self._releases.pop()()
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    @callback
    def _async_begin(self, _hass: HomeAssistant) -> None:
        self._releases.clear()
        self._async_ask_in(self._chance() * _AFTER_START_S)

    @callback
    def _async_ask_in(self, wait_s: float) -> None:
        self._releases = [async_call_later(self._hass, wait_s, self._async_due)]

    @callback
    def _async_due(self, _at: datetime) -> None:
        self._releases.clear()
        self._asking = self._hass.async_create_background_task(
            self._async_ask(), f"ev_sessions prices of {self._entity_id}"
        )

    async def _async_ask(self) -> None:
        now, rhythm = dt_util.utcnow(), self._action.rhythm
        why: str | None = None
        for day in rhythm.missing(now, self._known):
            why = await self._async_ask_day(day)
            if why is not None:
                break
        while why is None and self._past:
            # Once each: what nobody tells of the past any more, nobody will.
            await self._async_ask_day(self._past.pop(0))
        self._async_note(why)
        self._known = {day for day in self._known if day >= rhythm.day_of(now)}
        self._async_ask_in(rhythm.wait_s(dt_util.utcnow(), self._known, self._failures, self._chance()))

    async def _async_ask_day(self, day: date) -> str | None:
        """Ask for a day; return why there are no prices of it."""
        why = "it told none"
        for way in self._action.ways if self._way is None else (self._way,):
            found, failed = await self._async_call(way, day)
            if not found:
                why = failed or why
                continue
            if self._way is None and (disagrees := self._disagrees(found)) is not None:
                why = disagrees
                continue
            self._way = way
            if self._action.rhythm.end_of(day) - max(one.end for one in found) < _NEARLY:
                self._known.add(day)
            self._async_tell(found)
            return None
        return why

    def _disagrees(self, found: tuple[PriceInterval, ...]) -> str | None:
        if (shown := self._shown()) is None:
            return "the entity shows no price to compare them with"
        return None if agrees(shown, found, dt_util.utcnow()) else "they are not those that the entity shows"

    async def _async_call(self, way: Way, day: date) -> tuple[tuple[PriceInterval, ...], str | None]:
        """Return what the action tells of a day, and why it tells nothing."""
        domain = self._action.domain
        if not self._hass.services.has_service(domain, way.name):
            return (), f"there is no action {domain}.{way.name}"
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._hass.services.async_call(
                    domain, way.name, way.data(day), blocking=True, return_response=True
                )
        except TimeoutError:
            return (), f"it did not answer within {TIMEOUT_S:.0f} s"
        except Exception as err:  # noqa: BLE001 - whatever goes wrong there is none of ours, and passes
            return (), str(err) or type(err).__name__
        if not isinstance(answer, Mapping):
            return (), None
        return priced(way.read(answer, self._zone), self._own_unit(), self._currency, dt_util.utcnow()), None

    @callback
    def _async_tell(self, found: tuple[PriceInterval, ...]) -> None:
        """Pass on what is new."""
        news = tuple(one for one in found if self._is_news(one))
        kept = {one.start: one for one in self._told.values() if one.end > dt_util.utcnow()}
        self._told = kept | {one.start: one for one in found}
        if news:
            self._on_intervals(news)

    def _is_news(self, one: PriceInterval) -> bool:
        known = self._told.get(one.start)
        return known is None or (known.end, known.price_per_kwh) != (one.end, one.price_per_kwh)

    @callback
    def _async_note(self, why: str | None) -> None:
        """Count failures; say once that there are none to be had, and once that there are again."""
        self._failures = 0 if why is None else self._failures + 1
        self._last_why = why
        if why is None and self._why is not None:
            _LOGGER.info("%s tells the prices of %s again", self._action.domain, self._entity_id)
        # Tomorrow's are often late: that alone is nothing to speak of.
        if why is not None and self._why is None and not self._known:
            _LOGGER.info("%s tells no prices of %s: %s", self._action.domain, self._entity_id, why)
            self._why = why
        elif why is None:
            self._why = None
