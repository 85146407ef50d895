"""Build the parts of a site from its configuration and from what the ledger knows of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..chargers.control import ChargerControl
from ..chargers.entities.mapping import EvseMapping
from ..chargers.ocpp.quirks.library import async_quirks
from ..chargers.reader import ChargerReader
from ..const import DOMAIN
from ..core.balancing.evse.draw import PerLine
from ..core.balancing.load import LimitNow
from ..core.balancing.meter.grid import GridMeter
from ..core.sessions.session import SessionEventType
from ..meters.entities import EntityGridMeter
from ..sources.watch import SourceListener
from ..store import ChargerRecord, Ledger, SiteRecord, Snapshot
from .balancing.kept_balance import KeptBalance
from .balancing.load_service import LoadService, limits_of
from .chargers.charger_parts import bounds_of, control_of, reader_of
from .chargers.source_device import taken_from
from .circuits.circuits import Circuits
from .circuits.fallback_watch import FallbackWatch
from .circuits.fallbacks import with_fallbacks_that_fit
from .circuits.versions import async_keep_versions
from .clock import Clock
from .config.circuits import circuits_of, grid_meter, on_their_circuits, tree_of
from .config.site import ChargerConfig, SiteConfig, chargers_of
from .evse.evse import EvseRuntime
from .incoming import Incoming, Run
from .issues import IssueBook
from .ledger.ledger import asked
from .ledger.settings import EVSE_SETTINGS, EvseSettings
from .ocpp.central import async_use_central
from .ocpp.reports import Reports
from .ocpp.station.service import StationService
from .ocpp.station.station_site import StationSite
from .parts import SiteParts
from .prices.session_pricing import Pricing
from .sessions.sessions import SessionRecorder
from .showing import Showing
from .source_listening import async_tell_renamed, source_listener
from .tariff_building import TariffBuilder
from .whose.cards import CardList

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteBuilder:
    """Builds the parts of one site, and names what it lacks. What they report goes to `incoming`."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    config: SiteConfig
    zone: ZoneInfo
    ledger: Ledger
    clock: Clock
    issues: IssueBook
    cards: CardList
    parts: SiteParts
    incoming: Incoming
    run: Run
    showing: Showing
    reports: Reports
    retold: Callable[[EvseRuntime], None]
    finish: Callable[[tuple[str, ...]], None]
    follow_owner: Callable[[EvseRuntime], None]

    @property
    def _name(self) -> str:
        return self.config.name

    async def async_site(self) -> dr.DeviceEntry:
        """Make sure of the site in the ledger, and of its device."""
        await asked(
            self.ledger.put_site(
                SiteRecord(
                    id=self.entry.entry_id,
                    name=self._name,
                    time_zone=self.config.time_zone,
                    currency=self.config.currency,
                )
            )
        )
        return dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={(DOMAIN, self.entry.entry_id)},
            name=self._name,
            manufacturer="EV Sessions",
            model="Site",
            entry_type=dr.DeviceEntryType.SERVICE,
        )

    async def async_tree(self) -> None:
        """Make the tree of circuits, keep what they are from now on, and say what lost its own."""
        configs, chargers = circuits_of(self.entry), chargers_of(self.entry)
        self.parts.configured_circuits, self.parts.configured_chargers = configs, chargers
        before = await async_keep_versions(self.ledger, self.entry, self.config, self.clock().utc)
        self.parts.tree = tree_of(self.config, configs, chargers, before)
        moved = {} if self.parts.tree is None else self.parts.tree.moved
        names = {one.id: one.name for one in configs} | {one.id: one.name for one in chargers}
        self.issues.circuits_moved(self._name, ", ".join(f"{names[one]} → {names[on]}" for one, on in moved.items()))

    def charger_configs(self, fallbacks: FallbackWatch, house_worst_a: PerLine | None) -> tuple[ChargerConfig, ...]:
        """Return the chargers as they can be left alone behind the fuses, beside a house at its worst."""
        configs = on_their_circuits(self.parts.configured_chargers, self.parts.tree, self.config)
        check = fallbacks.check(configs, self.parts.tree, house_worst_a)
        return with_fallbacks_that_fit(configs, check)

    @callback
    def _balance(self) -> None:
        if self.parts.load is not None:
            self.parts.load.async_evaluate_news()

    @callback
    def _balance_soon(self) -> None:
        if self.parts.load is not None:
            self.parts.load.async_evaluate_soon()

    async def async_central(self, configs: Sequence[ChargerConfig]) -> None:
        """Listen for stations where the site wants that."""
        self.parts.central = await async_use_central(
            self.hass,
            self.entry,
            self.config.ocpp,
            has_stations=any(config.station is not None for config in configs),
            clock=self.clock,
        )
        if self.parts.central is not None:
            self.parts.quirks = await async_quirks(self.hass)

    async def async_prices(self, records: list[ChargerRecord], snapshots: dict[str, Snapshot]) -> None:
        """Start the prices of the site's tariff, and recall what they were while nobody listened."""
        await TariffBuilder(
            hass=self.hass,
            entry=self.entry,
            config=self.config,
            zone=self.zone,
            ledger=self.ledger,
            clock=self.clock,
            issues=self.issues,
            parts=self.parts,
            incoming=self.incoming,
            showing=self.showing,
            run=self.run,
            listener=self.issues.price_listener(
                self._name, partial(async_tell_renamed, self.hass, self.entry, self._name)
            ),
        ).async_build(records, snapshots)

    def charger(
        self,
        config: ChargerConfig,
        record: ChargerRecord,
        settings: dict[str, dict[str, Any]],
        *,
        site_device_id: str,
        boot_id: str | None,
    ) -> None:
        """Build a charger: its device, and for each EVSE its control, its sessions and its reader."""
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            config_subentry_id=config.id,
            identifiers={(DOMAIN, config.id)},
            name=config.name,
            via_device_id=site_device_id,
            **taken_from(self.hass, config.source_device_id),
        )
        station = self._station(config, record, settings, device.id)
        for mapping in config.evses:
            evse_id = record.evse_ids[mapping.evse]
            kept = settings.get(evse_id, {})
            wanted = EvseSettings.from_json(kept.get(EVSE_SETTINGS, {}))
            control = self._control(config, mapping, evse_id, station, wanted)
            if control is not None:
                self.parts.controls.append(control)
            evse = EvseRuntime(
                self.hass,
                site=self.config,
                config=config,
                evse=mapping.evse,
                evse_id=evse_id,
                charger_device_id=device.id,
                ledger=self.ledger,
                settings=kept,
                control=control,
                clock=self.clock,
                boot_id=boot_id,
            )
            changed = partial(self.showing.async_now, evse)
            if station is not None:
                changed = partial(station.async_shown_changed, mapping.evse)
                evse.decided.changed = partial(self.showing.async_soon, evse)
            evse.recorder = self._recorder(evse, changed)
            self.follow_owner(evse)
            self.run(evse.estimate.async_learn(), "past charges")
            evse.events.subscribe(partial(self._async_learn_anew, evse))
            self.parts.readers.append(self._reader(config, mapping, evse, station))
            self.parts.evses.append(evse)

    def _reader(
        self, config: ChargerConfig, mapping: EvseMapping, evse: EvseRuntime, station: StationService | None
    ) -> ChargerReader:
        if station is not None:
            return station.reader_of(evse)
        return reader_of(
            self.hass,
            self.config,
            config,
            mapping,
            on_reading=partial(self.incoming.async_evse_reading, len(self.parts.readers), evse),
            listener=self._source_listener(config.name),
        )

    def _control(
        self,
        config: ChargerConfig,
        mapping: EvseMapping,
        evse_id: str,
        station: StationService | None,
        wanted: EvseSettings,
    ) -> ChargerControl | None:
        ago_s = wanted.switches_ago_s(self.clock().utc)
        if config.station is None:
            return control_of(self.hass, self.config, config, mapping, phases=wanted.phases, switched_ago_s=ago_s)
        if station is None or not config.controllable:
            return None
        bounds = bounds_of(self.config, config, mapping.evse)
        return station.control_of(mapping.evse, evse_id, bounds, phases=wanted.phases, switched_ago_s=ago_s)

    def _station(
        self,
        config: ChargerConfig,
        record: ChargerRecord,
        settings: dict[str, dict[str, Any]],
        device_id: str,
    ) -> StationService | None:
        if config.station is None or self.parts.central is None:
            return None
        site = StationSite(
            hass=self.hass,
            house=self.parts.central.house,
            ledger=self.ledger,
            cards=self.cards,
            clock=self.clock,
            issues=self.issues,
            site_id=self.entry.entry_id,
            currency=self.config.currency,
            showing=self.showing,
            reports=self.reports,
            balance=self._balance,
            balance_soon=self._balance_soon,
            follow_clock=self.incoming.async_follow_clock,
            quirks=self.parts.quirks,
        )
        station = StationService(
            site, config, config.station, record_id=record.id, device_id=device_id, settings=settings
        )
        self.parts.stations.append(station)
        return station

    @callback
    def _async_learn_anew(self, evse: EvseRuntime, event_type: str, _attributes: dict[str, Any]) -> None:
        if event_type == SessionEventType.DISCONNECTED:
            self.run(evse.estimate.async_learn(), "past charges")

    def _recorder(self, evse: EvseRuntime, changed: Callable[[], None]) -> SessionRecorder:
        pricing = self.parts.pricing or Pricing(
            currency=self.config.currency, zone=self.zone, billings=lambda: self.parts.billings
        )
        if self.parts.prices is not None:
            evse.price_cuts = pricing.cuts(self.parts.prices.cuts)
        return SessionRecorder(
            self.hass,
            self.ledger,
            evse_id=evse.evse_id,
            zone=self.zone,
            pricing=pricing,
            context=evse.tracker_context,
            measured=evse.measured,
            limits=lambda: evse.limits.state,
            changed=changed,
            happened=evse.events.async_happened,
            retold=partial(self.retold, evse),
            finish=self.finish,
        )

    def circuits(self, settings: dict[str, dict[str, Any]], *, site_device_id: str) -> None:
        """Build the circuits, each but the grid connection with a device of its own."""
        if self.parts.tree is None:
            return
        configs = self.parts.configured_circuits
        for config in configs:
            if not config.is_root:
                dr.async_get(self.hass).async_get_or_create(
                    config_entry_id=self.entry.entry_id,
                    config_subentry_id=config.id,
                    identifiers={(DOMAIN, config.id)},
                    name=config.name,
                    manufacturer="EV Sessions",
                    model="Circuit",
                    via_device_id=site_device_id,
                    entry_type=dr.DeviceEntryType.SERVICE,
                )
        self.parts.circuits = Circuits(
            self.hass,
            site_id=self.entry.entry_id,
            site=self.config,
            configs=configs,
            tree=self.parts.tree,
            ledger=self.ledger,
            issues=self.issues,
            settings=settings,
            now=self.clock,
            changed=self._balance,
            listener=self._source_listener,
            told_by_chargers=self._limits_of_others,
        )

    def _limits_of_others(self) -> dict[str, LimitNow]:
        """Return what others allow the stations with several EVSEs now: these share it."""
        lines = self.config.wiring.line_count
        found = {
            station.charger_id: station.others.of_station(lines, station.config.line_use.factor)
            for station in self.parts.stations
            if len(station.config.evses) > 1
        }
        return {charger_id: limit for charger_id, limit in found.items() if limit is not None}

    def load(self, settings: Mapping[str, Mapping[str, Any]], *, balancing: bool) -> None:
        """Build the grid meter and the balancer."""
        if self.parts.tree is None:
            self.issues.no_root_circuit(self._name)
        else:
            self.issues.root_circuit_there()
        meter = self._grid_meter()
        self.parts.load = LoadService(
            self.hass,
            limits=limits_of(
                self.config,
                self.parts.tree,
                meter,
                crowded=any(evse.config.limited_by_circuits for evse in self.parts.evses),
            ),
            evses=self.parts.evses,
            clock=self.clock,
            balancing_on=balancing,
            alive_at=self._alive_at,
            circuits=self.parts.circuits,
            kept=KeptBalance(
                self.ledger,
                site_id=self.entry.entry_id,
                evse_ids=[evse.evse_id for evse in self.parts.evses],
                settings=settings,
                meter="" if self.config.meter is None else " ".join(self.config.meter.entity_ids),
                line_count=self.config.wiring.line_count,
                now=self.clock(),
            ),
            decided=self.incoming.async_decided,
            run=self.run,
        )
        for evse in self.parts.evses:
            evse.load_changed = self.parts.load.async_evaluate_news

    def _grid_meter(self) -> GridMeter | None:
        if self.config.meter is None:
            return None
        meter = grid_meter(self.config.meter, self.config)
        self.parts.meter = EntityGridMeter(
            self.hass,
            self.config.meter,
            meter,
            name=f"{self._name} grid meter",
            on_reading=self.incoming.async_grid_reading,
            listener=self._source_listener(self._name),
        )
        return meter

    def _alive_at(self) -> datetime | None:
        return None if self.parts.meter is None else self.parts.meter.alive_at

    def _source_listener(self, name: str) -> SourceListener:
        return source_listener(self.hass, self.entry, self.issues, name, site=self._name)
