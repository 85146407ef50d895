"""Real processes for the stories here: a plant that outlives Home Assistant, and Home Assistant on a fresh folder."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from simulator.hass.process import hass_process
from simulator.link import plant_link
from simulator.process import plant_server
from tests.e2e.real_house import RealHouse


@pytest.fixture
async def real_house(tmp_path: Path, socket_enabled: None) -> AsyncGenerator[RealHouse]:
    """Start both; both are gone afterwards."""
    async with (
        plant_server("--no-plan", "--empty-house", "--seed", "1") as port,
        plant_link("127.0.0.1", port) as plant,
        hass_process(tmp_path / "config") as (hass, client),
    ):
        flow = await client.start_flow("ev_house")
        await client.step_flow(flow, {"host": "127.0.0.1", "port": port, "start_delay_s": 0})
        yield RealHouse(hass=hass, client=client, plant=plant, plant_port=port)
