"""One site at run time: its services, plugged together. Nothing is decided here."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_time_interval

from ..chargers.entities.control import EntityChargerControl
from ..chargers.entities.reader import EntityChargerReader
from ..const import DOMAIN
from ..core.grid import GridMeter
from ..core.load import BalancingState, Decision
from ..core.moment import Now
from ..core.month import month_of
from ..core.reading import EvseReading, GridReading
from ..meters.entities import EntityGridMeter
from ..sources.watch import SourceListener, SourceProblem
from ..store import (
    ChargerRecord,
    Kind,
    Ledger,
    LedgerError,
    SiteRecord,
    Snapshot,
)
from .charger_parts import control_of, reader_of
from .clock import Clock, read_boot_id, system_now
from .config import ChargerConfig, SiteConfig, chargers_of, first_tariff, root_circuit
from .evse import EvseRuntime
from .fallbacks import check_fallbacks, proposal_of, with_fallbacks_that_fit
from .issues import IssueBook
from .known import async_beginning, async_register_chargers, total_in
from .ledger import asked
from .load_service import LoadService, limits_of
from .price_service import PriceService, tariff_of
from .renames import async_entity_renamed
from .repricing import PriceBook, Recalculation, async_price_unpriced, async_reprice_since
from .sessions import SessionRecorder
from .site_view import site_view
from .view import SiteView

_LOGGER = logging.getLogger(__name__)

#: How often time is let pass where nothing reports. Quarter hours and time-outs are met to this.
TICK = timedelta(seconds=10)
DAY = timedelta(days=1)
#: By more than this the wall clock was set; less is the drift of clocks.
CLOCK_STEP_S = 2.0
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
        self.evses: list[EvseRuntime] = []
        self.issues = IssueBook(hass, entry.entry_id)
        self.zone = ZoneInfo(self.config.time_zone)
        self.prices: PriceService | None = None
        self.book: PriceBook | None = None
        self.load: LoadService | None = None
        self._readers: list[EntityChargerReader] = []
        self._controls: list[EntityChargerControl] = []
        self._meter: EntityGridMeter | None = None
        self._listeners: list[Callable[[], None]] = []
        self._releases: list[CALLBACK_TYPE] = []
        self._stopped = False
        self._ticked = clock()
        self._month_start = month_of(self._ticked.utc, self.zone).start
        self._boot_id: str | None = None
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
    def line_count(self) -> int:
        """How many lines it has."""
        return self.config.wiring.line_count

    def evses_by_charger(self) -> dict[str, list[EvseRuntime]]:
        """Return the EVSEs by their charger's subentry id."""
        found: dict[str, list[EvseRuntime]] = {}
        for evse in self.evses:
            found.setdefault(evse.charger_id, []).append(evse)
        return found

    # Start

    async def async_start(self) -> None:
        """Take up what the ledger knows, then listen to prices, meter and chargers."""
        now = self.clock().utc
        await asked(
            self.ledger.put_site(
                SiteRecord(
                    id=self.entry_id,
                    name=self.name,
                    time_zone=self.config.time_zone,
                    currency=self.currency,
                )
            )
        )
        self._boot_id = await self._hass.async_add_executor_job(read_boot_id)
        settings = await asked(self.ledger.settings())
        self.balancing = settings.get(self.entry_id, {}).get("balancing", True)
        site_device = dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self.entry_id,
            identifiers={(DOMAIN, self.entry_id)},
            name=self.name,
            manufacturer="EV Sessions",
            model="Site",
            entry_type=dr.DeviceEntryType.SERVICE,
        )
        configs = self._chargers()
        records = await async_register_chargers(self.ledger, self.entry_id, configs, now)
        snapshots = await asked(self.ledger.snapshots())
        await self._async_start_prices(records, snapshots)
        for config, record in zip(configs, records, strict=True):
            self._add_charger(config, record, settings, site_device.id)
        for evse in self.evses:
            month = month_of(self.clock().utc, self.zone)
            known = await async_beginning(self.ledger, evse.evse_id, snapshots.get(evse.evse_id), month, self.currency)
            before, source = evse.async_take_source()
            evse.recorder.async_begin(known, self.clock(), source=source, source_before=before)
        self._start_load()
        for reader in self._readers:
            reader.async_start()
        for control in self._controls:
            control.async_start()
        if self._meter is not None:
            self._meter.async_start()
        self._releases.append(async_track_time_interval(self._hass, self._async_tick, TICK, cancel_on_shutdown=True))
        self._releases.append(async_track_time_interval(self._hass, self._async_prune, DAY, cancel_on_shutdown=True))
        self._async_refresh()

    def _chargers(self) -> tuple[ChargerConfig, ...]:
        """Return the chargers as they can be left alone behind the fuses."""
        configs = chargers_of(self._entry)
        check = check_fallbacks(self._entry)
        if check is None or check.fits:
            self.issues.fallbacks_fit()
        else:
            self.issues.fallbacks_too_high(
                self.name,
                line=self.config.wiring.lines[check.line],
                sum_a=check.sum_a,
                fuse_a=check.fuse_a,
                proposal=proposal_of(configs, check),
            )
        return with_fallbacks_that_fit(configs, check)

    async def _async_start_prices(self, records: list[ChargerRecord], snapshots: dict[str, Snapshot]) -> None:
        config = first_tariff(self._entry)
        if config is None:
            self.issues.no_tariff(self.name)
            return
        self.issues.tariff_there()
        tariff = tariff_of(config, self.config)
        version = await asked(
            self.ledger.put_version(
                Kind.TARIFF,
                site_id=self.entry_id,
                subentry_id=config.id,
                name=config.name,
                time_zone=self.config.time_zone,
                currency=self.currency,
                data=tariff.to_data(),
                valid_from=self.clock().utc,
            )
        )
        self.book = PriceBook(
            ledger=self.ledger,
            tariff=tariff,
            tariff_id=version.thing_id,
            version_id=version.id,
            valid_from=version.valid_from,
        )
        self.prices = PriceService(
            self._hass,
            self.ledger,
            config=config,
            tariff=tariff,
            tariff_id=version.thing_id,
            clock=self.clock,
            changed=self._async_price_changed,
            learned=self._async_prices_learned,
            listener=self.issues.price_listener(self.name, self._async_renamed),
        )
        mine = {evse_id for record in records for evse_id in record.evse_ids.values()}
        watched = [one.at for one in snapshots.values() if one.evse_id in mine]
        last = max(watched, default=None)
        await self.prices.async_start(last)
        if last is not None:
            self._entry.async_create_background_task(
                self._hass, self.prices.async_recall(last), f"{DOMAIN} price history"
            )

    def _add_charger(
        self, config: ChargerConfig, record: ChargerRecord, settings: dict[str, dict[str, Any]], site_device_id: str
    ) -> None:
        device = dr.async_get(self._hass).async_get_or_create(
            config_entry_id=self.entry_id,
            config_subentry_id=config.id,
            identifiers={(DOMAIN, config.id)},
            name=config.name,
            manufacturer="EV Sessions",
            model="Charger",
            via_device_id=site_device_id,
        )
        for mapping in config.evses:
            evse_id = record.evse_ids[mapping.evse]
            control = control_of(self._hass, self.config, config, mapping)
            if control is not None:
                self._controls.append(control)
            evse = EvseRuntime(
                self._hass,
                site=self.config,
                config=config,
                evse=mapping.evse,
                evse_id=evse_id,
                charger_device_id=device.id,
                ledger=self.ledger,
                settings=settings.get(evse_id, {}),
                control=control,
                clock=self.clock,
                boot_id=self._boot_id,
            )
            evse.recorder = SessionRecorder(
                self._hass,
                self.ledger,
                evse_id=evse_id,
                zone=self.zone,
                currency=self.currency,
                tariff_version_id=None if self.book is None else self.book.version_id,
                price=(lambda period: period) if self.prices is None else self.prices.price,
                priced_since=None if self.book is None else self.book.valid_from,
                context=evse.tracker_context,
                changed=self._async_refresh,
                happened=evse.async_happened,
            )
            reader = reader_of(
                self._hass,
                self.config,
                config,
                mapping,
                on_reading=partial(self._async_evse_reading, len(self._readers), evse),
                listener=self._source_listener(config.name),
            )
            self._readers.append(reader)
            self.evses.append(evse)

    def _start_load(self) -> None:
        root = root_circuit(self._entry)
        if root is None:
            self.issues.no_root_circuit(self.name)
        else:
            self.issues.root_circuit_there()
        meter = None
        if self.config.meter is not None:
            meter = GridMeter(
                form=self.config.meter.form,
                wiring=self.config.wiring,
                voltage_v=self.config.voltage_v,
                signed=self.config.meter.signed,
                invert=self.config.meter.invert,
            )
            self._meter = EntityGridMeter(
                self._hass,
                self.config.meter,
                meter,
                name=f"{self.name} grid meter",
                on_reading=self._async_grid_reading,
                listener=self._source_listener(self.name),
            )
        self.load = LoadService(
            self._hass,
            limits=limits_of(self.config, root, meter),
            evses=self.evses,
            clock=self.clock,
            balancing_on=self.balancing,
            alive_at=self._alive_at,
            decided=self._async_decided,
            run=lambda coro, name: self._entry.async_create_background_task(self._hass, coro, name),
        )
        for evse in self.evses:
            evse.load_changed = self.load.async_evaluate

    def _alive_at(self) -> datetime | None:
        return None if self._meter is None else self._meter.alive_at

    def _source_listener(self, name: str) -> SourceListener:
        return SourceListener(
            on_problem=lambda problem: self._async_problem(problem, name),
            on_cured=self.issues.source_cured,
            on_renamed=self._async_renamed,
        )

    @callback
    def _async_renamed(self, old_id: str, new_id: str) -> None:
        _LOGGER.info("%s: %s is called %s now", self.name, old_id, new_id)
        async_entity_renamed(self._hass, self._entry, old_id, new_id)

    @callback
    def _async_problem(self, problem: SourceProblem, name: str) -> None:
        self.issues.source_problem(problem, name)

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
        for reader in self._readers:
            reader.async_stop()
        if self._meter is not None:
            self._meter.async_stop()
        if self.prices is not None:
            self.prices.async_stop()
        if self.load is not None:
            self.load.async_stop()
        await asyncio.gather(*(evse.async_fall_back() for evse in self.evses))
        await self.async_flush()
        return True

    async def async_flush(self) -> None:
        """Bring all that is known of sessions into the ledger, within `STOP_TIMEOUT_S`."""
        now = self.clock()
        commits = [commit for evse in self.evses if (commit := evse.recorder.async_flush(now)) is not None]
        if commits:
            await asyncio.wait([asyncio.wrap_future(commit) for commit in commits], timeout=STOP_TIMEOUT_S)

    # What comes in

    @callback
    def _async_evse_reading(self, place: int, evse: EvseRuntime, reading: EvseReading) -> None:
        self._async_follow_clock(self.clock())
        evse.async_reading(reading, online=self._readers[place].source_available)

    @callback
    def _async_grid_reading(self, reading: GridReading | None) -> None:
        power_w = None
        if reading is not None and reading.signed:
            power_w = reading.power_w
        for evse in self.evses:
            evse.set_grid_power(power_w)
        if self.load is not None:
            self.load.async_grid_reading(reading)

    @callback
    def _async_tick(self, _at: datetime) -> None:
        now = self.clock()
        self._async_follow_clock(now)
        for evse in self.evses:
            evse.async_tick(now)
        month_start = month_of(now.utc, self.zone).start
        if month_start != self._month_start:
            # Also where the clock was set, into a month of which the ledger knows more.
            self._month_start = month_start
            self._entry.async_create_background_task(self._hass, self._async_month_began(), f"{DOMAIN} month")

    async def _async_month_began(self) -> None:
        try:
            await self.async_ledger_changed()
        except LedgerError as err:
            _LOGGER.warning("%s: the month's totals could not be read: %s", self.name, err)

    @callback
    def _async_follow_clock(self, now: Now) -> None:
        """Before anything else is made of an instant, see whether the clock was set."""
        jump_s = now.wall_jump_s(self._ticked)
        self._ticked = now
        if abs(jump_s) > CLOCK_STEP_S:
            _LOGGER.warning("The clock was set by %.0f s; open sessions are re-dated", jump_s)
            self.issues.clock_stepped(jump_s)
            if self.prices is not None and jump_s < 0:
                self.prices.async_clock_set_back(timedelta(seconds=-jump_s))
            for evse in self.evses:
                evse.async_clock_set(timedelta(seconds=jump_s))

    @callback
    def _async_prune(self, _at: datetime) -> None:
        """Let the ledger forget what is kept for a time only; sessions are kept for ever."""
        self.ledger.prune(self.clock().utc)

    @callback
    def _async_price_changed(self) -> None:
        now = self.clock()
        for evse in self.evses:
            evse.recorder.async_price_changed(now)
        self._async_refresh()

    @callback
    def _async_prices_learned(self, since: datetime) -> None:
        self._entry.async_create_background_task(self._hass, self._async_reprice(since), f"{DOMAIN} late prices")

    @callback
    def _async_decided(self, decision: Decision) -> None:
        self._async_refresh()
        by_id = {evse.evse_id: evse for evse in self.evses}
        for evse_id, evse in by_id.items():
            self.issues.obedience(evse, ignores=evse_id in decision.not_obeying)
        self.issues.meter(self.name, lost=decision.state is BalancingState.METER_LOST)

    # Prices of the past

    async def _async_reprice(self, since: datetime) -> None:
        if self.book is None or self.prices is None:
            return
        await self.async_flush()
        try:
            done = await async_reprice_since(
                self.book, self.prices.timeline, site_id=self.entry_id, since=since, at=self.clock().utc
            )
            await self._async_show_repriced(done)
            await self.async_recalculate(since, None)
        except LedgerError as err:
            _LOGGER.warning("%s: late prices could not be written, they are tried again later: %s", self.name, err)

    async def async_recalculate(self, start: datetime | None, end: datetime | None) -> Recalculation:
        """Price what has no price yet and can be priced now, of sessions that began in [start, end)."""
        if self.book is None or self.prices is None:
            return Recalculation(changed={})
        # What is not in the ledger yet would be left without its price.
        await self.async_flush()
        done = await async_price_unpriced(
            self.book,
            self.prices.timeline,
            site_id=self.entry_id,
            at=self.clock().utc,
            start=start,
            end=end,
        )
        await self._async_show_repriced(done)
        return done

    async def _async_show_repriced(self, done: Recalculation) -> None:
        if not done.changed:
            return
        for evse in self.evses:
            for session_id, periods in done.changed.items():
                evse.recorder.async_repriced(session_id, periods)
        await self.async_ledger_changed()
        by_id = {evse.evse_id: evse for evse in self.evses}
        for stored in await asked(self.ledger.sessions_of(done.final)):
            if stored.evse_id in by_id:
                by_id[stored.evse_id].recorder.async_cost_final(stored, self.clock())

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
        for evse in self.evses:
            evse.async_refresh()
        view = site_view(
            None if self.load is None else self.load.decision,
            [evse.view for evse in self.evses],
            price_per_kwh=None if self.prices is None else self.prices.now.price_per_kwh,
            balancing=self.balancing,
        )
        if view == self.view:
            return
        self.view = view
        for listener in tuple(self._listeners):
            listener()
