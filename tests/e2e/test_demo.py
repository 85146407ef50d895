"""The demo does what its one line promises."""

from pathlib import Path
import re

import pytest

from simulator.hass.client import HassClient
from tests.e2e.demo_run import break_off, command_of, demo, headless_check
from tests.e2e.patience import STORY_S

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(STORY_S), pytest.mark.usefixtures("socket_enabled")]


async def test_demo_is_ready_with_a_live_session_and_ctrl_c_ends_all_of_it(tmp_path: Path) -> None:
    async with demo(tmp_path) as running:
        async with HassClient(running.url.removesuffix("/ev-house/live")) as client:
            found = await client.call("ev_sessions", "get_sessions", {"limit": 1000}, response=True)
            (live,) = [session for session in found["sessions"] if session["status"] == "open"]
            assert live["charger"] == "Garage"
            assert found["total"] > 20
        family = running.family()
        assert any("homeassistant" in command for command in family.values())
        assert any("simulator.server" in command for command in family.values())
        assert await running.interrupt() == 0
        assert [command_of(pid) for pid in family] == [""] * len(family)


async def test_second_demo_finds_everything_as_it_was_but_not_what_a_broken_off_first_start_left(
    tmp_path: Path,
) -> None:
    totals = []
    assert await break_off(tmp_path, "taking in the stations") == 0
    for _ in range(2):
        async with demo(tmp_path) as running:
            async with HassClient(running.url.removesuffix("/ev-house/live")) as client:
                found = await client.call("ev_sessions", "get_sessions", {"limit": 1}, response=True)
                totals.append(found["total"])
            assert await running.interrupt() == 0
    assert totals[0] > 20
    assert totals[0] <= totals[1] <= totals[0] + 1


async def test_headless_check_sees_the_car_step_back_and_energy_and_cost_come_true(tmp_path: Path) -> None:
    status, output = await headless_check(tmp_path)
    assert status == 0, output
    assert re.search(r"the car fell to \d+\.\d A after \d+\.\d s", output), output
    assert re.search(r"the register grew by 0\.\d+ kWh, the session says the same", output), output


async def test_headless_check_fails_with_the_reason_when_balancing_is_off(tmp_path: Path) -> None:
    status, output = await headless_check(tmp_path, "--balancing-off")
    assert status == 1, output
    assert "failed: not in 30 s: the car, which drew" in output
