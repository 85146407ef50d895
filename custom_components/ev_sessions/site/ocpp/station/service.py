"""One charger that speaks OCPP, while its site runs: its messages in, its EVSEs' readings and a limit out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, callback

from ....chargers.control import ChargerControl
from ....chargers.ocpp.actions import StationActions
from ....chargers.ocpp.control import OcppChargerControl
from ....chargers.ocpp.free_start import FreeStarter
from ....chargers.ocpp.house import SecurityEvent
from ....chargers.ocpp.incoming import Incoming
from ....chargers.ocpp.remembered import Remembered
from ....chargers.ocpp.report import Report, is_report
from ....chargers.ocpp.rpc import Arrival, IncomingHandler
from ....chargers.ocpp.station import Station
from ....chargers.ocpp.wish import EvseBounds
from ....chargers.reader import ChargerReader
from ....core.id_token import IdToken
from ....core.reading import EvseReading
from ....core.station.capabilities import Capabilities
from ....core.station.charging_profile import ChargingProfile
from ....core.station.control_memory import ControlMemory
from ....core.station.events import Authorised
from ...config.ocpp import StationConfig
from ...config.site import ChargerConfig
from ...evse.evse import EvseRuntime
from ...whose.card_reader import CardReader
from ..desk import Serving
from .backend import STATION_STATE, StationBackend
from .costs import STATION_COSTS, Costs
from .facts import STATION_FACTS, StationFacts
from .hardware import async_show_hardware
from .hearsay import Hearsay
from .issues import StationIssues
from .keeping import StationKeeping
from .kept import StationKept
from .least_profile import WantedProfile
from .master_pass import MasterPass
from .others import STATION_OTHERS, LimitsOfOthers
from .reader import StationReader
from .station_site import StationSite
from .telling import EvseTelling
from .view import StationView, station_view

#: The key of an EVSE's settings under which the ledger has how it is commanded.
CONTROL_MEMORY = "ocpp_control"
#: A wrong password, or none: whoever came is not the station, or has not been told.
_REFUSED = frozenset({SecurityEvent.WRONG_PASSWORD, SecurityEvent.WRONG_USER, SecurityEvent.PROFILE_TOO_LOW})


class StationService(Serving):
    """Serves one station from the start of its site to its stop. Its view is what entities show."""

    def __init__(
        self,
        site: StationSite,
        config: ChargerConfig,
        station_config: StationConfig,
        *,
        record_id: str,
        device_id: str,
        settings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._site = site
        self._device_id = device_id
        self._settings = settings
        self.config = config
        self.charger_id = config.id
        #: EVSE 0 is the station as a whole.
        self.identity = f"{config.id}_0"
        self._kept = kept = StationKept(site.ledger, record_id, site.clock, settings)
        self.facts = StationFacts.from_json(kept.before(STATION_FACTS) or {})
        self.hearsay = Hearsay(site.hass, kept, site.clock)
        self.issues = StationIssues(site.issues, charger_id=config.id, name=config.name)
        self.station: Station = site.house.central.station(station_config.identity)
        self.cards = CardReader(
            site.hass,
            site.cards,
            device_id=device_id,
            free=station_config.free,
            clock=site.clock,
            changed=self._async_show,
        )
        self._tellings: dict[int, EvseTelling] = {}
        self.costs = Costs(
            site.hass,
            self.station,
            currency=site.currency,
            shows=lambda: self.capabilities.cost_currency,
            kept=kept.before(STATION_COSTS),
            keep=partial(kept.keep, STATION_COSTS),
            evses=self._tellings,
        )
        self.backend = StationBackend(
            site.ledger,
            site_id=site.site_id,
            name=config.name,
            cards=self.cards,
            master=MasterPass(site.hass, config.name, lambda: self.capabilities),
            clock=site.clock,
            is_online=lambda: self.station.connected,
            follow_clock=site.follow_clock,
            unknown_evse=self.issues.unknown_evse,
            status_told=self.hearsay.troubles.async_status,
            total_cost=self.costs.total_cost,
        )
        self.incoming = Incoming(self.station, self.backend, site.clock)
        self.reports = site.reports.of(config.name, self._async_take_reports)
        self.keeping = StationKeeping(
            site,
            station_config,
            self.station,
            kept=kept,
            evses=len(config.evses),
            transactions=self.backend,
            issues=self.issues,
            learned=lambda: self.others.async_ask(),  # noqa: PLW0108 - they come later
        )
        self.others = LimitsOfOthers(
            site.hass,
            self.station,
            kept=kept.before(STATION_OTHERS),
            keep=partial(kept.keep, STATION_OTHERS),
            station_now=self._station_now,
            changed=self._async_others_changed,
        )
        self._controls: dict[int, OcppChargerControl] = {}
        self._free = station_config.free
        self._starters: dict[int, FreeStarter] = {}
        self._connection: object | None = None
        self.wanted_profile = WantedProfile(site.hass, self.station.identity, kept)
        self._listeners: list[Callable[[], None]] = []
        self._releases: list[CALLBACK_TYPE] = []
        self.view = self._make_view()

    # What the site plugs in

    @property
    def capabilities(self) -> Capabilities:
        """What the station can do: the least, until it was asked."""
        return self.keeping.capabilities

    def reader_of(self, evse: EvseRuntime) -> ChargerReader:
        """Return what an EVSE of the station is read by; its readings come from here."""
        actions = StationActions(
            self.station,
            evse=evse.evse,
            transaction_id=partial(self._running, evse.evse),
            news=self.incoming.news,
            authorised=partial(self._async_authorised, evse.evse),
            first_profile=partial(self._first_profile, evse.evse),
        )
        evse.station = self.backend.master.ends(actions)
        if self._free:
            self._starters[evse.evse] = FreeStarter(
                self._site.hass,
                actions,
                name=evse.name,
                capabilities=lambda: self.capabilities,
                may_charge=lambda: evse.wishes.is_allowed,
            )
        evse.cards = self.cards
        evse.cap_of = partial(self.others.cap, evse.evse)
        self._tellings[evse.evse] = EvseTelling(
            self._site.hass,
            evse,
            clock=self._site.clock,
            observe=partial(self._observe, evse.evse),
            showing=self._site.showing,
            balance=self._site.balance,
            balance_soon=self._site.balance_soon,
        )
        return StationReader(self.station)

    def control_of(
        self,
        evse: int,
        evse_id: str,
        bounds: EvseBounds,
        *,
        phases: int | None,
        switched_ago_s: tuple[float, ...] = (),
    ) -> ChargerControl:
        """Return what commands an EVSE of the station."""
        kept = self._settings.get(evse_id, {}).get(CONTROL_MEMORY, {})
        control = OcppChargerControl(
            self._site.hass,
            self.station,
            bounds,
            name=self.config.name,
            capabilities=lambda: self.capabilities,
            fallback_a=partial(self._fallback_a, evse),
            station_now=self._station_now,
            remembered=Remembered(memory=ControlMemory.from_json(kept), keep=partial(self._keep_control, evse_id)),
            phases=phases,
            switched_ago_s=switched_ago_s,
        )
        self._controls[evse] = control
        return control

    def control_diagnosis(self) -> dict[str, Any]:
        """Return how its EVSEs take limits."""
        return {str(evse): control.diagnosis() for evse, control in self._controls.items()}

    async def _async_authorised(self, evse: int, token: IdToken) -> None:
        now = self._site.clock().utc
        await self.backend.async_tell((Authorised(at=now, arrived_at=now, evse=evse, token=token),))

    def _running(self, evse: int) -> str | None:
        running = self.backend.runs.get(evse)
        return None if running is None else running.id

    def _first_profile(self, evse: int) -> ChargingProfile | None:
        control = self._controls.get(evse)
        return None if control is None else control.first_profile()

    def _fallback_a(self, evse: int) -> float:
        # A control is asked before the EVSE that it is for is there.
        telling = self._tellings.get(evse)
        return 0.0 if telling is None else telling.evse.wishes.left_at_a

    def _station_now(self) -> datetime:
        return self._site.clock().utc - timedelta(seconds=self.incoming.drift_s or 0.0)

    def _keep_control(self, evse_id: str, memory: ControlMemory) -> None:
        self._site.ledger.put_setting(evse_id, CONTROL_MEMORY, memory.to_json(), self._site.clock().utc)

    @callback
    def _observe(self, evse: int, reading: EvseReading) -> None:
        """Let those who command an EVSE see what is known of it."""
        if evse in self._starters:
            self._starters[evse].async_observe(reading)
        running = self.backend.runs.get(evse)
        self.costs.async_look(evse, running)
        control = self._controls.get(evse)
        if control is not None:
            control.async_observe(
                reading,
                transaction_id=None if running is None else running.id,
                token=None if running is None else running.token,
            )

    @callback
    def _async_others_changed(self) -> None:
        self._site.balance()
        for telling in self._tellings.values():
            telling.evse.async_refresh()

    @callback
    def async_shown_changed(self, evse: int) -> None:
        """Hear that the sessions of an EVSE are to be shown anew."""
        telling = self._tellings.get(evse)
        if telling is not None:
            telling.async_shown_changed()

    @callback
    def async_start(self) -> None:
        """Serve the station from now on."""
        states = {
            number: self._settings.get(telling.evse.evse_id, {}).get(STATION_STATE)
            for number, telling in self._tellings.items()
        }
        # A site that starts anew finds its stations connected, and has missed nothing that they told.
        since = self.station.connected_since
        in_sight = since is not None and since == self._site.house.desk(self.station.identity).heard_since
        self.backend.async_begin(self._tellings, states, in_sight=in_sight)
        self.hearsay.async_start(self.incoming.news, self._tellings, self.others.listeners)
        self.keeping.async_start(self.facts)
        async_show_hardware(self._site.hass, self._device_id, self.facts)
        self._site.house.serve(self.station.identity, self, spoke=self.facts.version)
        self._releases.append(self.station.subscribe(self._async_station_changed))
        self._releases.append(self._site.cards.subscribe(self.keeping.async_cards_changed))
        self._async_station_changed()

    async def async_leave(self) -> None:
        """Serve it no more: what it asked already is answered, and its further calls wait."""
        await self._site.house.desk(self.station.identity).async_close()

    @callback
    def async_stop(self) -> None:
        """Keep what is known of it."""
        desk = self._site.house.desk(self.station.identity)
        desk.serving, desk.heard_since = None, self.station.connected_since
        while self._releases:
            self._releases.pop()()
        self.keeping.async_stop()
        for starter in self._starters.values():
            starter.async_stop()
        self.backend.async_keep_all()
        for telling in self._tellings.values():
            telling.async_stop()
        self.hearsay.async_stop()

    # What comes from the station

    @property
    @override
    def handler(self) -> IncomingHandler:
        return self._async_serve

    @property
    @override
    def unwanted_versions(self) -> frozenset[str]:
        return frozenset(self.keeping.quirks.unwanted_versions)

    @override
    @callback
    def async_take_report(self, action: str, payload: dict[str, Any]) -> bool:
        return is_report(action, payload) and self.reports.async_add(action, payload)

    async def _async_take_reports(self, reports: Sequence[Report]) -> None:
        await self.incoming.async_take_reports(reports)
        for report in reports:
            self.keeping.heard(report.action, report.payload)
        self._async_heard()

    async def _async_serve(self, action: str, payload: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
        await self.reports.async_settle()
        answer = await self.incoming(action, payload, arrival)
        self.keeping.heard(action, payload)
        self._async_heard()
        return answer

    @callback
    def _async_heard(self) -> None:
        self.issues.clock(self.incoming.drift_s)
        self._async_show()

    @override
    @callback
    def async_security_event(self, event: SecurityEvent, detail: str) -> None:
        self.hearsay.security_log.async_attempted(self._site.clock().utc, event.value, detail)
        if event in _REFUSED:
            self.issues.refused(detail.partition(":")[0])

    @callback
    def _async_station_changed(self) -> None:
        station = self.station
        if station.connection is not self._connection:
            # Also one that takes the place of another, which nobody has seen go.
            self._connection = station.connection
            self._async_came_or_went()
        if station.boot is not None:
            self._take_facts(self.facts.booted(station.boot))
        self._async_show()

    @callback
    def _async_came_or_went(self) -> None:
        incoming, version = self.incoming, self.station.version
        tell = incoming.async_went_offline if self._connection is None else incoming.async_came_online
        self._site.hass.async_create_background_task(
            self._async_tell_line(tell, self._site.clock().utc), f"{self.config.name} comes or goes", eager_start=True
        )
        if self._connection is not None and version is not None:
            self.issues.let_in()
            self.keeping.async_came()
            self.costs.async_connected()
            self.others.async_connected()
            self.wanted_profile.async_came(self.station.security_profile)
            self.issues.version(version.value, self.facts.version)
            self._take_facts(replace(self.facts, version=version.value))

    async def _async_tell_line(self, tell: Callable[[datetime], Awaitable[None]], at: datetime) -> None:
        await self.reports.async_settle()
        await tell(at)

    def _take_facts(self, facts: StationFacts) -> None:
        if facts == self.facts:
            return
        self.facts = facts
        self._kept.keep(STATION_FACTS, facts.to_json())
        self.keeping.async_facts(facts)
        async_show_hardware(self._site.hass, self._device_id, self.facts)

    # What is shown

    @property
    def currency(self) -> str:
        """The currency of its money; it has none."""
        return ""

    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have `listener` called when the view changed."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    def _make_view(self) -> StationView:
        return station_view(
            self.station,
            self.facts,
            drift_s=self.incoming.drift_s,
            firmware_state=self.hearsay.firmware_state,
            signal_dbm=self.hearsay.signal_dbm or self.keeping.signal_dbm,
            learning=self.cards.is_learning,
        )

    @callback
    def _async_show(self) -> None:
        view = self._make_view()
        if view == self.view:
            return
        self.view = view
        for listener in tuple(self._listeners):
            listener()
