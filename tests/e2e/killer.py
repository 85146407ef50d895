"""Kills a real Home Assistant in the ways that power cuts have, and starts it again."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN

from simulator.hass.client import Json
from simulator.link import Message, plant_link
from tests.e2e.ledger_truth import Away
from tests.e2e.patience import OTHERS_S
from tests.e2e.real_house import RealSite
from tests.e2e.set_up import all_ended, drawn

#: Ways to be killed. `swap`: while nobody looks, one car goes and another comes.
QUICK = ("charging", "plug_in", "unplug", "commit", "start_up")
ALL = (*QUICK, "status", "start_up_commit", "swap")
#: After news of the charger, a commit begins so soon.
_NEWS_S = 0.03
#: A counter that falls by 50 Wh tells two cars apart; the second may draw as much until it is seen.
_TOLD_APART_WH = 120.0
#: The charger as its own integration shows it.
_STATUS = "sensor.ladewerk_garage_status"


class Killer:
    """Lets something happen to the garage's charger and kills in the middle of it."""

    def __init__(self, site: RealSite, rng: Random) -> None:
        self.site = site
        self.house = site.house
        self.rng = rng
        self.plugged = False
        self.enabled = True
        self.aways: list[Away] = []

    async def live(self, kind: str) -> None:
        """Do one kind of thing, die in it, and come back."""
        await asyncio.sleep(self.rng.uniform(0.0, 2.0))
        await getattr(self, f"_{kind}")()
        killed = await self._kill()
        if kind == "swap":
            await self._swap_cars()
        await asyncio.sleep(self.rng.uniform(0.0, 2.0))
        if kind in {"start_up", "start_up_commit"}:
            await self.house.hass.launch()
            if kind == "start_up":
                await asyncio.sleep(self.rng.uniform(0.3, 6.0))
            else:
                await self._until_written()
            await self.house.hass.kill()
        await self.house.hass.start(self.house.client)
        await self.until_seen()
        self.aways.append(Away(since=killed, until=datetime.now(UTC)))

    async def begin(self) -> None:
        """Take the balancer out of the story: it stands still, and the car may draw at once."""
        switch = self.site.names.of_site("balancing")
        await self.house.client.call("switch", "turn_off", {"entity_id": switch})

    async def leave(self) -> None:
        """Let the car go, and everything be told."""
        await self._plug(plugged=False)
        await all_ended(self.site)

    async def until_seen(self) -> None:
        """Wait until our integration shows whether the car is there, and its source has said so since the start.

        What is remembered shows sooner: a car that came then would come while nobody looks.
        """
        connected = self.site.names.of_charger("Garage", "connected")
        wanted = "on" if self.plugged else "off"

        def is_seen(states: Mapping[str, Json]) -> bool:
            told = states.get(_STATUS, {}).get("state") not in {None, STATE_UNAVAILABLE, STATE_UNKNOWN}
            return told and states.get(connected, {}).get("state") == wanted

        await self.house.client.wait_until(f"connected {wanted}", is_seen, OTHERS_S)

    async def _kill(self) -> datetime:
        await self.house.hass.kill()
        return datetime.now(UTC)

    async def _charging(self) -> None:
        await self._plug(plugged=True)
        await self._draw(1.0)
        await asyncio.sleep(self.rng.uniform(0.0, 5.0))

    async def _start_up(self) -> None:
        await self._charging()

    async def _start_up_commit(self) -> None:
        await self._charging()

    async def _plug_in(self) -> None:
        await self._plug(plugged=False)
        await all_ended(self.site)
        await self._news(plugged=True)

    async def _unplug(self) -> None:
        await self._charging()
        await self._news(plugged=False)

    async def _status(self) -> None:
        await self._charging()
        await self._switch()

    async def _commit(self) -> None:
        """Switch the charger, and wait until the first byte of it is in the ledger."""
        await self._charging()
        written = asyncio.get_running_loop().create_task(self._until_written())
        await self._switch(wait=False)
        await written

    async def _swap(self) -> None:
        await self._plug(plugged=True)
        await self._draw(_TOLD_APART_WH)
        await asyncio.sleep(4.0)  # the last report shows it too

    async def _swap_cars(self) -> None:
        for command in ("unplug", "plug_in"):
            await asyncio.sleep(self.rng.uniform(0.5, 2.0))
            await self.house.plant.ask(command, charger="garage")

    async def _plug(self, *, plugged: bool) -> None:
        """Let the car come or go, when it has not yet; what was before is seen first."""
        if plugged == self.plugged:
            return
        await self.until_seen()
        if plugged:
            await all_ended(self.site)
        await self.house.plant.ask("plug_in" if plugged else "unplug", charger="garage")
        self.plugged = plugged

    async def _news(self, *, plugged: bool) -> None:
        """Let the car come or go, and return some ms after the charger told so."""

        def has_moved(event: Message) -> bool:
            return bool(event["plugged"]) == plugged

        async with asyncio.timeout(OTHERS_S):
            await self._told(has_moved, self._plug(plugged=plugged))
        await asyncio.sleep(self.rng.uniform(0.0, _NEWS_S))

    async def _switch(self, *, wait: bool = True) -> None:
        """Turn the charger on or off at the charger itself, and return some ms after it told so."""
        enabled = self.enabled = not self.enabled

        def has_switched(event: Message) -> bool:
            return bool(event["enabled"]) == enabled

        asked = self.house.plant.ask("set_enabled", charger="garage", enabled=enabled)
        if not wait:
            await asked
            return
        async with asyncio.timeout(OTHERS_S):
            await self._told(has_switched, asked)
        await asyncio.sleep(self.rng.uniform(0.0, _NEWS_S))

    async def _told(self, probe: Callable[[Message], bool], doing: object) -> None:
        """Do something and wait until the garage's charger tells what `probe` knows."""
        told = asyncio.Event()

        def on_event(event: Message) -> None:
            if event["event"] == "charger" and event["charger"] == "garage" and probe(event):
                told.set()

        async with plant_link("127.0.0.1", self.house.plant_port) as link:
            await link.subscribe(on_event)
            await doing  # type: ignore[misc]
            await told.wait()

    async def _draw(self, energy_wh: float) -> None:
        """Wait until so much more has gone through the charger; it is switched on again if need be."""
        if not self.enabled:
            await self._switch(wait=False)
        await drawn(self.house, energy_wh)

    async def _until_written(self) -> None:
        """Wait until somebody writes to the ledger."""
        before = _written(self.house.hass.folder)
        async with asyncio.timeout(OTHERS_S):
            while _written(self.house.hass.folder) == before:  # noqa: ASYNC110 a file has no event here
                await asyncio.sleep(0.001)


def _written(folder: Path) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns for path in sorted(folder.glob("ev_sessions.db*")))
