"""The plant's server, spoken to over real sockets."""

import asyncio
import json
from pathlib import Path
import sys
from typing import Any

import pytest

from simulator.link import LinkError, PlantLink, plant_link
from simulator.plant.meter import GridMeter
from simulator.process import REPOSITORY, plant_server
from tests.simulator.serving import HASTE, served, until

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def test_subscriber_hears_of_a_car_that_comes_and_of_the_meter() -> None:
    events: list[dict[str, Any]] = []
    async with served() as (server, port), plant_link("127.0.0.1", port) as link:
        await link.subscribe(events.append)
        await until(lambda: any(event["event"] == "meter" for event in events))
        assert {event["event"] for event in events} == {"charger", "load", "price", "meter"}
        await link.ask("plug_in", charger="garage")
        await until(lambda: any(event.get("status") == "ready_to_charge" for event in events))
        count = server.plant.meter.count
        await until(lambda: server.plant.meter.count > count + 2)


async def test_quick_meter_is_as_quick_as_it_is_said_to_be() -> None:
    async with served(meter=GridMeter(period_s=0.2, delay_s=0.0)) as (server, _):
        await until(lambda: server.plant.now_s > 8)
        assert server.plant.meter.count == pytest.approx(5 * server.plant.now_s, abs=2)


async def test_commands_reach_the_charger_and_the_truth_tells_so() -> None:
    async with served() as (_, port), plant_link("127.0.0.1", port) as link:
        await link.ask("set_limit", charger="garage", limit_a=7)
        await link.ask("set_enabled", charger="carport", enabled=False)
        await asyncio.sleep(2.0 / HASTE)  # a charger takes up to 1.5 s
        truth = await link.ask("truth")
        assert truth["chargers"]["garage"]["limit_a"] == 7.0
        assert truth["chargers"]["carport"]["enabled"] is False
        await link.ask("plug_in", charger="garage", need_kwh=5)
        await link.ask("unplug", charger="garage")
        truth = await link.ask("truth")
        assert [event["plugged"] for event in truth["plugs"]] == [True, False]


async def test_load_that_is_switched_on_flows_through_the_meter() -> None:
    events: list[dict[str, Any]] = []
    async with served() as (_, port), plant_link("127.0.0.1", port) as link:
        await link.subscribe(events.append)
        await link.ask("set_load", load="kettle", on=True)
        await until(lambda: any(e["event"] == "meter" and e["currents_a"][0] > 9 for e in events))
        await link.ask("set_load", load="step", on=True, power_w=[0, 4600, 0])
        await until(lambda: any(e["event"] == "meter" and e["currents_a"][1] == 20 for e in events))
        await link.ask("set_load", load="kettle", on=False)
        await until(lambda: events[-1]["event"] == "meter" and events[-1]["currents_a"][0] == 0)
        assert [e["on"] for e in events if e["event"] == "load" and e["load"] == "kettle"] == [False, True, False]


async def test_silent_meter_sends_nothing_and_an_offline_charger_says_so_once() -> None:
    events: list[dict[str, Any]] = []
    async with served() as (_, port), plant_link("127.0.0.1", port) as link:
        await link.subscribe(events.append)
        await until(lambda: any(event["event"] == "meter" for event in events))
        await link.ask("set_meter", silent=True)
        await link.ask("set_fault", charger="garage", online=False)
        await asyncio.sleep(1.0 / HASTE)
        events.clear()
        await asyncio.sleep(4.0 / HASTE)  # chargers tell every 2 s
        assert not [event for event in events if event["event"] == "meter" or event.get("charger") == "garage"]
        assert [event for event in events if event.get("charger") == "carport"]
        await link.ask("set_meter")
        await link.ask("set_fault", charger="garage", online=True)
        await until(lambda: any(event["event"] == "meter" for event in events))
        await until(lambda: any(e.get("charger") == "garage" and e["online"] for e in events))


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("dance", {}),
        ("set_limit", {"charger": "nobody", "limit_a": 6}),
        ("set_limit", {"charger": "garage"}),
        ("set_limit", {"charger": "garage", "limit_a": "much"}),
        ("set_fault", {"charger": "garage", "model": True}),
        ("set_load", {"load": "kettle", "on": True, "power_w": [1, 2]}),
    ],
)
async def test_bad_request_is_refused_and_the_connection_lives_on(command: str, arguments: dict[str, Any]) -> None:
    async with served() as (_, port), plant_link("127.0.0.1", port) as link:
        with pytest.raises(LinkError):
            await link.ask(command, **arguments)
        assert (await link.ask("devices"))["chargers"][0]["id"] == "garage"


async def test_line_that_is_no_json_is_answered_with_an_error() -> None:
    async with served() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello\n[]\n")
        for _ in range(2):
            answer = json.loads(await asyncio.wait_for(reader.readline(), 30))
            assert "error" in answer
        writer.close()
        await writer.wait_closed()


async def test_nobody_there_is_a_link_error() -> None:
    async with served() as (_, port):
        pass
    with pytest.raises(LinkError, match="nobody answers"):
        await PlantLink.connect("127.0.0.1", port)


async def test_link_tells_when_the_plant_has_gone() -> None:
    async with served() as (server, port):
        link = await PlantLink.connect("127.0.0.1", port)
        await server.close()
        async with asyncio.timeout(30):
            await link.wait_closed()
        with pytest.raises(LinkError):
            await link.ask("devices")
        await link.close()


async def test_registers_are_kept_while_the_plant_lives(tmp_path: Path) -> None:
    registers = tmp_path / "registers.json"
    async with served(registers=registers) as (server, _):
        server.plant.plug_in("garage")
        await until(lambda: server.plant.chargers["garage"].register_wh > 0)
        drawn = server.plant.chargers["garage"].register_wh
        await until(lambda: registers.exists() and json.loads(registers.read_text())["garage"] >= drawn)


async def test_process_serves_until_its_starter_is_gone_and_keeps_the_registers(tmp_path: Path) -> None:
    registers = tmp_path / "registers.json"
    registers.write_text('{"garage": 4711000.5}', encoding="utf-8")
    async with (
        plant_server("--registers", str(registers), "--no-plan") as port,
        plant_link("127.0.0.1", port) as link,
    ):
        assert (await link.ask("truth"))["chargers"]["garage"]["register_wh"] == 4711000.5
        registers.unlink()
    assert json.loads(registers.read_text(encoding="utf-8"))["garage"] == 4711000.5


@pytest.mark.parametrize("options", [("--lifetime", "0.5"), ("--watch-stdin",)])
async def test_process_ends_by_itself(options: tuple[str, ...]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator.server",
        *options,
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert await asyncio.wait_for(process.stdout.readline(), 80)
    if "--watch-stdin" in options:
        process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 40) == 0
