"""Reports of many stations: each is answered at once, and all are taken together a moment later.

Most of what a report costs is that it comes alone: one that follows others takes half as long. Where a site has
few EVSEs, that is of no account, and each is taken as it comes.
"""

from asyncio import Lock, TimerHandle, sleep
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
import logging
import traceback
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ...chargers.ocpp.rpc import CallError
from ..clock import Clock
from ..showing import FEW

_LOGGER = logging.getLogger(__name__)

#: So long reports are gathered: no longer than between two that are shown, and than a sample tells of its instant.
GATHER_S = 1.0
#: A station that has so many waiting gets no more answers before they are taken.
MOST_WAITING = 32
#: So long they are taken before the loop does something else: others are to be answered meanwhile.
_AT_ONCE_S = 0.004

#: Takes one report: its action, its payload and when it arrived (UTC).
type TakeReport = Callable[[str, dict[str, Any], datetime], Awaitable[None]]


class Reports:
    """Gathers the reports of the stations of one site."""

    def __init__(self, hass: HomeAssistant, clock: Clock, *, evses: int) -> None:
        self._hass = hass
        self._clock = clock
        self._gathers = evses > FEW
        self._told: dict[StationReports, None] = {}
        self._timer: TimerHandle | None = None

    def of(self, name: str, take: TakeReport) -> StationReports:
        """Return where the reports of one station go; `take` takes them."""
        return StationReports(self, name, take)

    @callback
    def async_gather(self, station: StationReports) -> datetime | None:
        """Have the reports of a station taken soon; return the instant of now, None where none are gathered."""
        if not self._gathers:
            return None
        self._told[station] = None
        if self._timer is None:
            self._timer = self._hass.loop.call_later(GATHER_S, self._async_due)
        return self._clock().utc

    async def async_end(self) -> None:
        """Take all that has gathered, and gather no more."""
        self._gathers = False
        if self._timer is not None:
            self._timer.cancel()
        await self._async_take(tuple(self._told))

    @callback
    def _async_due(self) -> None:
        self._timer = None
        told, self._told = self._told, {}
        self._hass.async_create_background_task(self._async_take(tuple(told)), "reports of stations", eager_start=True)

    async def _async_take(self, stations: tuple[StationReports, ...]) -> None:
        loop = self._hass.loop
        begun_s = loop.time()
        for station in stations:
            await station.async_settle()
            if loop.time() - begun_s >= _AT_ONCE_S:
                await sleep(0)
                begun_s = loop.time()


class StationReports:
    """The reports of one station that are answered and not taken yet."""

    def __init__(self, reports: Reports, name: str, take: TakeReport) -> None:
        self._reports = reports
        self._name = name
        self._take = take
        self._waiting: deque[tuple[str, dict[str, Any], datetime]] = deque()
        self._in_order = Lock()

    @callback
    def async_add(self, action: str, payload: dict[str, Any]) -> bool:
        """Keep a report to be taken soon; False where it has to be taken before it is answered."""
        if len(self._waiting) >= MOST_WAITING:
            return False
        arrived_at = self._reports.async_gather(self)
        if arrived_at is None:
            return False
        self._waiting.append((action, payload, arrived_at))
        return True

    async def async_settle(self) -> None:
        """Take what waits; whatever else the station tells comes after that."""
        if not self._waiting and not self._in_order.locked():
            return
        async with self._in_order:
            while self._waiting:
                try:
                    await self._take(*self._waiting.popleft())
                except CallError as error:
                    _LOGGER.debug("%s: a report was not taken: %s", self._name, error)
                except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the others
                    # Its text might hold an id token, so only where it happened.
                    _LOGGER.error(  # noqa: TRY400 - as above
                        "%s: a report failed: %s\n%s",
                        self._name,
                        type(error).__name__,
                        "".join(traceback.format_tb(error.__traceback__)),
                    )
