"""Grid meters of all paces, in real time and in one real Home Assistant: a site for each, on a plant of its own.

The house takes much at once while the car charges fast, and later the meter dies. When a charger was told is what the
charger saw, when the meter reported is what Home Assistant says.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
import os
from pathlib import Path
import time
from typing import Any

import pytest

from simulator.demo import flows
from simulator.demo.names import Names
from simulator.hass.client import HassClient, Json
from simulator.hass.process import HassProcess, free_port, hass_process
from simulator.link import PlantLink, plant_link
from simulator.process import plant_server
from tests.e2e.patience import OTHERS_S, STORY_S
from tests.e2e.set_up import QUIET_PLANT, errors_of_ours, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(STORY_S), pytest.mark.usefixtures("socket_enabled")]

FUSE_A = 25.0
FALLBACK_A = 6.0
MOST_A = 16.0
#: The plant lives in steps of at most so much, and is looked at so often.
TICK_S = 0.25
LOOK_S = 0.05
#: What we may take of our own, and a busy machine for its part: both are small beside any of the paces.
OURS_S = 0.1
MACHINE_S = 1.0
#: A charger has obeyed after this, and its car followed after that.
OBEYS_S = 1.5
FOLLOWS_S = 8.0
#: A step is answered by so many commands at the most.
FEW = 3
#: What three sites may take of a core, of which one hears five reports a second. Measured: 0.02 on a quiet machine.
MOST_CORE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A meter's pace, what is switched on in its house, and what the fuse leaves its chargers then (together)."""

    house: str
    period_s: float
    delay_s: float
    left_a: tuple[float, float]
    load: str = "sauna"
    apart_s: float = 0.0
    has_station: bool = False

    @property
    def shows_s(self) -> float:
        """Return after how long it shows a step at the latest."""
        return self.period_s + self.delay_s

    @property
    def timeout_s(self) -> float:
        """Return for how long it may be silent while its delay is not known."""
        return min(180.0, max(30.0, 3 * self.period_s + 2.0))


