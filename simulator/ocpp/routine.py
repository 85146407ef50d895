"""What a station does by itself as time passes: its outlets live, it samples, beats, and gives up what has expired."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .station import Station

_TICK_S = 0.25


class Routine:
    """The passing of time at one station."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._beat_due_s = 0.0
        self._aligned: datetime | None = None

    def accepted(self) -> None:
        """Beat from now on."""
        self._beat_due_s = asyncio.get_running_loop().time() + self._station.heartbeat_s

    async def live(self) -> None:
        """Live until cancelled."""
        loop = asyncio.get_running_loop()
        last_s = loop.time()
        while True:
            await asyncio.sleep(_TICK_S)
            now_s = loop.time()
            self._step(now_s, now_s - last_s)
            last_s = now_s

    def _step(self, now_s: float, dt_s: float) -> None:
        station = self._station
        station.line.ping_s = station.dialect.ping_s or None
        station.reservations = [one for one in station.reservations if one.expiry > station.now()]
        for place in station.connectors.values():
            place.outlet.step(dt_s)
            station.offer(place)
            if place.token is not None and now_s >= place.token_until_s:
                place.token = None
            if not station.automatic:
                continue
            station.look(place)
            if place.transaction is not None and station.dialect.sample_s and now_s >= place.sample_due_s:
                place.sample_due_s = now_s + station.dialect.sample_s
                station.sample(place.number)
        if station.automatic:
            self._by_the_clock(now_s)

    def _by_the_clock(self, now_s: float) -> None:
        station = self._station
        if station.line.ready and now_s >= self._beat_due_s:
            self._beat_due_s = now_s + station.heartbeat_s
            station.soon(station.beat())
        if not (every_s := station.dialect.aligned_s):
            return
        slot = datetime.fromtimestamp(station.now().timestamp() // every_s * every_s, UTC)
        if self._aligned is not None and slot > self._aligned:
            for number in station.connectors:
                station.sample(number, at=slot, context="Sample.Clock")
        self._aligned = slot
