"""One site at run time: its services, plugged together. Nothing is decided here."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..const import DOMAIN
from ..core.balancing.load import BalancingState
from ..store import Ledger
from .alerts.alerts import AlertService
from .balancing.house_watch import HouseWatch
from .balancing.kept_decisions import PACE as DECISIONS_KEPT_EVERY, KeptDecisions
from .building import SiteBuilder
from .circuits.fallback_watch import FallbackWatch
from .clock import Clock, system_now
from .config.site import SiteConfig, chargers_of
from .costs.costs import Costs
from .evse.evse import EvseRuntime
from .facts import SiteFacts
from .incoming import Incoming
from .issues import IssueBook
from .ledger.ledger import asked, async_when_mended
from .ledger_shown import LedgerShown
from .ocpp.central import async_retry
from .ocpp.reports import Reports
from .owners.owners import Owners
from .parts import SiteParts
from .peaks.peaks import Peaks
from .plugging import async_plug_together
from .price_shown import COUNTED_EVERY, PriceShown
from .showing import Showing
from .site_view import view_of
from .source_listening import source_listener
from .statistics.carbon import CarbonConfig, CarbonWatch
from .statistics.long_term import LongTermStatistics
from .statistics.uptime_watch import UptimeWatch
from .turns import async_in_turns
from .view import SiteView
from .whose.cards import CardList

_LOGGER = logging.getLogger(__name__)

#: How often time is let pass where nothing reports. Quarter hours and time-outs are met to this.
TICK = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


type SiteConfigEntry = ConfigEntry[SiteRuntime]


class SiteRuntime(SiteFacts):
    """One site. `async_start` plugs it together, `async_stop` leaves every charger at its fallback."""

    def __init__(
        self, hass: HomeAssistant, entry: SiteConfigEntry, ledger: Ledger, *, clock: Clock = system_now
    ) -> None:
        self._hass = hass
        self._entry = entry
        self.entry_id = entry.entry_id
        self.config = SiteConfig.from_entry(entry)
        self.ledger = ledger
        self.clock = clock
        self.issues = IssueBook(hass, entry.entry_id)
        self.cards = CardList(ledger, site_id=entry.entry_id, clock=clock)
        self.zone = ZoneInfo(self.config.time_zone)
        self._parts = SiteParts()
        evses = sum(len(config.evses) for config in chargers_of(entry))
        self._showing = Showing(hass, evses=evses, show_site=self._async_show_site)
        self._reports = Reports(hass, clock, evses=evses)
        self.price_shown = PriceShown(
            ledger,
            site_id=entry.entry_id,
            clock=clock,
            parts=self._parts,
            changed=self._showing.async_site,
            run=self._run,
        )
        self._uptime = UptimeWatch(ledger, site_id=entry.entry_id, clock=clock)
        self._shown = LedgerShown(
            ledger,
            site_id=entry.entry_id,
            config=self.config,
            zone=self.zone,
            clock=clock,
            parts=self._parts,
            uptime=self._uptime,
            price_shown=self.price_shown,
            sums_changed=self._async_sums_changed,
        )
        self.costs = Costs(
            hass,
            ledger,
            site_id=entry.entry_id,
            config=self.config,
            zone=self.zone,
            clock=clock,
            parts=self._parts,
            flush=self._shown.async_flush,
            ledger_changed=self._shown.async_changed,
            month_began=self._shown.async_month_began,
            changed=self._async_refresh,
            told_late=self._async_told_late,
            run=self._run,
        )
        self._incoming = Incoming(
            hass,
            name=self.name,
            parts=self._parts,
            issues=self.issues,
            clock=clock,
            zone=self.zone,
            run=self._run,
            showing=self._showing,
            month_began=self._shown.async_month_began,
            prices_learned=self.costs.past_prices.async_reprice,
        )
        self.peaks = Peaks(
            hass,
            entry,
            ledger,
            zone=self.zone,
            clock=clock,
            parts=self._parts,
            changed=self._showing.async_site,
            run=self._run,
        )
        self.decisions = KeptDecisions(ledger, clock)
        carbon = CarbonConfig.from_entry(entry)
        self.carbon: CarbonWatch | None = None
        if carbon is not None:
            self.carbon = CarbonWatch(
                hass,
                ledger,
                site_id=entry.entry_id,
                config=carbon,
                zone=self.zone,
                clock=clock,
                parts=self._parts,
                listener=source_listener(hass, entry, self.issues, self.name),
                changed=self._showing.async_site,
                run=self._run,
            )
        self.house = HouseWatch(
            ledger,
            site_id=entry.entry_id,
            zone=self.zone,
            clock=clock,
            house_a=lambda: None if self.load is None else self.load.house_a,
        )
        self.fallbacks = FallbackWatch(
            entry, self.issues, ledger, name=self.name, wiring=self.config.wiring, clock=clock
        )
        self.alerts = AlertService(
            hass,
            config=self.config,
            entry_id=entry.entry_id,
            ledger=ledger,
            clock=clock,
            issues=self.issues,
            site_view=lambda: self.view,
            run=self._run,
        )
        self.long_term = LongTermStatistics(
            hass,
            ledger,
            site_id=entry.entry_id,
            name=self.name,
            clock=clock,
            flush=self.async_flush,
            run=self._run,
        )
        self.owners = Owners(hass, entry, ledger, clock=clock, evses=lambda: self.evses, run=self._run)
        self._listeners: list[Callable[[], None]] = []
        self._releases: list[CALLBACK_TYPE] = []
        self._stopped = False
        self.balancing = True
        self.view = SiteView(balancing_state=BalancingState.OFF)

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._entry.async_create_background_task(self._hass, work, f"{DOMAIN} {name}")

    # Start

    async def async_start(self) -> None:
        """Take up what the ledger knows, then listen to prices, meter and chargers."""
        build = SiteBuilder(
            hass=self._hass,
            entry=self._entry,
            config=self.config,
            zone=self.zone,
            ledger=self.ledger,
            clock=self.clock,
            issues=self.issues,
            cards=self.cards,
            parts=self._parts,
            incoming=self._incoming,
            run=self._run,
            showing=self._showing,
            reports=self._reports,
            retold=self.costs.told_late.async_told,
            finish=self.costs.async_settled,
            follow_owner=self.owners.follow,
        )
        settings = await async_plug_together(self._hass, self, build)
        await self.peaks.async_begin()
        self._incoming.grid_seen = self.peaks.async_look
        await self._uptime.async_start(self.evses, settings)
        self._async_listen()
        self._releases.append(async_when_mended(self._hass, self._async_ledger_mended))
        await self.price_shown.async_count()
        self.costs.async_begin(settings)
        self._async_refresh()

    @callback
    def _async_listen(self) -> None:
        self.long_term.async_start(self.evses)
        self.fallbacks.async_start(self.evses)
        self.owners.async_listen()
        if self.carbon is not None:
            self.carbon.async_start()
            self._releases.append(async_track_time_interval(self._hass, self.carbon.async_look, TICK))
            self._releases.append(async_track_time_interval(self._hass, self.carbon.async_count_soon, COUNTED_EVERY))
        self._parts.async_listen()
        if self.load is not None:
            self.load.async_begin()
        regularly = (
            (self._incoming.async_tick, TICK),
            (self._uptime.async_look, TICK),
            (self.peaks.async_look, TICK),
            (self.house.async_look, TICK),
            (self.fallbacks.async_look, TICK),
            (self._async_listen_again, MINUTE),
            (self.decisions.async_keep, DECISIONS_KEPT_EVERY),
            (self._async_prune, DAY),
            (self.price_shown.async_look, COUNTED_EVERY),
        )
        for action, interval in regularly:
            self._releases.append(async_track_time_interval(self._hass, action, interval, cancel_on_shutdown=True))

    async def _async_listen_again(self, _at: datetime) -> None:
        """See whether a port for stations can be had that could not be before."""
        if self._parts.central is not None:
            await async_retry(self._hass)

    @callback
    def async_watch(self) -> None:
        """Tell from now on what the owner wants to know at once; for when the entities are there."""
        for evse in self.evses:
            evse.events.async_tell()
            self._releases.append(evse.events.subscribe(self.costs.async_cost_final))
            if self.carbon is not None:
                self._releases.append(evse.events.subscribe(self.carbon.async_session_event))
        self._releases.append(self.subscribe(self.alerts.async_look_at_site))
        self.alerts.async_start()

    # Stop

    async def async_stop(self) -> bool:
        """Listen no more, leave every charger at its fallback, and keep all that is known.

        Return whether this call stopped it, and not an earlier one.
        """
        if self._stopped:
            return False
        self._stopped = True
        while self._releases:
            self._releases.pop()()
        self._incoming.async_stop()
        self._uptime.async_stop()
        self.peaks.async_stop()
        if self.carbon is not None:
            self.carbon.async_stop()
        self.alerts.async_stop()
        self.long_term.async_stop()
        self.owners.async_stop()
        self._parts.async_deafen()
        if self.load is not None:
            self.load.async_stop()
        await asyncio.gather(*(evse.async_fall_back() for evse in self.evses))
        given_up = [evse for evse in self.evses if evse.charger_id not in self._entry.subentries]
        await asyncio.gather(*(evse.commands.async_put_back() for evse in given_up))
        self.decisions.async_keep()
        await self._reports.async_end()
        # Not sooner: a station is told nothing before what it asked meanwhile is answered.
        await asyncio.gather(*(station.async_leave() for station in self._parts.stations))
        for station in self._parts.stations:
            station.async_stop()
        self._showing.async_end()
        await self.async_flush()
        return True

    # The ledger

    async def async_flush(self) -> None:
        """Bring all that is known of sessions and outages into the ledger."""
        await self._shown.async_flush()

    async def async_ledger_changed(self) -> None:
        """Show the ledger as it is now, after a correction, an import or a deletion."""
        await self._shown.async_changed()

    @callback
    def _async_sums_changed(self) -> None:
        self.long_term.async_soon()
        self.owners.months.async_soon()
        if self.carbon is not None:
            self.carbon.async_count_soon()

    @callback
    def _async_ledger_mended(self) -> None:
        """Write again what memory has, and show what the ledger holds then."""
        self.ledger.put_setting(self.entry_id, "balancing", self.balancing, self.clock().utc)
        self._shown.async_put_back()
        self._run(self._shown.async_month_began(), "mended ledger")

    @callback
    def _async_told_late(self) -> None:
        self._run(self.price_shown.async_count(), "unpriced energy")
        self.long_term.async_soon()

    @callback
    def _async_prune(self, _at: datetime) -> None:
        """Let the ledger forget what is kept for a time only; sessions are kept for ever."""
        self.costs.async_count_saving()
        self.ledger.prune(self.clock().utc)

    # Settings and views

    async def async_set_balancing(self, *, on: bool) -> None:
        """Balance the site, or leave its chargers at their fallback."""
        await asked(self.ledger.put_setting(self.entry_id, "balancing", on, self.clock().utc))
        self.balancing = on
        if self.load is not None:
            self.load.async_set_balancing(on=on)
        self._async_refresh()

    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have `listener` called when the view changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def _async_refresh(self) -> None:
        """Make all views anew; who shows them is told where something changed."""
        async_in_turns(self._hass, tuple(self.evses), EvseRuntime.async_refresh)
        self._showing.async_site(now=True)

    @callback
    def _async_show_site(self) -> None:
        view = view_of(self)
        if view == self.view:
            return
        self.view = view
        for listener in tuple(self._listeners):
            listener()
