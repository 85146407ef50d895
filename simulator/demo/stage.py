"""Puts the demo together: plant, Home Assistant, the integration by its own flows, a month of past, a dashboard."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from pathlib import Path

from simulator.demo import dashboard, flows
from simulator.demo.brands import BREAKER, BREAKER_A, CHARGERS, PAYER, STATIONS, VEHICLES
from simulator.demo.history import Past, past_month
from simulator.demo.names import Names
from simulator.hass.client import HassClient, HassError
from simulator.hass.folder import IMPORTS, clear
from simulator.hass.process import HassProcess, free_port
from simulator.household import CHARGING_PLACES, HOUSEHOLD
from simulator.link import PlantLink, plant_link
from simulator.process import plant_server

SITE = "Home"
FUSE_A = 25.0
_COMPONENTS = tuple(charger.domain for charger in CHARGERS)
#: Generous: on a slow machine a first start is slow in each of its steps.
_FIRST_SESSION_S = 240.0
_IMPORT_S = 360.0
#: Lies in a folder whose first start came to its end.
_COMPLETE = "complete"

type Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the demo was asked for. `port` None: the usual one, or any that is free."""

    folder: Path
    port: int | None = None
    speed: float = 1.0
    seed: int = 1
    fresh: bool = False
    quiet: bool = False  # a house that draws nothing but what is switched on, and cars that come by command only


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A demo that runs."""

    hass: HassProcess
    client: HassClient
    plant: PlantLink
    names: Names

    @property
    def url(self) -> str:
        """Return the address of the dashboard."""
        return f"{self.hass.url}/{dashboard.PATH}/live"


@asynccontextmanager
async def stage(options: Options, say: Say) -> AsyncGenerator[Stage]:
    """Run the demo for the time of a `with` block; whatever was started is gone afterwards."""
    complete = options.folder / _COMPLETE
    if options.fresh or not complete.exists():
        # A first start that was broken off leaves half a house, which no later start would mend.
        clear(options.folder)
    options.folder.mkdir(parents=True, exist_ok=True)
    config = options.folder / "config"
    config.mkdir(exist_ok=True)
    dashboard.write_empty(config)
    async with AsyncExitStack() as stack:
        hass = HassProcess(config, port=options.port, extra=dashboard.CONFIGURATION, components=_COMPONENTS)
        client = await stack.enter_async_context(HassClient(hass.url))
        stack.push_async_callback(hass.stop)
        say("starting Home Assistant")
        await hass.launch()
        # While it starts.
        past = await asyncio.to_thread(_past, options, say)
        plant_port = _port(options.folder, "plant-port")
        ocpp_port = _port(options.folder, "ocpp-port")
        await stack.enter_async_context(plant_server(*_plant_options(options, plant_port, ocpp_port)))
        plant = await stack.enter_async_context(plant_link("127.0.0.1", plant_port))
        if not options.quiet:
            # Early: what polls it takes ten seconds to see a car.
            await plant.ask("plug_in", charger="garage")
        # Once more, so that it ends before the plant does.
        stack.push_async_callback(hass.stop)
        await hass.wait_running(client)
        if not await client.entries("ev_sessions"):
            await _set_up(client, config, plant_port, ocpp_port, past, say)
        complete.touch()
        names = await Names.read(client)
        dashboard.write(config, names)
        yield Stage(hass=hass, client=client, plant=plant, names=names)


async def begin_session(running: Stage, say: Say) -> None:
    """Wait until Home Assistant shows the session of the car in the garage."""
    say("a car has come to the garage")
    connected = running.names.of_charger("Garage", "connected")
    await running.client.wait_until(
        "a session in the garage", lambda states: states[connected]["state"] == "on", _FIRST_SESSION_S
    )


async def _set_up(
    client: HassClient, config: Path, plant_port: int, ocpp_port: int, past: Past | None, say: Say
) -> None:
    say("configuring through the flows")
    if not await client.entries("ev_house"):
        await flows.add_source(client, plant_port)
    for charger in CHARGERS:
        await flows.add_brand(client, plant_port, charger)
    site = await flows.add_site(client, name=SITE, fuse_a=FUSE_A, ocpp_port=ocpp_port)
    entry_id = site["result"]["entry_id"]
    next_flow = site.get("next_flow")
    flow_id = next_flow[1] if next_flow else None
    at_home = await _add_owners(client, entry_id)
    for charger in CHARGERS:
        answers = {**charger.answers, **at_home.get(charger.name, {})}
        await flows.add_charger(client, entry_id, device=charger.name, answers=answers, flow_id=flow_id)
        flow_id = None
    say("hanging the barn behind its own breaker")
    breaker = await flows.add_circuit(client, entry_id, name=BREAKER, breaker_a=BREAKER_A)
    say("taking in the stations that have called")
    for station in STATIONS:
        hangs_on = {"circuit": breaker} if station.behind_breaker else {}
        await flows.adopt_station(client, station.identity, {"name": station.name, **hangs_on, **station.answers})
    await flows.entities(client, [charger.name for charger in (*CHARGERS, *STATIONS)])
    if past is not None:
        await _import(client, config, past, say)


async def _add_owners(client: HassClient, entry_id: str) -> dict[str, dict[str, str]]:
    """Add who pays and which cars there are; return what each charger has to know of them."""
    payer = await flows.add_owner(client, entry_id, "payer", name=PAYER, answers={"postal_address": "Main Street 1"})
    found: dict[str, dict[str, str]] = {}
    for car in VEHICLES:
        answers = {**car.answers, **({"payer": payer} if car.payer else {})}
        vehicle = await flows.add_owner(client, entry_id, "vehicle", name=car.name, answers=answers)
        found[car.charger] = {"vehicle": vehicle}
    return found


async def _import(client: HassClient, config: Path, past: Past, say: Say) -> None:
    # By a file: an action's own data stands in the recorder, and a month is too much for that.
    file = config / IMPORTS / "month.json"
    await asyncio.to_thread(file.write_text, json.dumps({"sessions": past.sessions}), encoding="utf-8")
    data = {"format": "ev_sessions", "path": str(file)}
    async with asyncio.timeout(_IMPORT_S):
        answer = await client.call("ev_sessions", "import_sessions", data, response=True)
    say(f"{answer['added']} sessions of the past month imported")
    if answer["rejected"] or answer["added"] != len(past.sessions):
        raise HassError(f"the import took not all of {len(past.sessions)} sessions: {answer}")


def _past(options: Options, say: Say) -> Past | None:
    """Simulate the month before now, once for a folder; the registers go on where it ends."""
    registers = options.folder / "registers.json"
    if registers.exists():
        return None
    past = past_month(seed=options.seed, end=datetime.now(UTC), places=CHARGING_PLACES, site=SITE)
    kept = {place.charger.id: place.register_wh for place in HOUSEHOLD} | past.registers_wh
    registers.write_text(json.dumps(kept), encoding="utf-8")
    say(f"a month went by in the simulator: {len(past.sessions)} sessions")
    return past


def _port(folder: Path, name: str) -> int:
    """Return a port that the folder's Home Assistant knows."""
    kept = folder / name
    if not kept.exists():
        kept.write_text(str(free_port()), encoding="utf-8")
    return int(kept.read_text(encoding="utf-8"))


def _plant_options(options: Options, port: int, ocpp_port: int) -> list[str]:
    arguments = ["--branded", "--port", str(port), "--seed", str(options.seed), "--speed", str(options.speed)]
    arguments += ["--registers", str(options.folder / "registers.json")]
    arguments += ["--stations", f"ws://127.0.0.1:{ocpp_port}"]
    arguments += ["--station-memory", str(options.folder / "stations.json")]
    if options.quiet:
        arguments += ["--empty-house", "--no-plan", "--solar-peak", "0"]
    return arguments