#: Of 25 A a sauna takes 13 and a kettle 9.6; two chargers share whole amperes.
QUICK = Pace(house="Quick", period_s=0.2, delay_s=0.0, load="kettle", left_a=(14.0, 15.4), has_station=True)
#: Its values come one by one, as from a meter that is polled. Nobody knows yet how late it is: the car's own rise, seen
#: late, may be taken for a load that comes and goes, so that it is left less at first.
LATE = Pace(house="Late", period_s=10.0, delay_s=10.0, left_a=(6.0, 11.0), apart_s=0.05)
#: A margin of one ampere.
MINUTE = Pace(house="Minute", period_s=60.0, delay_s=0.0, left_a=(10.0, 10.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a charger was told, as its plant showed it at an instant (s of the wall clock)."""

    at_s: float
    commands: int
    limit_a: float


@dataclass(kw_only=True)
class PacedHouse:
    """A house on a plant of its own, and what its chargers were told."""

    pace: Pace
    client: HassClient
    plant: PlantLink
    names: Names
    told: dict[str, list[Told]] = field(default_factory=dict)
    flow_a: tuple[float, ...] = (0.0, 0.0, 0.0)
    figures: dict[str, Any] = field(default_factory=dict)
    stepped_s: float = 0.0

    @property
    def chargers(self) -> tuple[str, ...]:
        """Return what the plant calls the chargers that we command: by entities, and by OCPP."""
        return ("garage", "annex") if self.pace.has_station else ("garage",)

    @property
    def limits_a(self) -> list[float]:
        """Return what they are limited to now."""
        return [told[-1].limit_a for told in self.told.values()]

    @property
    def calm_s(self) -> float:
        """Return for how long none of them was told anything."""
        return time.time() - max(told[-1].at_s for told in self.told.values())

    def since(self, name: str, at_s: float) -> list[Told]:
        """Return what was new at a charger after an instant."""
        return [told for told in self.told[name] if told.at_s > at_s]

    def commands(self, name: str, at_s: float) -> int:
        """Return how many commands a charger got after an instant; what a station is told shows as another limit."""
        if name == "annex":
            return len(self.since(name, at_s))
        return self.told[name][-1].commands - [told for told in self.told[name] if told.at_s <= at_s][-1].commands

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[None]:
        """Note what its chargers are told for the time of a `with` block."""

        async def watch() -> None:
            while True:
                truth = await self.plant.ask("truth")
                at_s, self.flow_a = time.time(), tuple(truth["line_currents_a"])
                for name in self.chargers:
                    commands, limit_a = (truth["chargers"][name][key] for key in ("commands", "limit_a"))
                    told = self.told.setdefault(name, [])
                    if not told or (commands, limit_a) != (told[-1].commands, told[-1].limit_a):
                        told.append(Told(at_s=at_s, commands=commands, limit_a=limit_a))
                await asyncio.sleep(LOOK_S)

        watcher = asyncio.create_task(watch())
        try:
            yield
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher

    async def shown(self, key: str) -> Json:
        """Return the state of an entity of the site."""
        return (await self.client.states())[self.names.of_site(key)]

    async def charge_fast(self) -> None:
        """Let the cars come, and have all that the fuse leaves or they can take."""
        for name in self.chargers:
            await self.plant.ask("plug_in", charger=name, need_kwh=30)

        async def is_fast() -> bool:
            return max(self.flow_a) >= min(FUSE_A - 2.5, len(self.chargers) * MOST_A - 0.5) and self.calm_s > FOLLOWS_S

        await until(f"{self.pace.house} charges fast", is_fast, 3 * OTHERS_S)

    async def step(self) -> None:
        """Let the house take much at once; the chargers are lowered once, within the meter's pace and a little."""
        pace = self.pace
        await self.plant.ask("set_load", load=pace.load, on=True)
        begin_s = self.stepped_s = time.time()

        async def are_told() -> bool:
            return all(self.since(name, begin_s) for name in self.chargers)

        await until(f"{pace.house} makes way", are_told, pace.shows_s + OTHERS_S)
        took_s = [self.since(name, begin_s)[0].at_s - begin_s for name in self.chargers]
        self.figures["step_s"] = [round(one_s, 2) for one_s in took_s]
        await asyncio.sleep(OBEYS_S + TICK_S)
        left_a = sum(self.limits_a)
        self.figures["left_a"] = left_a  # together
        assert max(took_s) <= pace.shows_s + TICK_S + LOOK_S + OURS_S + MACHINE_S
        assert pace.left_a[0] <= left_a <= pace.left_a[1]
        shown = await self.shown("quicker_meter_gain")
        assert shown["attributes"]["meter_period_s"] == pytest.approx(pace.period_s, rel=0.1, abs=0.1)
        # What a quicker one would gain is told when a car has wanted power for half an hour.
        assert (shown["state"], shown["attributes"]["gain_a"]) == ("unknown", None)

    async def settle(self, seconds: float) -> None:
        """Let the cars follow, and hold that there was no flood of commands."""
        await asyncio.sleep(FOLLOWS_S)
        assert max(self.flow_a) <= FUSE_A + 0.3
        await asyncio.sleep(seconds)
        counts = self.figures["commands"] = [self.commands(name, self.stepped_s) for name in self.chargers]
        assert max(counts) <= FEW

    async def lose(self) -> None:
        """Let the meter die; the chargers come to their fallback within its time-out, and nobody is raised before."""
        pace, limits_a = self.pace, dict(zip(self.chargers, self.limits_a, strict=True))
        await self.plant.ask("set_meter", silent=True)
        begin_s = time.time()

        async def are_back() -> bool:
            is_lost = (await self.shown("balancing_state"))["state"] == "meter_lost"
            return is_lost and all(limit_a == FALLBACK_A for limit_a in self.limits_a)

        await until(f"{pace.house} falls back", are_back, pace.timeout_s + OTHERS_S)
        lost = await self.shown("balancing_state")
        reported = (await self.client.states())[f"sensor.grid_meter_{pace.house.lower()}_current_l3"]["last_reported"]
        last_s = datetime.fromisoformat(reported).timestamp()
        took_s = [told.at_s - last_s for name in self.chargers for told in self.since(name, begin_s)[:1]]
        took_s.append(datetime.fromisoformat(lost["last_changed"]).timestamp() - last_s)
        self.figures["fallback_s"] = [round(one_s, 1) for one_s in took_s]
        assert max(took_s) <= pace.timeout_s + TICK_S + LOOK_S + OURS_S + MACHINE_S
        for name in self.chargers:
            assert all(told.limit_a <= limits_a[name] for told in self.since(name, begin_s))


async def add_house(client: HassClient, pace: Pace, plant: PlantLink, ocpp_port: int) -> PacedHouse:
    """Set a site up on its house's meter, with the garage's charger, and the annex's where that is a station."""
    house = pace.house.lower()
    more = {
        **{f"import_l{line}": f"sensor.grid_meter_{house}_current_l{line}" for line in (1, 2, 3)},
        "total_power": None,
        "entity_id": f"sensor.electricity_price_{house}_current_price",
    }
    listens = ocpp_port if pace.has_station else None
    site = await flows.add_site(client, name=pace.house, fuse_a=FUSE_A, ocpp_port=listens, more=more)
    entry_id, chargers = site["result"]["entry_id"], ["Garage"]
    await flows.add_charger(
        client,
        entry_id,
        device=f"Ladewerk Garage {pace.house}",
        answers={"name": "Garage"},
        flow_id=site["next_flow"][1],
    )
    if pace.has_station:
        answers = {"name": "Annex", "protection": "none", "free": True, "max_a": MOST_A}
        await flows.adopt_station(client, "ANNEX-01", answers)
        chargers.append("Annex")
    names = await flows.entities(client, chargers, entry_id)
    return PacedHouse(pace=pace, client=client, plant=plant, names=names)


@asynccontextmanager
async def plants_and_hass(
    folder: Path, paces: tuple[Pace, ...], ocpp_port: int
) -> AsyncGenerator[tuple[HassProcess, HassClient, list[PlantLink]]]:
    """Run a plant for each pace and one Home Assistant that knows them all."""
    async with AsyncExitStack() as stack:
        ports = []
        for pace in paces:
            options = ["--house", pace.house, "--meter-period", str(pace.period_s)]
            options += ["--meter-delay", str(pace.delay_s), "--meter-apart", str(pace.apart_s)]
            if pace.has_station:
                options += ["--stations", f"ws://127.0.0.1:{ocpp_port}/ocpp"]
            ports.append(await stack.enter_async_context(plant_server(*QUIET_PLANT, *options)))
        plants = [await stack.enter_async_context(plant_link("127.0.0.1", port)) for port in ports]
        hass, client = await stack.enter_async_context(hass_process(folder / "config"))
        for port in ports:
            await flows.add_source(client, port)
        yield hass, client, plants


async def busy(hass: HassProcess, seconds: float) -> float:
    """Return the part of a core that Home Assistant takes over some seconds."""

    def cpu_s() -> float:
        fields = Path(f"/proc/{hass.pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before_s, begin_s = cpu_s(), time.monotonic()
    await asyncio.sleep(seconds)
    return (cpu_s() - before_s) / (time.monotonic() - begin_s)


async def live(house: PacedHouse, hass: HassProcess, *, dies: bool) -> None:
    """Live a house's story, to the death of its meter where that is asked for."""
    async with house.watched():
        await house.charge_fast()
        if house.pace is QUICK:
            house.figures["busy"] = round(await busy(hass, 8.0), 3)
            assert house.figures["busy"] < MOST_CORE
        await house.step()
        if house.pace is not LATE:
            await house.settle(8.0)
        if dies:
            await house.lose()


async def live_all(folder: Path, paces: tuple[Pace, ...], dying: tuple[Pace, ...], note: Any) -> None:
    """Live through all paces at once; whose meter is to die is in `dying`, too."""
    ocpp_port = free_port()
    houses: list[PacedHouse] = []
    async with plants_and_hass(folder, paces, ocpp_port) as (hass, client, plants):
        try:
            async with asyncio.TaskGroup() as lives:
                for pace, plant in zip(paces, plants, strict=True):
                    houses.append(await add_house(client, pace, plant, ocpp_port))
                    lives.create_task(live(houses[-1], hass, dies=pace in dying))
        finally:
            for house in houses:
                told = f"{house.pace.house}: {house.figures}"
                print(told)  # noqa: T201
                note(house.pace.house, told)
        assert errors_of_ours(hass.log) == []


async def test_house_that_takes_much_is_answered_within_the_pace_of_its_meter_and_a_dead_one_is_missed(
    tmp_path: Path, record_property: Any
) -> None:
    # The slowest is begun first.
    await live_all(tmp_path, (MINUTE, LATE, QUICK), (LATE, QUICK), record_property)


@pytest.mark.long
async def test_meter_of_a_minute_that_dies_is_missed_within_three_minutes(tmp_path: Path, record_property: Any) -> None:
    await live_all(tmp_path, (MINUTE,), (MINUTE,), record_property)
