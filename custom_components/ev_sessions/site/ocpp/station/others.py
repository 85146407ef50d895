"""The limits that others set at a station, as it tells of them: counted in balancing, and shown."""

from collections.abc import Callable, Mapping
from datetime import datetime
import logging
from secrets import randbelow
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback

from ....chargers.ocpp.rpc import CallFailedError
from ....chargers.ocpp.station import Station
from ....chargers.ocpp.v2.others_limits import EXTERNAL, evse_of, limits_of, reported, source_of
from ....chargers.ocpp.version import Version
from ....core.balancing.load import LimitNow
from ....core.station.others_limits import MOST_LIMITS, Cap, OthersLimit, OthersLimits

_LOGGER = logging.getLogger(__name__)

#: The key of a charger's settings under which the ledger has them: most are told once.
STATION_OTHERS: Final = "limits_of_others"
_MOST_REQUEST_ID: Final = 2**31 - 1


class LimitsOfOthers:
    """Knows who limits the EVSEs of one station beside us. `station_now` is the time that its clock shows (UTC)."""

    def __init__(
        self,
        hass: HomeAssistant,
        station: Station,
        *,
        kept: object,
        keep: Callable[[str], None],
        station_now: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        self._hass = hass
        self._station = station
        self._keep = keep
        self._station_now = station_now
        self._changed = changed
        self._limits = _limits_from(kept)
        self._request_id: int | None = None
        self._reported: tuple[OthersLimit, ...] = ()
        #: Whether the station has told of one since it came: then what it keeps as profiles is not all.
        self._notified = False

    def cap(self, evse: int, watts_per_a: Callable[[], float]) -> Cap | None:
        """Return the most that others allow an EVSE now; None where they do not limit it."""
        if not self._limits.there:
            return None
        return self._limits.cap(evse, self._station_now(), watts_per_a=watts_per_a())

    def of_station(self, line_count: int, factor: float) -> LimitNow | None:
        """Return what others allow all EVSEs together; None where they do not limit them so.

        `factor` is what a line carries for 1 A of an EVSE.
        """
        limit_a, limit_w = self._limits.of_station(self._station_now())
        if limit_a is None and limit_w is None:
            return None
        return LimitNow(limit_a=None if limit_a is None else (limit_a * factor,) * line_count, limit_w=limit_w)

    @property
    def listeners(self) -> dict[str, Callable[[Mapping[str, Any]], None]]:
        """What hears of it, by the action that tells."""
        return {
            "NotifyChargingLimit": self._async_notified,
            "ClearedChargingLimit": self._async_cleared,
            "ReportChargingProfiles": self._async_reported,
        }

    @callback
    def async_connected(self) -> None:
        """Hear that the station has come: others may have changed their minds meanwhile."""
        self._notified = False

    @callback
    def async_ask(self) -> None:
        """Ask a station of 2.x what others allow it: it may have been told, or freed, while we were away."""
        if self._station.version in {Version.V201, Version.V21}:
            self._hass.async_create_background_task(
                self._async_ask_station(), f"limits of {self._station.identity}", eager_start=False
            )

    async def _async_ask_station(self) -> None:
        self._request_id, self._reported = (request_id := randbelow(_MOST_REQUEST_ID)), ()
        asked = {"requestId": request_id, "chargingProfile": {"chargingProfilePurpose": EXTERNAL}}
        try:
            answer = await self._station.async_call("GetChargingProfiles", asked)
        except CallFailedError as error:
            _LOGGER.debug("%s does not tell who limits it: %s", self._station.identity, error)
            return
        if answer.get("status") == "NoProfiles" and request_id == self._request_id and not self._notified:
            self._take(OthersLimits())

    @callback
    def _async_notified(self, payload: Mapping[str, Any]) -> None:
        limits = limits_of(payload, self._station_now())
        self._notified = True
        if limits:
            self._take(self._limits.told(limits[0].source, limits[0].evse, limits))
        if any(not one.periods for one in limits):
            # It does not say how high it is: perhaps it does where it is asked.
            self.async_ask()

    @callback
    def _async_cleared(self, payload: Mapping[str, Any]) -> None:
        if (source := source_of(payload)) is not None:
            self._take(self._limits.cleared(source, evse_of(payload)))

    @callback
    def _async_reported(self, payload: Mapping[str, Any]) -> None:
        if self._request_id is None or payload.get("requestId") != self._request_id:
            return
        self._reported = (*self._reported, *reported(payload, self._station_now()))[:MOST_LIMITS]
        if payload.get("tbc") is not True:
            known = self._limits if self._notified else OthersLimits()
            for source, evse in dict.fromkeys((one.source, one.evse) for one in self._reported):
                mine = tuple(one for one in self._reported if (one.source, one.evse) == (source, evse))
                known = known.told(source, evse, mine)
            self._take(known)

    @callback
    def _take(self, limits: OthersLimits) -> None:
        if limits == self._limits:
            return
        self._limits = limits
        self._keep(limits.to_json())
        self._changed()


def _limits_from(kept: object) -> OthersLimits:
    if not isinstance(kept, str):
        return OthersLimits()
    try:
        return OthersLimits.from_json(kept)
    except ValueError:
        # The station is asked for them when it comes.
        return OthersLimits()
