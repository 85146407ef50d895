"""The stations of the house: which of the plant's outlets they have, and who drives up to them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from simulator.plant.plant import Plant

from .behaviour import Behaviour, StationModel
from .outlet import PlantOutlet
from .station import Station
from .versions import DIALECTS

_SAVE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseStation:
    """A station of the house; `outlets` are chargers of the plant, the first is its first connector."""

    identity: str
    version: str
    model: StationModel
    outlets: tuple[str, ...]
    token: str


STATIONS = (
    HouseStation(
        identity="BARN-01",
        version="1.6",
        model=StationModel(vendor="Ladewerk", model="Zwilling 22", serial="LW22-48117", firmware="3.0.8"),
        outlets=("barn_left", "barn_right"),
        token="04A1B2C3D4E580",  # noqa: S106 - a card, and nobody's
    ),
    HouseStation(
        identity="ANNEX-01",
        version="2.0.1",
        model=StationModel(vendor="Ladewerk", model="Solo 11", serial="LW11-20653", firmware="5.2.1"),
        outlets=("annex",),
        token="04F7E6D5C4B380",  # noqa: S106 - a card, and nobody's
    ),
)


class StationsOfHouse:
    """The stations on a plant. What they were told (settings, a password) is kept in `memory`."""

    def __init__(self, plant: Plant, url: str, *, memory: Path | None = None) -> None:
        self._memory = memory
        kept = _read(memory)
        self.stations = [self._station(plant, url, station, kept.get(station.identity, {})) for station in STATIONS]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Let them live for the time of a `with` block."""
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(station.run()) for station in self.stations]
        tasks.append(loop.create_task(self._keep()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            self._save()

    @staticmethod
    def _station(plant: Plant, url: str, station: HouseStation, kept: dict[str, Any]) -> Station:
        found = Station(
            url,
            station.identity,
            DIALECTS[station.version],
            model=station.model,
            behaviour=Behaviour(tap_token=station.token, tap_after_s=2.0, reconnect_s=1.0),
            outlets=[PlantOutlet(plant.chargers[charger]) for charger in station.outlets],
            password=kept.get("password"),
        )
        found.dialect.settings.recall(kept.get("settings", {}))
        return found

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_S)
            self._save()

    def _save(self) -> None:
        if self._memory is None:
            return
        kept = {
            station.identity: {"password": station.line.password, "settings": station.dialect.settings.kept()}
            for station in self.stations
        }
        if kept != _read(self._memory):
            fresh = self._memory.with_suffix(".new")
            fresh.write_text(json.dumps(kept), encoding="utf-8")
            fresh.replace(self._memory)


def _read(memory: Path | None) -> dict[str, Any]:
    if memory is None or not memory.exists():
        return {}
    found: dict[str, Any] = json.loads(memory.read_text(encoding="utf-8"))
    return found
