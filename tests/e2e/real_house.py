"""What a story here is given."""

from dataclasses import dataclass

from simulator.demo.names import Names
from simulator.hass.client import HassClient, Json
from simulator.hass.process import HassProcess
from simulator.link import PlantLink


@dataclass(frozen=True, slots=True, kw_only=True)
class RealHouse:
    """A plant without a plan of its own, and a Home Assistant with the house's integration set up."""

    hass: HassProcess
    client: HassClient
    plant: PlantLink
    plant_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RealSite:
    """The same, with our site and the garage's charger set up through the flows."""

    house: RealHouse
    names: Names

    async def sessions(self) -> list[Json]:
        """Return all sessions, oldest first, with their periods."""
        asked = {"include_periods": True, "include_empty": True, "limit": 1000, "order": "oldest"}
        found = await self.house.client.call("ev_sessions", "get_sessions", asked, response=True)
        sessions: list[Json] = found["sessions"]
        return sessions
