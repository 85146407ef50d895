"""What a story here is given."""

from dataclasses import dataclass

from simulator.hass.client import HassClient
from simulator.hass.process import HassProcess
from simulator.link import PlantLink


@dataclass(frozen=True, slots=True, kw_only=True)
class RealHouse:
    """A plant without a plan of its own, and a Home Assistant with the house's integration set up."""

    hass: HassProcess
    client: HassClient
    plant: PlantLink
    plant_port: int
