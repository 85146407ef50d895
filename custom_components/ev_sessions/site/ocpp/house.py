"""The house as the central system knows it: which stations belong to a charger, and who serves them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, override

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import discovery_flow

from ...chargers.ocpp.house import House, SecurityEvent, StationCredentials
from ...chargers.ocpp.rpc import CallFailedError, IncomingHandler
from ...chargers.ocpp.station import Station
from ...chargers.ocpp.version import Version
from ...const import CONF_PASSWORD_DUE, CONF_PASSWORD_HASH_BEFORE, DOMAIN
from ..clock import Clock
from ..config.ocpp import StationConfig
from ..config.site import chargers_of
from .counting import async_count_evses
from .desk import Desk, Serving
from .found import FoundStation, unique_id_of
from .parting import async_part
from .removed import async_was_removed
from .subentry import async_change_station
from .waiting import ASK_AGAIN_S, WaitingRoom

if TYPE_CHECKING:
    from ...chargers.ocpp.central import CentralSystem


#: As many stations may wait.
_MOST_COUNTS = 32


class HouseOfSites(House):
    """Knows the stations of all sites by their entries, whether these run at the moment or not."""

    def __init__(self, hass: HomeAssistant, clock: Clock) -> None:
        self._hass = hass
        self._clock = clock
        self._desks: dict[str, Desk] = {}
        #: Stations that are put back as they were found.
        self._leaving: set[str] = set()
        self._versions: dict[str, Version] = {}
        self._waiting = WaitingRoom(clock, arrived=self.discovered)
        self.central: CentralSystem
        #: How many EVSEs stations that wait have; None where they do not tell.
        self.evse_counts: dict[str, int | None] = {}
        #: Made by a flow, until the station has taken it; kept nowhere else.
        self.new_passwords: dict[str, str] = {}

    def desk(self, identity: str) -> Desk:
        """Return where a station's calls are taken."""
        return self._desks.setdefault(identity, Desk())

    @callback
    def serve(self, identity: str, serving: Serving, *, spoke: str | None = None) -> Station:
        """Have a station served from now on; one that waited for that is asked to start anew.

        `spoke` is the version of OCPP that it spoke last, before Home Assistant stopped.
        """
        station = self.central.station(identity)
        if spoke is not None:
            self._versions.setdefault(identity, Version(spoke))
        desk = self.desk(identity)
        desk.serving = serving
        if station.connected and station.handler is not desk:
            # It was held until now.
            station.handler = desk
            self._hass.async_create_background_task(_async_start_anew(station), f"{DOMAIN} start of {identity}")
        return station

    @property
    def waiting(self) -> tuple[FoundStation, ...]:
        """The stations that belong to no charger and have told what they are."""
        unknown = [station for station in self.central.stations.values() if station.unknown]
        return tuple(found_of(station) for station in unknown if station.boot is not None)

    @callback
    def password_given(self, identity: str) -> None:
        """Forget a new password: its station was given it."""
        self.new_passwords.pop(identity, None)

    @callback
    def password_taken(self, identity: str) -> None:
        """Have a station come with its new password in place of the one before: it has taken it."""
        async_change_station(self._hass, identity, partial(_without, CONF_PASSWORD_HASH_BEFORE))

    @callback
    def _password_shown(self, identity: str) -> None:
        """Have a station come with its password from now on: it has done so."""
        config = self._config_of(identity)
        if config is not None and config.password_due is not None:
            self.new_passwords.pop(identity, None)
            async_change_station(self._hass, identity, partial(_without, CONF_PASSWORD_DUE))

    @override
    def credentials(self, identity: str) -> StationCredentials | None:
        config = self._config_of(identity)
        if config is None:
            return None
        hashes = (config.password_hash, config.password_hash_before)
        due = config.password_due
        return StationCredentials(
            password_hashes=tuple(one for one in hashes if one is not None),
            least_profile=config.security_profile,
            open_to=None if due is None else due.address_at(self._clock().utc),
            versions=self._versions_of(identity, config),
            preferred_version=self._versions.get(identity),
        )

    def _versions_of(self, identity: str, config: StationConfig) -> tuple[Version, ...]:
        """Return what is spoken with a station: what its owner says, else what its kind can be spoken to with."""
        if config.version is not None:
            return (Version(config.version),)
        serving = self.desk(identity).serving
        unwanted = frozenset[str]() if serving is None else serving.unwanted_versions
        return tuple(version for version in Version if version not in unwanted) or tuple(Version)

    def _config_of(self, identity: str) -> StationConfig | None:
        for entry in self._hass.config_entries.async_entries(DOMAIN):
            for charger in chargers_of(entry):
                if charger.station is not None and charger.station.identity == identity:
                    return charger.station
        return None

    @override
    def incoming(self, station: Station) -> IncomingHandler:
        if station.unknown:
            return self._waiting.handler_of(station)
        if station.version is not None:
            self._versions[station.identity] = station.version
        if station.security_profile > 0:
            self._password_shown(station.identity)
        return self.desk(station.identity)

    @override
    @callback
    def security_event(self, identity: str, event: SecurityEvent, detail: str) -> None:
        serving = self.desk(identity).serving
        if serving is not None:
            serving.async_security_event(event, detail)

    @callback
    def discovered(self, station: Station) -> None:
        """Tell the owner of a station that belongs to no charger."""
        self._hass.async_create_task(self._async_discover(found_of(station)), f"{DOMAIN} station {station.identity}")
        if station.identity not in self.evse_counts:
            # Not before its own message is answered.
            self._hass.async_create_background_task(
                self._async_count(station), f"EVSEs of {station.identity}", eager_start=False
            )

    async def _async_count(self, station: Station) -> None:
        """Ask a station that waits how many cars it can charge, for the one who is about to take it in."""
        while len(self.evse_counts) >= _MOST_COUNTS:
            del self.evse_counts[next(iter(self.evse_counts))]
        self.evse_counts[station.identity] = None
        self.evse_counts[station.identity] = await async_count_evses(station)

    async def _async_discover(self, found: FoundStation) -> None:
        """Tell the owner of a station, unless he has removed it before."""
        if self._config_of(found.identity) is not None or await async_was_removed(self._hass, found.identity):
            return
        discovery_flow.async_create_flow(
            self._hass,
            DOMAIN,
            context={"source": SOURCE_INTEGRATION_DISCOVERY},
            data=found.to_data(),
            discovery_key=discovery_flow.DiscoveryKey(domain=DOMAIN, key=unique_id_of(found.identity), version=1),
        )

    async def async_follow_entries(self) -> None:
        """Forget the stations that belong to no charger any more; they may come again, as strangers."""
        stations = [station for station in self.central.stations.values() if self._is_leaving(station)]
        await asyncio.gather(*(self._async_forget(station) for station in stations))

    def _is_leaving(self, station: Station) -> bool:
        identity = station.identity
        return not station.unknown and identity not in self._leaving and self._config_of(identity) is None

    async def _async_forget(self, station: Station) -> None:
        identity = station.identity
        self._leaving.add(identity)
        try:
            await async_part(self._hass, station, self._clock)
        finally:
            self._leaving.discard(identity)
        # Meanwhile it may have been taken in again.
        if self._config_of(identity) is None:
            self._desks.pop(identity, None)
            self._versions.pop(identity, None)
            self.new_passwords.pop(identity, None)
            self.central.forget(identity)


def _without(key: str, ocpp: Mapping[str, Any]) -> dict[str, Any]:
    return {} if ocpp.get(key) is None else {key: None}


async def _async_start_anew(station: Station) -> None:
    """Ask a station to tell once more what it is; one that does not care tells it by itself a little later."""
    with suppress(CallFailedError):
        await station.async_call("TriggerMessage", {"requestedMessage": "BootNotification"}, timeout_s=ASK_AGAIN_S)


def found_of(station: Station) -> FoundStation:
    """Return what a station has told of itself."""
    boot = station.boot
    return FoundStation(
        identity=station.identity,
        vendor=None if boot is None else boot.vendor,
        model=None if boot is None else boot.model,
        serial=None if boot is None else boot.serial,
        firmware=None if boot is None else boot.firmware,
        version=None if station.version is None else station.version.value,
    )
