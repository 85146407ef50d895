"""Stations that belong to no charger: they may tell what they are, and are asked to be patient."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...chargers.ocpp.boot import boot_of
from ...chargers.ocpp.rpc import Arrival, CallError, ErrorCode, IncomingHandler, not_served
from ...chargers.ocpp.station import Station
from ...chargers.ocpp.version import Version
from ..clock import Clock

#: How long a station waits before it asks again, in s; some wait twice as long.
ASK_AGAIN_S = 30
_BOOT = "BootNotification"
_HEARTBEAT = "Heartbeat"


class WaitingRoom:
    """Serves stations that wait to be adopted; `arrived` hears of each that has told what it is."""

    def __init__(self, clock: Clock, *, arrived: Callable[[Station], None]) -> None:
        self._clock = clock
        self._arrived = arrived

    def handler_of(self, station: Station) -> IncomingHandler:
        """Return who serves a station that waits."""

        async def handle(action: str, payload: dict[str, Any], _arrival: Arrival) -> dict[str, Any]:
            return self._answer(station, action, payload)

        return handle

    def _answer(self, station: Station, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        now = self._clock().utc
        version = station.version or Version.V16
        if action == _BOOT:
            station.boot = boot_of(version, payload, now)
            station.changed()
            self._arrived(station)
            return {"currentTime": _text(now), "interval": ASK_AGAIN_S, "status": "Pending"}
        if action == _HEARTBEAT:
            return {"currentTime": _text(now)}
        if station.boot is None and not version.is_2 and action == "StatusNotification":
            # Some tell their status before they have started; nothing is made of it.
            return {}
        refusal = not_served(action, version)
        if refusal.code == ErrorCode.NOT_IMPLEMENTED:
            raise refusal
        # OCPP 2.0.1, B02.FR.09: nothing else is served before the station is accepted.
        raise CallError(ErrorCode.SECURITY_ERROR, "this station is not accepted yet")


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
