"""The demo does what its one line promises."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
import re

import pytest

from simulator.hass.client import HassClient
from simulator.hass.process import free_port
from simulator.link import plant_link
from tests.e2e.demo_run import break_off, command_of, demo, headless_check
from tests.e2e.patience import OTHERS_S, STORY_S

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
    begun = datetime.now(UTC)
    assert await break_off(tmp_path, "taking in the stations") == 0
    async with demo(tmp_path) as running:
        first = await _sessions(running.url)
        assert await running.interrupt() == 0
    assert sum(start < begun for start in first.values()) > 20
    # At a port of one's own; people live so much faster that one comes or goes every few seconds.
    port = free_port()
    async with demo(tmp_path, "--port", str(port), "--speed", "2000") as running:
        assert running.url == f"http://127.0.0.1:{port}/ev-house/live"
        second = await _sessions(running.url)
        async with plant_link("127.0.0.1", int((tmp_path / "show" / "plant-port").read_text())) as plant:
            async with asyncio.timeout(OTHERS_S):
                while len((await plant.ask("truth"))["plugs"]) < 5:  # noqa: ASYNC110 the plant tells no such event
                    await asyncio.sleep(0.5)
        assert await running.interrupt() == 0
    assert first.keys() <= second.keys()
    assert all(start >= begun for session_id, start in second.items() if session_id not in first)
    # Only who asks for it begins anew.
    assert await break_off(tmp_path, "starting Home Assistant", "--fresh") == 0
    assert _ledgers(tmp_path) == []


def _ledgers(folder: Path) -> list[Path]:
    return list(folder.rglob("ev_sessions*.db"))


async def _sessions(url: str) -> dict[str, datetime]:
    """Return when each session that the demo knows began."""
    async with HassClient(url.removesuffix("/ev-house/live")) as client:
        found = await client.call("ev_sessions", "get_sessions", {"limit": 1000, "include_empty": True}, response=True)
    return {one["id"]: datetime.fromisoformat(one["start"]) for one in found["sessions"]}


async def test_headless_check_sees_the_car_step_back_and_energy_and_cost_come_true(tmp_path: Path) -> None:
    status, output = await headless_check(tmp_path)
    assert status == 0, output
    assert re.search(r"the load comes in \d+\.\d s; --seed \d+ repeats that", output), output
    assert re.search(r"the car fell to \d+\.\d A after \d+\.\d s", output), output
    assert re.search(r"the register grew by 0\.\d+ kWh, the session says the same", output), output


async def test_headless_check_fails_with_the_reason_when_balancing_is_off(tmp_path: Path) -> None:
    status, output = await headless_check(tmp_path, "--balancing-off")
    assert status == 1, output
    assert "failed: not in 30 s: the car, which drew" in output
