"""Real processes for the stories here: a plant that outlives Home Assistant, and Home Assistant on a fresh folder."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from simulator.demo import flows
from simulator.hass.process import hass_process
from simulator.link import plant_link
from simulator.process import plant_server
from tests.e2e.real_house import RealHouse, RealSite


@pytest.fixture
async def real_house(tmp_path: Path, socket_enabled: None) -> AsyncGenerator[RealHouse]:
    """Start both; both are gone afterwards."""
    async with (
        plant_server("--no-plan", "--empty-house", "--seed", "1", "--solar-peak", "0") as port,
        plant_link("127.0.0.1", port) as plant,
        hass_process(tmp_path / "config") as (hass, client),
    ):
        await flows.add_source(client, port)
        yield RealHouse(hass=hass, client=client, plant=plant, plant_port=port)


@pytest.fixture
async def real_site(real_house: RealHouse) -> RealSite:
    """Set our integration up on it, as a person would."""
    client = real_house.client
    site = await flows.add_site(client, name="Home", fuse_a=25.0)
    entry_id = site["result"]["entry_id"]
    next_flow = site["next_flow"][1]
    await flows.add_charger(client, entry_id, device="Ladewerk Garage", answers={"name": "Garage"}, flow_id=next_flow)
    return RealSite(house=real_house, names=await flows.entities(client, ["Garage"]))
