"""The alerts of a site and of its EVSEs, plugged together: when is looked, and what is learned from."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ...core.vehicles.usual_hour import day_of
from ...store import Ledger, LedgerClosedError, LedgerError
from ..clock import Clock
from ..config.site import SiteConfig
from ..evse.evse import EvseRuntime
from ..incoming import Run
from ..issues import IssueBook
from ..view import SiteView
from .alert_watch import EvseAlertWatch, SiteAlertWatch

_LOGGER = logging.getLogger(__name__)

#: How often is looked where nothing changes.
LOOK = timedelta(seconds=10)


class AlertService:
    """The alerts of a site: `async_begin` takes up its EVSEs, `async_start` looks at them.

    `run` starts work in the background, by its name.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        config: SiteConfig,
        entry_id: str,
        ledger: Ledger,
        clock: Clock,
        issues: IssueBook,
        site_view: Callable[[], SiteView],
        run: Run,
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._clock = clock
        self._issues = issues
        self._zone = ZoneInfo(config.time_zone)
        self._site_view = site_view
        self._run = run
        self._learned_on: date | None = None
        self._releases: list[CALLBACK_TYPE] = []
        self.site = SiteAlertWatch(entry_id, config, ledger, clock, issues)
        self.by_evse: dict[str, EvseAlertWatch] = {}

    @callback
    def async_begin(self, evses: Sequence[EvseRuntime], kept: dict[str, dict[str, Any]]) -> None:
        """Take up what is known: `kept` are all run-time settings by owner."""
        self.site.take_up(kept.get(self.site.identity, {}))
        for evse in evses:
            watch = self.by_evse[evse.evse_id] = EvseAlertWatch(evse, self._ledger, self._clock, self._issues)
            watch.take_up(kept.get(evse.evse_id, {}))

    @callback
    def async_start(self) -> None:
        """Look from now on. What is told before the entities are there, nobody hears."""
        self._releases.extend(watch.evse.subscribe(watch.async_look) for watch in self.by_evse.values())
        self._releases.append(async_track_time_interval(self._hass, self._async_tick, LOOK, cancel_on_shutdown=True))
        self._async_tick(self._clock().utc)

    @callback
    def async_stop(self) -> None:
        """Look no more."""
        while self._releases:
            self._releases.pop()()

    @callback
    def async_look_at_site(self) -> None:
        """Look at what is shown of the site."""
        self.site.async_look(self._site_view())

    @callback
    def _async_tick(self, _at: datetime) -> None:
        today = day_of(self._clock().utc, self._zone)
        if today != self._learned_on:
            self._learned_on = today
            self._run(self._async_learn(), "usual hours")
        for watch in self.by_evse.values():
            watch.async_look()
        self.async_look_at_site()

    async def _async_learn(self) -> None:
        for watch in self.by_evse.values():
            try:
                await watch.async_learn()
            except LedgerClosedError:
                return  # Home Assistant stops
            except LedgerError as err:
                _LOGGER.warning("At what hour %s is usually plugged in is not known: %s", watch.evse.name, err)
