"""A real `hass` process lives, dies and comes back on the same folder while the plant goes on."""

from typing import Any

import pytest

from tests.e2e.patience import OTHERS_S, STORY_S
from tests.e2e.real_house import RealHouse

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(STORY_S)]

STATUS = "sensor.ladewerk_garage_status"


def has(entity_id: str, value: str) -> Any:
    def probe(states: dict[str, Any]) -> bool:
        return entity_id in states and states[entity_id]["state"] == value

    return probe


async def test_plant_goes_on_while_home_assistant_is_killed_and_started_again(real_house: RealHouse) -> None:
    house = real_house
    await house.plant.ask("plug_in", charger="garage")
    await house.client.wait_until("charging", has(STATUS, "charging"), OTHERS_S)
    before = (await house.plant.ask("truth"))["chargers"]["garage"]["register_wh"]
    pid = house.hass.pid

    await house.hass.kill()
    assert not await house.client.reachable()
    await house.hass.start(house.client)

    assert house.hass.pid != pid
    await house.client.wait_until("charging again", has(STATUS, "charging"), OTHERS_S)
    assert (await house.plant.ask("truth"))["chargers"]["garage"]["register_wh"] > before


async def test_source_with_a_delay_comes_that_much_later_after_a_start(real_house: RealHouse) -> None:
    house = real_house
    (entry,) = await house.client.entries("ev_house")
    flow = await house.client.start_flow("ev_house", entry_id=entry["entry_id"])
    answers = {"host": "127.0.0.1", "port": house.plant_port, "start_delay_s": 8}
    assert (await house.client.step_flow(flow, answers))["reason"] == "reconfigure_successful"
    await house.hass.stop()
    await house.hass.start(house.client)
    assert has(STATUS, "unavailable")(await house.client.states())
    await house.client.wait_until("the source", has(STATUS, "disconnected"), OTHERS_S)


async def test_log_of_a_quiet_start_has_no_error_of_ours(real_house: RealHouse) -> None:
    house = real_house
    await house.hass.stop()
    ours = [line for line in house.hass.log.splitlines() if "ERROR" in line or "Traceback" in line]
    assert not ours
