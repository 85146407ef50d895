"""The house's own stations: the plant's cars charge at them, and what they were told outlives their process."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.household import STATION_PLACES
from simulator.ocpp.household import StationsOfHouse
from simulator.plant.plant import Place, Plant
from tests.simulator.central import central
from tests.simulator.serving import until

pytestmark = pytest.mark.usefixtures("socket_enabled")

_PLACES = [Place(charger=place.charger, car=place.car, visits_per_day=0) for place in STATION_PLACES]


async def test_cars_of_the_plant_charge_at_the_stations_as_far_as_they_are_let(tmp_path: Path) -> None:
    plant = Plant(seed=1, start=datetime.now(UTC), places=_PLACES, appliances={})
    memory = tmp_path / "stations.json"
    async with central() as system:
        house = StationsOfHouse(plant, f"ws://127.0.0.1:{system.port}", memory=memory)
        barn, _ = house.stations
        async with house.running():
            await until(lambda: system.identities.count("ANNEX-01") == 1 and barn.accepted.is_set())
            plant.plug_in("barn_right")
            await until(lambda: barn.connectors[2].transaction is not None, 6.0)
            for _ in range(40):
                await asyncio.sleep(0)
                plant.step(1.0)
            assert plant.chargers["barn_right"].current_a == 16.0
            barn.connectors[2].error = "GroundFailure"
            await until(lambda: plant.chargers["barn_right"].limit_a == 0.0)
            barn.dialect.settings.change("MeterValueSampleInterval", "7")
        started = system.said("StartTransaction")[0]
        assert (started["connectorId"], started["idTag"]) == (2, barn.behaviour.tap_token)
        again = StationsOfHouse(plant, "ws://127.0.0.1:1", memory=memory)
        assert again.stations[0].dialect.sample_s == 7.0
