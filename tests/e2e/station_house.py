"""A real Home Assistant with a site that listens for stations, and as many of them as a story wants."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from ulid_transform import ulid_now

from simulator.demo import flows
from simulator.hass.client import HassClient, Json
from simulator.hass.process import free_port
from simulator.ocpp.behaviour import Behaviour
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.e2e.real_house import RealHouse
from tests.e2e.set_up import house_on

#: A station that may charge without a card, and that is watched and not commanded.
WATCHED: Mapping[str, Any] = {"protection": "none", "free": True, "controllable": False, "max_a": 32}


@dataclass(frozen=True, slots=True, kw_only=True)
class StationHouse:
    """The processes, and where stations call."""

    house: RealHouse
    port: int
    entry_id: str

    @property
    def url(self) -> str:
        """Return where stations call."""
        return f"ws://127.0.0.1:{self.port}/ocpp"

    @property
    def client(self) -> HassClient:
        """Return the way in."""
        return self.house.client

    async def sessions(self) -> dict[str, list[Json]]:
        """Return all sessions by the name of their charger, the oldest first."""
        asked = {"include_periods": True, "include_empty": True, "limit": 1000, "order": "oldest"}
        found = await self.client.call("ev_sessions", "get_sessions", asked, response=True)
        by_charger: dict[str, list[Json]] = {}
        for session in found["sessions"]:
            by_charger.setdefault(session["charger"], []).append(session)
        return by_charger

    async def adopt(self, identity: str, version: str, name: str, answers: Mapping[str, Any] = WATCHED) -> None:
        """Let a station call that nobody knows, and take it in as its owner would."""
        station = Station(self.url, identity, DIALECTS[version], behaviour=Behaviour(reconnect_s=0.2))
        async with station.running():
            await flows.adopt_station(self.client, identity, {"name": name, **answers})

    async def multiply(self, original: str, copies: Sequence[tuple[str, str, int]]) -> None:
        """Add stations that are like an adopted one: identity, name and number of EVSEs of each.

        Each that is added by hand would set the whole site up anew; Home Assistant has to be down for this.
        """
        storage = self.house.hass.folder / ".storage" / "core.config_entries"
        kept = json.loads(storage.read_text(encoding="utf-8"))
        (entry,) = [one for one in kept["data"]["entries"] if one["entry_id"] == self.entry_id]
        (like,) = [one for one in entry["subentries"] if one["unique_id"] == f"ocpp:{original}"]
        for identity, name, evses in copies:
            copy = deepcopy(like)
            copy |= {"subentry_id": ulid_now(), "title": name, "unique_id": f"ocpp:{identity}"}
            copy["data"]["ocpp"]["identity"] = identity
            copy["data"]["evses"] = [{"evse": number} for number in range(1, evses + 1)]
            entry["subentries"].append(copy)
        storage.write_text(json.dumps(kept), encoding="utf-8")


@asynccontextmanager
async def station_house(folder: Path, *, fuse_a: float = 900.0) -> AsyncGenerator[StationHouse]:
    """Run it for the time of a `with` block."""
    async with house_on(folder) as house:
        port = free_port()
        site = await flows.add_site(house.client, name="Home", fuse_a=fuse_a, ocpp_port=port)
        yield StationHouse(house=house, port=port, entry_id=site["result"]["entry_id"])
