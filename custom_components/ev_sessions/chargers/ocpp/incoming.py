"""Serves the calls of one station, whatever its version: each is answered, and told to those whom it concerns."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.core import callback

from ...core.moment import Now
from ...core.station.clock import ClockWatch, answered, booted, connected, heard
from ...core.station.events import Booted, CameOnline, StationEvent, WentOffline
from .backend import Backend, Standing
from .boot import boot_of
from .faults import fault_of_ours
from .least import fault_of
from .message import Message, Serve, Tell, newest_told, wire_instant
from .news import News
from .report import Report
from .rpc import Arrival, CallError, ErrorCode, is_known_action, not_served
from .station import Station
from .v2.incoming import ACTIONS as ACTIONS_2, ACTIONS_21
from .v16.incoming import ACTIONS as ACTIONS_16
from .version import Version

_LOGGER = logging.getLogger(__name__)

_ACTIONS: Final[Mapping[Version, Mapping[str, Serve]]] = {
    Version.V16: ACTIONS_16,
    Version.V201: ACTIONS_2,
    Version.V21: {**ACTIONS_2, **ACTIONS_21},
}
_BOOT: Final = "BootNotification"
_HEARTBEAT: Final = "Heartbeat"
#: What a station may send before it is accepted, for we may ask it (OCPP 2.0.1, B02.FR.05).
_WHILE_PENDING: Final = frozenset(
    {"NotifyReport", "NotifyEvent", "NotifyMonitoringReport", "SecurityEventNotification"}
)


class Incoming:
    """An IncomingHandler for one station; it outlives connections, and changes of version between them."""

    def __init__(self, station: Station, backend: Backend, clock: Callable[[], Now]) -> None:
        self._station = station
        self._backend = backend
        self._clock = clock
        self.news = News()
        self.watch = ClockWatch()

    @property
    def drift_s(self) -> float | None:
        """By how much the station's clock is slow, negative where it is fast; None where it is not known."""
        return self.watch.drift_s

    async def __call__(self, action: str, payload: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
        """Serve a call; raises CallError."""
        return await self.async_serve(action, payload, arrival.at)

    async def async_serve(self, action: str, payload: dict[str, Any], arrived_at: datetime) -> dict[str, Any]:
        """Serve a call that arrived at an instant (UTC); raises CallError."""
        try:
            return await self._async_serve(action, payload, arrived_at, self._backend.async_tell)
        finally:
            self.watch = answered(self.watch, self._clock().utc)

    async def async_take_reports(self, reports: Iterable[Report]) -> None:
        """Take reports, the oldest first, that are answered already: what all of them tell is told together.

        One that cannot be served is left out.
        """
        events: list[StationEvent] = []

        async def gather(told: tuple[StationEvent, ...]) -> None:
            events.extend(told)

        for report in reports:
            try:
                await self._async_serve(report.action, report.payload, report.arrived_at, gather)
            except CallError as error:
                _LOGGER.debug("%s: a report was not taken: %s", self._station.identity, error)
            except Exception as error:  # noqa: BLE001 - a fault of ours must not cost the other reports
                _LOGGER.error(  # noqa: TRY400 - its text might hold an id token
                    "%s: a report failed: %s", self._station.identity, fault_of_ours(error)
                )
            self.watch = answered(self.watch, report.arrived_at)
        if events:
            await self._backend.async_tell(tuple(events))

    async def _async_serve(
        self, action: str, payload: dict[str, Any], arrived_at: datetime, tell: Tell
    ) -> dict[str, Any]:
        version = self._station.version or Version.V16
        if action == _BOOT:
            return await self._async_boot(version, payload, arrived_at)
        if action == _HEARTBEAT:
            return {"currentTime": wire_instant(self._clock().utc)}
        serve = _ACTIONS[version].get(action)
        if serve is None and not is_known_action(action, version):
            raise not_served(action, version)
        self._check_standing(action)
        if serve is None:
            raise not_served(action, version)
        if (fault := fault_of(action, payload, is_2=version.is_2)) is not None:
            raise fault
        self.watch = heard(self.watch, newest_told(payload), arrived_at)
        message = Message(
            payload=payload, version=version, arrived_at=arrived_at, watch=self.watch, backend=self._backend, tell=tell
        )
        answer = await serve(message)
        self.news.tell(action, payload)
        return answer

    async def async_came_online(self, at: datetime) -> None:
        """Take note that the station has connected (UTC): what was told before may be so no longer."""
        self.watch = connected(self.watch, at)
        await self._backend.async_tell((CameOnline(at=at, arrived_at=at),))

    async def async_went_offline(self, at: datetime) -> None:
        """Take note that the station's connection is gone (UTC)."""
        await self._backend.async_tell((WentOffline(at=at, arrived_at=at),))

    async def _async_boot(self, version: Version, payload: Mapping[str, Any], arrived_at: datetime) -> dict[str, Any]:
        self.watch = booted(self.watch)
        boot = boot_of(version, payload, arrived_at)
        self._station.boot = boot
        self._station.changed()
        await self._backend.async_tell((Booted(at=arrived_at, arrived_at=arrived_at, reason=boot.reason),))
        self.news.tell(_BOOT, payload)
        registration = self._backend.registration()
        return {
            "currentTime": wire_instant(self._clock().utc),
            "interval": registration.interval_s,
            "status": registration.standing.value,
        }

    @callback
    def _check_standing(self, action: str) -> None:
        """Refuse what a station may not send before it is accepted (OCPP 2.0.1, B02.FR.09, B03.FR.07)."""
        standing = self._backend.registration().standing
        if standing is Standing.ACCEPTED or (standing is Standing.PENDING and action in _WHILE_PENDING):
            return
        raise CallError(ErrorCode.SECURITY_ERROR, "this station is not accepted yet")
