"""Reports of many stations: each is answered at once, and all are taken together a moment later.

Most of what a report costs is that it comes alone: one that follows others takes half as long. A report in which
something else flows than before is taken within a second; those that say the same again wait for the next ones, with
which they are taken as one. Where a site has few EVSEs, all that is of no account, and each is taken as it comes.
"""

from asyncio import Lock, TimerHandle, sleep
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
import logging
from math import inf
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ...chargers.ocpp.faults import fault_of_ours
from ...chargers.ocpp.report import Glance, Report, glance_at
from ...chargers.ocpp.rpc import CallError
from ..clock import Clock
from ..showing import FEW

_LOGGER = logging.getLogger(__name__)

#: So long reports are gathered: no longer than between two that are shown, and than a sample tells of its instant.
GATHER_S = 1.0
#: So long at most those are gathered that say the same as the one before.
STEADY_S = 3.0
#: A station that has so many waiting gets no more answers before they are taken.
MOST_WAITING = 32
#: So long they are taken before the loop does something else: others are to be answered meanwhile.
_AT_ONCE_S = 0.004

#: Takes reports of one station, the oldest first.
type TakeReports = Callable[[Sequence[Report]], Awaitable[None]]


class Reports:
    """Gathers the reports of the stations of one site."""

    def __init__(self, hass: HomeAssistant, clock: Clock, *, evses: int) -> None:
        self._hass = hass
        self._clock = clock
        self._gathers = evses > FEW
        self._told: dict[StationReports, None] = {}
        self._timer: TimerHandle | None = None

    def of(self, name: str, take: TakeReports) -> StationReports:
        """Return where the reports of one station go; `take` takes them."""
        return StationReports(self, name, take)

    @property
    def now_s(self) -> float:
        """The time by which reports wait, in s."""
        return self._hass.loop.time()

    @callback
    def async_gather(self, station: StationReports) -> datetime | None:
        """Have the reports of a station taken soon; return the instant of now, None where none are gathered."""
        if not self._gathers:
            return None
        self._told[station] = None
        self._async_arm()
        return self._clock().utc

    @callback
    def _async_arm(self) -> None:
        if self._timer is None:
            self._timer = self._hass.loop.call_later(GATHER_S, self._async_due)

    async def async_end(self) -> None:
        """Take all that has gathered, and gather no more."""
        self._gathers = False
        if self._timer is not None:
            self._timer.cancel()
        await self._async_take(tuple(self._told))

    @callback
    def _async_due(self) -> None:
        self._timer = None
        now_s = self.now_s
        due = tuple(station for station in self._told if station.is_due(now_s))
        for station in due:
            del self._told[station]
        if self._told:
            self._async_arm()
        self._hass.async_create_background_task(self._async_take(due), "reports of stations", eager_start=True)

    async def _async_take(self, stations: tuple[StationReports, ...]) -> None:
        begun_s = self.now_s
        for station in stations:
            await station.async_settle()
            if self.now_s - begun_s >= _AT_ONCE_S:
                await sleep(0)
                begun_s = self.now_s


class StationReports:
    """The reports of one station that are answered and not taken yet."""

    def __init__(self, reports: Reports, name: str, take: TakeReports) -> None:
        self._reports = reports
        self._name = name
        self._take = take
        self._waiting: deque[Report] = deque()
        self._in_order = Lock()
        self._last: Glance | None = None
        self._last_s = -inf  # when it came
        self._since_s = inf  # when the oldest came that waits
        self._is_news = False

    @callback
    def async_add(self, action: str, payload: dict[str, Any]) -> bool:
        """Keep a report to be taken soon; False where it has to be taken before it is answered."""
        if len(self._waiting) >= MOST_WAITING:
            return False
        arrived_at = self._reports.async_gather(self)
        if arrived_at is None:
            return False
        self._look(payload)
        self._waiting.append(Report(action=action, payload=payload, arrived_at=arrived_at))
        return True

    def _look(self, payload: dict[str, Any]) -> None:
        now_s, glance = self._reports.now_s, glance_at(payload)
        # Who reports so seldom that none follows in time is not waited for.
        is_seldom = now_s - self._last_s >= STEADY_S
        self._is_news = self._is_news or is_seldom or glance.is_news_after(self._last)
        self._last, self._last_s = glance, now_s
        self._since_s = min(self._since_s, now_s)

    def is_due(self, now_s: float) -> bool:
        """Tell whether what waits has waited for long enough, or cannot wait; also where all of it is taken by now."""
        # Nearest to that time, as it is looked at each `GATHER_S` only.
        return not self._waiting or self._is_news or now_s - self._since_s >= STEADY_S - GATHER_S / 2

    async def async_settle(self) -> None:
        """Take what waits; whatever else the station tells comes after that."""
        if not self._waiting and not self._in_order.locked():
            return
        async with self._in_order:
            while self._waiting:
                reports = tuple(self._waiting)
                self._waiting.clear()
                self._since_s, self._is_news = inf, False
                try:
                    await self._take(reports)
                except CallError as error:
                    _LOGGER.debug("%s: reports were not taken: %s", self._name, error)
                except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the others
                    _LOGGER.error(  # noqa: TRY400 - its text might hold an id token
                        "%s: a report failed: %s", self._name, fault_of_ours(error)
                    )
