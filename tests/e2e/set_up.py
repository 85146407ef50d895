"""A whole site on real processes, on whatever plant and whatever Home Assistant a story asks for."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
import json
from pathlib import Path
from typing import Any

from simulator.demo import flows
from simulator.hass.client import HassClient, HassError, Json
from simulator.hass.process import hass_process
from simulator.link import plant_link
from simulator.process import plant_server
from tests.e2e.patience import OTHERS_S
from tests.e2e.real_house import RealHouse, RealSite

#: No appliances, no sun, nobody who comes by a plan: all that happens is what the story does.
QUIET_PLANT = ("--no-plan", "--empty-house", "--seed", "1", "--solar-peak", "0")


@asynccontextmanager
async def house_on(
    folder: Path, *plant_options: str, python: Path | None = None, components: Sequence[str] = ()
) -> AsyncGenerator[RealHouse]:
    """Run a quiet plant and a Home Assistant with the house's integration for the time of a `with` block."""
    async with (
        plant_server(*QUIET_PLANT, *plant_options) as port,
        plant_link("127.0.0.1", port) as plant,
        hass_process(folder / "config", python=python, components=components) as (hass, client),
    ):
        await flows.add_source(client, port)
        yield RealHouse(hass=hass, client=client, plant=plant, plant_port=port)


async def add_site(
    house: RealHouse, *, ocpp_port: int | None = None, answers: Mapping[str, Any] | None = None
) -> RealSite:
    """Walk our flows: a site on the house's meter and price, and the garage's charger; `answers` are the site's."""
    site = await flows.add_site(house.client, name="Home", fuse_a=25.0, ocpp_port=ocpp_port, more=answers)
    entry_id = site["result"]["entry_id"]
    await flows.add_charger(
        house.client,
        entry_id,
        device="Ladewerk Garage",
        answers={"name": "Garage"},
        flow_id=site["next_flow"][1],
    )
    return RealSite(house=house, names=await flows.entities(house.client, ["Garage"]))


async def source_delay(house: RealHouse, delay_s: int) -> None:
    """Let the house's integration come so late from the next start on; -1 is never."""
    (entry,) = await house.client.entries("ev_house")
    flow = await house.client.start_flow("ev_house", entry_id=entry["entry_id"])
    answers = {"host": "127.0.0.1", "port": house.plant_port, "start_delay_s": delay_s}
    answer = await house.client.step_flow(flow, answers)
    assert answer["reason"] == "reconfigure_successful", answer
    storage = house.hass.folder / ".storage" / "core.config_entries"

    async def is_kept() -> bool:
        # Home Assistant writes it some moments later, and a kill in between would undo it.
        (entry,) = [one for one in json.loads(storage.read_text())["data"]["entries"] if one["domain"] == "ev_house"]
        return bool(entry["data"] == answers)

    await until("the delay is kept", is_kept, OTHERS_S)


async def issues(client: HassClient) -> list[Json]:
    """Return what our integration asks the owner to mend."""
    found = await client.command("repairs/list_issues")
    return [issue for issue in found["issues"] if issue["domain"] == "ev_sessions"]


def errors_of_ours(log: str) -> list[str]:
    """Return the lines of a log in which our integration failed."""
    lines = log.splitlines()
    return [
        "\n".join(lines[number : number + 12])
        for number, line in enumerate(lines)
        if " ERROR " in line and "ev_sessions" in "".join(lines[number : number + 12])
    ]


async def until(what: str, probe: Callable[[], Awaitable[bool]], timeout_s: float) -> None:
    """Ask until it is so; HassError when the time is over."""
    try:
        async with asyncio.timeout(timeout_s):
            while not await probe():  # noqa: ASYNC110 what is asked here tells no event
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise HassError(f"not in {timeout_s:.0f} s: {what}") from None


async def all_ended(site: RealSite) -> None:
    """Wait until the car that left is known to have left: one that is back at once was never gone."""

    async def are() -> bool:
        return all(session["status"] == "ended" for session in await site.sessions())

    await until("all sessions have ended", are, OTHERS_S)


async def drawn(house: RealHouse, energy_wh: float) -> None:
    """Wait until so much more has truly gone through the garage's charger."""

    async def register_wh() -> float:
        truth = await house.plant.ask("truth")
        return float(truth["chargers"]["garage"]["register_wh"])

    goal_wh = await register_wh() + energy_wh

    async def is_there() -> bool:
        return await register_wh() >= goal_wh

    # At the least current that cars charge with, a Wh takes less than a second.
    await until(f"{energy_wh} Wh more are drawn", is_there, OTHERS_S + 4 * energy_wh)
