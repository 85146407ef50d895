"""One site at run time: its services, plugged together. Nothing is decided here."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from itertools import batched
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..const import DOMAIN
from ..core.load import BalancingState
from ..core.month import month_of
from ..core.price import PriceInterval
from ..core.session import SessionEventType
from ..store import Ledger, LedgerError
from .alerts import AlertService
from .building import SiteBuilder
from .cards import CardList
from .circuit_runtime import CircuitRuntime
from .circuits import Circuits
from .clock import Clock, read_boot_id, system_now
from .config import SiteConfig, chargers_of
from .evse import EvseRuntime
from .fallback_watch import FallbackWatch
from .house_watch import HouseWatch
from .incoming import Incoming
from .issues import IssueBook
from .known import async_beginning, async_register_chargers, total_in
from .ledger import asked, async_when_mended
from .load_service import LoadService
from .long_term import LongTermStatistics
from .ocpp.central import async_retry
from .ocpp.reports import Reports
from .ocpp.service import StationService
from .owners import Owners
from .parts import SiteParts
from .past_prices import PastPrices, Repriced
from .peaks import Peaks
from .price_service import PriceService
from .price_shown import COUNTED_EVERY, PriceShown
from .recosting import Recosting
from .recosting_job import RecostingJob
from .repricing import PriceBook
from .saving import MonthSaving
from .showing import Showing
from .site_view import site_view
from .told_late import ToldLate
from .turns import async_in_turns
from .uptime_watch import UptimeWatch
from .view import SiteView

_LOGGER = logging.getLogger(__name__)

#: How often time is let pass where nothing reports. Quarter hours and time-outs are met to this.
TICK = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
#: Prices that somebody handed over: so many are looked at in memory at once.
_IMPORTED_AT_ONCE = 10_000
#: Home Assistant gives all its shutdown jobs 20 s together.
STOP_TIMEOUT_S = 15.0


type SiteConfigEntry = ConfigEntry[SiteRuntime]


class SiteRuntime:
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
        recosting = Recosting(hass=hass, ledger=ledger)
        self._past_prices = PastPrices(
            site_id=entry.entry_id,
            name=self.name,
            parts=self._parts,
            ledger=ledger,
            clock=clock,
            recosting=recosting,
            flush=self.async_flush,
            ledger_changed=self.async_ledger_changed,
        )
        self.recosting = RecostingJob(
            hass,
            ledger,
            recosting,
            site_id=entry.entry_id,
            clock=clock,
            memory=self._past_prices.memory,
            changed=self._async_refresh,
            tell=self._past_prices.async_tell_corrected,
        )
        self.saving = MonthSaving(
            ledger,
            recosting,
            site_id=entry.entry_id,
            currency=self.config.currency,
            zone=self.zone,
            clock=clock,
            memory=self._past_prices.memory,
            changed=self._async_refresh,
        )
        evses = sum(len(config.evses) for config in chargers_of(entry))
        self._showing = Showing(hass, evses=evses, show_site=self._async_show_site)
        self._reports = Reports(hass, clock, evses=evses)
        self._told_late = ToldLate(
            ledger,
            name=self.name,
            currency=self.currency,
            zone=self.zone,
            clock=clock,
            run=self._run,
            done=self._async_told_late,
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
            month_began=self._async_month_began,
            prices_learned=self._past_prices.async_reprice,
        )
        self.price_shown = PriceShown(
            ledger,
            site_id=entry.entry_id,
            clock=clock,
            parts=self._parts,
            changed=self._showing.async_site,
            run=self._run,
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
        self._uptime = UptimeWatch(ledger, site_id=entry.entry_id, clock=clock)
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

    @property
    def name(self) -> str:
        """What people call it."""
        return self.config.name

    @property
    def identity(self) -> str:
        """What the unique ids of its entities begin with."""
        return self.entry_id

    @property
    def currency(self) -> str:
        """The currency of its money, an ISO 4217 code."""
        return self.config.currency

    @property
    def has_meter(self) -> bool:
        """Whether there is a grid meter to balance by."""
        return self.config.meter is not None

    @property
    def balances(self) -> bool:
        """Whether anything is balanced: by a grid meter, or under circuits that could carry too much without."""
        return self.has_meter or any(evse.config.limited_by_circuits for evse in self.evses)

    @property
    def line_count(self) -> int:
        """How many lines it has."""
        return self.config.wiring.line_count

    @property
    def evses(self) -> list[EvseRuntime]:
        """All EVSEs of its chargers."""
        return self._parts.evses

    @property
    def stations(self) -> list[StationService]:
        """Its chargers that speak OCPP."""
        return self._parts.stations

    @property
    def prices(self) -> PriceService | None:
        """The price of its energy; None without a tariff."""
        return self._parts.prices

    @property
    def book(self) -> PriceBook | None:
        """Where the ledger keeps the prices of its tariff; None without one."""
        return self._parts.book

    @property
    def circuits(self) -> Circuits | None:
        """Its circuits; None without a grid connection."""
        return self._parts.circuits

    @property
    def circuit_list(self) -> list[CircuitRuntime]:
        """Its circuits, the grid connection first."""
        return [] if self.circuits is None else self.circuits.all

    @property
    def load(self) -> LoadService | None:
        """Its balancer; None before the start."""
        return self._parts.load

    def evses_by_charger(self) -> dict[str, list[EvseRuntime]]:
        """Return the EVSEs by their charger's subentry id."""
        found: dict[str, list[EvseRuntime]] = {}
        for evse in self.evses:
            found.setdefault(evse.charger_id, []).append(evse)
        return found

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._entry.async_create_background_task(self._hass, work, f"{DOMAIN} {name}")

    # Start

    async def async_start(self) -> None:
        """Take up what the ledger knows, then listen to prices, meter and chargers."""
        now = self.clock().utc
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
            retold=self._told_late.async_told,
            finish=self._async_finish,
            follow_owner=self.owners.follow,
        )
        site_device = await build.async_site()
        await self.owners.async_start(self.config.time_zone, site_device.id)
        boot_id = await self._hass.async_add_executor_job(read_boot_id)
        settings = await asked(self.ledger.settings())
        self.balancing = settings.get(self.entry_id, {}).get("balancing", True)
        await build.async_tree()
        self.house.begin(settings.get(self.entry_id, {}))
        chargers = await asked(self.ledger.chargers(site_id=self.entry_id))
        self.fallbacks.begin(chargers, settings)
        configs = build.charger_configs(self.fallbacks, self.house.worst_a)
        await build.async_central(configs)
        records = await async_register_chargers(self.ledger, self.entry_id, configs, now)
        snapshots = await asked(self.ledger.snapshots())
        await build.async_prices(records, snapshots)
        self.price_shown.begin(settings.get(self.entry_id, {}))
        for config, record in zip(configs, records, strict=True):
            build.charger(config, record, settings, site_device_id=site_device.id, boot_id=boot_id)
        for evse in self.evses:
            month = month_of(self.clock().utc, self.zone)
            known = await async_beginning(self.ledger, evse.evse_id, snapshots.get(evse.evse_id), month, self.currency)
            before, source = evse.async_take_source()
            evse.recorder.async_begin(known, self.clock(), source=source, source_before=before)
            await self.owners.async_begin(evse, known)
        self.alerts.async_begin(self.evses, settings)
        build.circuits(settings, site_device_id=site_device.id)
        build.load(settings, balancing=self.balancing)
        await self.peaks.async_begin()
        self._incoming.grid_seen = self.peaks.async_look
        await self._uptime.async_start(self.evses, settings.get(self.entry_id, {}))
        self._async_listen()
        self._releases.append(async_when_mended(self._hass, self._async_ledger_mended))
        await self.price_shown.async_count()
        self._run(self._past_prices.async_finish_all(), "costs without a last word")
        self._run(self.saving.async_count(), "saving")
        if self.recosting.take_up(settings.get(self.entry_id, {})):
            self._run(self._async_recost_all(), "costing again")
        self._async_refresh()

    @callback
    def _async_listen(self) -> None:
        self.long_term.async_start(self.evses)
        self.fallbacks.async_start(self.evses)
        self.owners.async_listen()
        # Who limits a circuit is heard before anybody charges on it.
        if self._parts.circuits is not None:
            self._parts.circuits.async_start()
        for reader in self._parts.readers:
            reader.async_start()
        for control in self._parts.controls:
            control.async_start()
        for station in self._parts.stations:
            station.async_start()
        if self._parts.meter is not None:
            self._parts.meter.async_start()
        if self.load is not None:
            self.load.async_begin()
        regularly = (
            (self._incoming.async_tick, TICK),
            (self._uptime.async_look, TICK),
            (self.peaks.async_look, TICK),
            (self.house.async_look, TICK),
            (self.fallbacks.async_look, TICK),
            (self._async_listen_again, MINUTE),
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
            self._releases.append(evse.events.subscribe(self._async_cost_final))
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
        self.alerts.async_stop()
        self.long_term.async_stop()
        self.owners.async_stop()
        for reader in self._parts.readers:
            reader.async_stop()
        if self._parts.meter is not None:
            self._parts.meter.async_stop()
        if self._parts.circuits is not None:
            self._parts.circuits.async_stop()
        if self.prices is not None:
            self.prices.async_stop()
        if self.load is not None:
            self.load.async_stop()
        await asyncio.gather(*(evse.async_fall_back() for evse in self.evses))
        given_up = [evse for evse in self.evses if evse.charger_id not in self._entry.subentries]
        await asyncio.gather(*(evse.commands.async_put_back() for evse in given_up))
        await self._reports.async_end()
        # Not sooner: a station is told nothing before what it asked meanwhile is answered.
        for station in self._parts.stations:
            station.async_stop()
        self._showing.async_end()
        await self.async_flush()
        return True

    # The ledger

    async def async_flush(self) -> None:
        """Bring all that is known of sessions and outages into the ledger, within `STOP_TIMEOUT_S`."""
        now = self.clock()
        asked_for = [*(evse.recorder.async_flush(now) for evse in self.evses), self._uptime.unanswered]
        commits = [commit for commit in asked_for if commit is not None]
        if commits:
            await asyncio.wait([asyncio.wrap_future(commit) for commit in commits], timeout=STOP_TIMEOUT_S)

    async def async_ledger_changed(self) -> None:
        """Show the ledger as it is now, after a correction, an import or a deletion."""
        before = {evse.evse_id: evse.recorder.month for evse in self.evses}
        # What is not in the ledger yet would be missing in its totals.
        await self.async_flush()
        month = month_of(self.clock().utc, self.zone)
        totals = await asked(self.ledger.span_totals([(month.start, month.end)], site_id=self.entry_id))
        for evse in self.evses:
            mine = tuple(total for total in totals if total.evse_id == evse.evse_id)
            evse.recorder.async_set_month(total_in(mine, self.currency), month, before[evse.evse_id])
            evse.recorder.set_last_session(await asked(self.ledger.last_session(evse.evse_id)))
            evse.async_refresh()
        await self.price_shown.async_count()
        self.long_term.async_soon()
        self.owners.months.async_soon()

    @callback
    def _async_ledger_mended(self) -> None:
        """Write again what memory has: a damaged page may have taken it."""
        self.ledger.put_setting(self.entry_id, "balancing", self.balancing, self.clock().utc)
        for evse in self.evses:
            evse.async_keep_all(self.clock())
        self._run(self._async_month_began(), "mended ledger")

    @callback
    def _async_told_late(self) -> None:
        self._run(self.price_shown.async_count(), "unpriced energy")
        self.long_term.async_soon()

    async def _async_month_began(self) -> None:
        try:
            await self.async_ledger_changed()
        except LedgerError as err:
            _LOGGER.warning("%s: the month's totals could not be read: %s", self.name, err)

    async def async_recalculate(self, start: datetime | None, end: datetime | None) -> Repriced:
        """Price what has no price yet and can be priced now, of sessions that began in [start, end)."""
        return await self._past_prices.async_recalculate(start, end)

    async def async_recalculate_all(self, start: datetime | None, end: datetime | None) -> int | None:
        """Begin to cost ended sessions again that began in [start, end); return how many, None while that goes on."""
        await self.async_flush()
        progress = await self.recosting.async_begin(start, end)
        if progress is None:
            return None
        self._run(self._async_recost_all(), "costing again")
        return progress.total

    async def _async_recost_all(self) -> None:
        await self.recosting.async_run()
        await self._async_month_began()

    async def async_prices_imported(self, intervals: Sequence[PriceInterval]) -> Repriced:
        """Take over prices that the ledger has got; price what waited for them, and what had others."""
        if self.prices is not None:
            self.prices.async_learned(intervals)
        done = await self._past_prices.async_recalculate(None, None)
        for some in batched(sorted(intervals, key=lambda one: one.start), _IMPORTED_AT_ONCE, strict=False):
            await self._past_prices.async_reprice(some[0].start, some[-1].end)
        return done

    async def async_bill(self, session_ids: Sequence[str]) -> None:
        """Bill sessions to the payers that they have now, after somebody else was to pay for them."""
        await self._past_prices.async_bill(session_ids)

    async def async_recost(self, session_ids: Sequence[str]) -> None:
        """Cost sessions again whose periods are others than before, after a correction."""
        await self._past_prices.async_finish(session_ids)

    @callback
    def _async_finish(self, session_ids: tuple[str, ...]) -> None:
        """Let sessions that have settled be costed by their traces."""
        self._run(self._past_prices.async_finish(session_ids), "last word on a cost")

    @callback
    def _async_cost_final(self, event_type: str, _attributes: dict[str, Any]) -> None:
        """Count what was saved, where a cost is final."""
        if event_type == SessionEventType.COST_FINAL:
            self._run(self.saving.async_count(), "saving")

    @callback
    def _async_prune(self, _at: datetime) -> None:
        """Let the ledger forget what is kept for a time only; sessions are kept for ever."""
        self._run(self.saving.async_count(), "saving")
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
        view = site_view(
            None if self.load is None else self.load.decision,
            [evse.view for evse in self.evses],
            price_per_kwh=None if self.prices is None else self.prices.now.price_per_kwh,
            ahead=self.price_shown.ahead,
            window_s=self.price_shown.length_s,
            unpriced_mwh=self.price_shown.unpriced_mwh,
            capacity=self.peaks.view,
            balancing=self.balancing,
            recosting=self.recosting.progress,
            saving=self.saving.saving,
        )
        if view == self.view:
            return
        self.view = view
        for listener in tuple(self._listeners):
            listener()
