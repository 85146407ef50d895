"""A plant that is served in the test's own loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from simulator.household import HOUSEHOLD
from simulator.plant.meter import GridMeter
from simulator.plant.plant import Place, Plant
from simulator.server import PlantServer

#: Chargers and cars take seconds for what they do, and nobody is here who would have to keep up.
HASTE = 8.0
_PLACES = [Place(charger=place.charger, car=place.car, visits_per_day=0) for place in HOUSEHOLD]


@asynccontextmanager
async def served(
    *,
    registers: Path | None = None,
    port: int = 0,
    branded: bool = False,
    haste: float = HASTE,
    house: str = "",
    meter: GridMeter | None = None,
) -> AsyncGenerator[tuple[PlantServer, int]]:
    """Serve a house that draws nothing of its own, in a time that runs faster than ours."""
    meter = meter or GridMeter(period_s=0.25, delay_s=0.25)
    plant = Plant(seed=1, start=datetime.now(UTC), places=_PLACES, appliances={}, meter=meter)
    server = PlantServer(plant, registers=registers, branded=branded, house=house)
    port = await server.start(port)
    task = asyncio.get_running_loop().create_task(server.run(haste=haste))
    try:
        yield server, port
    finally:
        await server.close()
        async with asyncio.timeout(30):
            await task


async def until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait until the other side has done something."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 what the other side does has no event here
            await asyncio.sleep(0.02)
