"""The central system: stations by their identity, and who of those that come in their name is let in."""

import asyncio
from collections.abc import Callable, Mapping
import logging
from types import MappingProxyType

from aiohttp import WSCloseCode, web
from homeassistant.core import HomeAssistant

from ...core.moment import Now
from .admission import Admission, Admitted, RefusedConnectionError
from .connection import Connection, new_websocket
from .handshake import identity_of
from .house import House, SecurityEvent
from .listener import Listener, ListenerConfig
from .station import Station

_LOGGER = logging.getLogger(__name__)

#: Stations that nobody knows.
_MOST_UNKNOWN = 32
_STILL_THERE_S = 5.0


class CentralSystem:
    """Takes the calls of all stations; knows of no site."""

    def __init__(self, hass: HomeAssistant, house: House, clock: Callable[[], Now]) -> None:
        self._hass = hass
        self._house = house
        self._clock = clock
        self._admission = Admission(hass, house)
        self._listeners: dict[ListenerConfig, Listener] = {}
        self._stations: dict[str, Station] = {}
        #: Identities whose newcomer waits for the one that is there to show a sign of life.
        self._contested: set[str] = set()
        self._closing = False

    @property
    def stations(self) -> Mapping[str, Station]:
        """All stations: those that are known and have ever come, and the unknown ones."""
        return MappingProxyType(self._stations)

    async def async_listen(self, config: ListenerConfig) -> None:
        """Open a port; raises PortTakenError, CertificateError."""
        listener = Listener(self._hass, config, self.async_serve)
        await listener.async_start()
        self._listeners[config] = listener
        self._closing = False

    async def async_stop_listening(self, config: ListenerConfig) -> None:
        """Close a port and the connections that came in by it."""
        if (listener := self._listeners.pop(config, None)) is None:
            return
        await listener.async_stop_accepting()
        await self._async_disconnect(listener)
        await listener.async_stop()

    async def async_close(self) -> None:
        """Close everything: each station is told that we go away (1001), and comes back when we do."""
        self._closing = True
        for listener in self._listeners.values():
            await listener.async_stop_accepting()
        await self._async_disconnect(None)
        while self._listeners:
            await self._listeners.popitem()[1].async_stop()

    def forget(self, identity: str) -> None:
        """Keep nothing of a station; when it comes again it is a new one."""
        if (station := self._stations.pop(identity, None)) is not None and station.connection is not None:
            connection = station.connection
            self._hass.async_create_background_task(
                connection.async_close(WSCloseCode.GOING_AWAY, "forgotten"), f"good-bye to {identity}"
            )

    def station(self, identity: str) -> Station:
        """Return a station that the house knows, whether or not it has ever come."""
        if (station := self._stations.get(identity)) is None:
            station = self._stations[identity] = Station(self._hass, identity, self._clock)
        station.unknown = False
        return station

    async def async_serve(self, request: web.Request, listener: object) -> web.StreamResponse:
        """Serve one request: refuse it, or serve the station until it goes."""
        try:
            station, admitted = await self._async_let_in(request)
        except RefusedConnectionError as refusal:
            _LOGGER.debug("%s: refused a connection to %s: %s", request.remote, request.rel_url.path[:80], refusal)
            return refusal.response()
        return await self._async_connect(request, station, admitted, listener)

    async def _async_let_in(self, request: web.Request) -> tuple[Station, Admitted]:
        if self._closing:
            raise RefusedConnectionError(503, "Shutting down", {"Retry-After": "30"})
        self._admission.check_request(request)
        if (identity := identity_of(request.raw_path)) is None:
            raise RefusedConnectionError(404, "The path must end in the station's identity")
        credentials = self._house.credentials(identity)
        admitted = await self._admission.async_admit(request, identity, credentials)
        station = self._station_of(identity, unknown=credentials is None)
        await self._async_make_way(station, admitted, request.remote)
        return station, admitted

    def _station_of(self, identity: str, *, unknown: bool) -> Station:
        if not unknown:
            return self.station(identity)
        if (station := self._stations.get(identity)) is not None:
            station.unknown = True
            return station
        unknown_ones = [station for station in self._stations.values() if station.unknown]
        if len(unknown_ones) >= _MOST_UNKNOWN:
            gone = next((station for station in unknown_ones if not station.connected), None)
            if gone is None:
                raise RefusedConnectionError(503, "Too many unknown stations", {"Retry-After": "300"})
            del self._stations[gone.identity]
        station = self._stations[identity] = Station(self._hass, identity, self._clock)
        return station

    async def _async_make_way(self, station: Station, admitted: Admitted, address: str | None) -> None:
        """Raise RefusedConnectionError where a newcomer may not take the place of the connection that is there."""
        there = station.connection
        if there is None:
            return
        elsewhere = there.address != address
        if there.security_profile > admitted.security_profile:
            raise self._kept_out(station, address, "the one that is there has proved more")
        if admitted.security_profile == 0 and elsewhere:
            if station.identity in self._contested:
                raise RefusedConnectionError(409, "Another connection is being asked", {"Retry-After": "10"})
            self._contested.add(station.identity)
            try:
                alive = await there.async_is_alive(_STILL_THERE_S)
            finally:
                self._contested.discard(station.identity)
            if alive:
                raise self._kept_out(station, address, "the one that is there has answered")
        if elsewhere:
            self._house.security_event(
                station.identity, SecurityEvent.DISPLACED, f"{address} in place of {there.address}"
            )

    def _kept_out(self, station: Station, address: str | None, why: str) -> RefusedConnectionError:
        self._house.security_event(station.identity, SecurityEvent.DISPLACEMENT_REFUSED, f"{address}: {why}")
        return RefusedConnectionError(409, "This station is connected", {"Retry-After": "30"})

    async def _async_connect(
        self, request: web.Request, station: Station, admitted: Admitted, listener: object
    ) -> web.StreamResponse:
        websocket = new_websocket(admitted.subprotocol)
        await websocket.prepare(request)
        connection = Connection(
            self._hass,
            request,
            websocket,
            identity=station.identity,
            version=admitted.version,
            security_profile=admitted.security_profile,
            listener=listener,
        )
        if (there := station.connection) is not None and there.security_profile > admitted.security_profile:
            # It came while we shook hands.
            await websocket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"this station is connected")
            return websocket
        if self._closing:
            await websocket.close(code=WSCloseCode.GOING_AWAY, message=b"shutting down")
            return websocket
        replaced = station.attach(connection)
        station.handler = self._house.incoming(station)
        if replaced is not None:
            self._hass.async_create_background_task(
                replaced.async_close(WSCloseCode.POLICY_VIOLATION, "replaced by a newer connection"),
                f"good-bye to the former {station.identity}",
            )
        _LOGGER.info("%s is connected from %s with OCPP %s", station.identity, request.remote, admitted.version)
        station.changed()
        try:
            await connection.async_serve(station.async_receive)
        finally:
            if station.detach(connection):
                _LOGGER.info("%s has disconnected", station.identity)
                station.changed()
        return websocket

    async def _async_disconnect(self, listener: Listener | None) -> None:
        """Say 1001 to all connections, or to those of one listener."""
        connections = [
            station.connection
            for station in self._stations.values()
            if station.connection is not None and (listener is None or station.connection.listener is listener)
        ]
        await asyncio.gather(
            *(connection.async_close(WSCloseCode.GOING_AWAY, "shutting down") for connection in connections)
        )
