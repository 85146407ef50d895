"""In real time: how long it takes from a change of the grid meter's state to the command at a charger.

Two chargers are behind one fuse, one that speaks OCPP over a real socket and one of entities. The
house takes an ampere more, again and again, until twenty times one of them had to give it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, override

from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, callback
import pytest

from simulator.ocpp.behaviour import Behaviour
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.chargers.ocpp.rig import free_port, until
from tests.site.house import CURRENT, House, charger_data, site_entry, subentry

from .conftest import FIXED, listening
from .test_sessions import OCPP

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.usefixtures("socket_enabled")]

STEPS = 20
#: What each car takes at most, so that the house can take enough away.
MOST_A = 32.0
#: Longer than what the meter shows may be late by default: the step before is over and known.
BETWEEN_S = 2.2
FUSE_A = 67.5
#: What we may take of our own, and how often a machine may have something else to do.
MOST_S = 0.1
_ANSWERED_S = 1.0


def p95(values: list[float]) -> float:
    """Return what 95 % of the values do not exceed."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


class Wired(Station):
    """A station that notes when it is told a limit."""

    told_s: float = 0.0

    @override
    async def _handle(self, action: str, payload: Any) -> Any:
        if action == "SetChargingProfile":
            self.told_s = perf_counter()
        return await super()._handle(action, payload)


class Street:
    """The house, its meter and both chargers; the cars take at once what they are offered."""

    def __init__(self, hass: HomeAssistant, station: Wired) -> None:
        self.hass = hass
        self.station = station
        self.house = House(hass=hass, freezer=None)  # type: ignore[arg-type]
        self.house_a = 2.0
        self.called_s = 0.0
        self.ticks = 0
        hass.bus.async_listen(EVENT_CALL_SERVICE, self._called)

    @callback
    def _called(self, event: Event[Any]) -> None:
        if event.data["service_data"].get("entity_id") == "number.wallbox_limit":
            self.called_s = perf_counter()

    @property
    def drawn_a(self) -> tuple[float, float]:
        """What the charger of entities and the station draw on each line."""
        state = self.hass.states.get("number.wallbox_limit")
        assert state is not None
        on = self.hass.states.is_state("switch.wallbox_enable", "on")
        return (float(state.state) if on else 0.0, self.station.connectors[1].outlet.currents_a[0])

    def measure(self) -> float:
        """Let the meter and both chargers report; return when the meter did."""
        self.ticks += 1
        wallbox_a, station_a = self.drawn_a
        self.house.charger("charging", power_w=wallbox_a * 3 * 230)
        for line in (1, 2, 3):
            self.house.state(f"sensor.wallbox_l{line}", wallbox_a, CURRENT)
        flow_a = self.house_a + wallbox_a + station_a + 0.01 * (self.ticks % 3)
        begin_s = perf_counter()
        self.house.grid(flow_a, flow_a, flow_a)
        return begin_s

    async def live(self, seconds: float) -> None:
        """Report as meters and chargers do, for a while."""
        end_s = perf_counter() + seconds
        while perf_counter() < end_s:
            self.station.sample()
            self.measure()
            await asyncio.sleep(0.5)

    async def step(self) -> float | None:
        """Let the house take an ampere more; return after how many s a charger was told, None where none had to be."""
        before_s = max(self.called_s, self.station.told_s)
        self.house_a += 1.0
        begin_s = self.measure()
        while max(self.called_s, self.station.told_s) == before_s:
            if perf_counter() > begin_s + _ANSWERED_S:
                return None
            await asyncio.sleep(0.001)
        return max(self.called_s, self.station.told_s) - begin_s

    async def full(self) -> None:
        """Let the house be quiet until both cars have all that they can take."""
        async with asyncio.timeout(60):
            while self.drawn_a != (MOST_A, MOST_A):
                await self.live(1.0)
        await self.live(BETWEEN_S)


@asynccontextmanager
async def street(hass: HomeAssistant, tmp_path: Path) -> AsyncGenerator[Street]:
    """Set both chargers up behind one fuse, and let their cars charge."""
    hass.config.config_dir = str(tmp_path)
    port = free_port()
    station_data = {
        **charger_data(max_a=MOST_A),
        "transport": "ocpp",
        "evses": [{"evse": 1}],
        "ocpp": {**OCPP, "free": True},
    }
    lines = [f"sensor.wallbox_l{line}" for line in (1, 2, 3)]
    entry = site_entry(
        subentry("charger", "Annex", station_data, "ocpp:CP1"),
        subentry("charger", "Garage", charger_data(evse={"currents": lines}, max_a=MOST_A), "garage"),
        tariff=FIXED,
        fuse_a=FUSE_A,
        ocpp=listening(port),
    )
    station = Wired(
        f"ws://127.0.0.1:{port}",
        "CP1",
        DIALECTS["1.6"],
        behaviour=Behaviour(reconnect_s=0.05, sets_clock=True),
        outlets=[HandOutlet(register_wh=1000.0, max_a=MOST_A)],
        automatic=False,
    )
    here = Street(hass, station)
    here.house.begin()
    here.house.state("number.wallbox_limit", 16, {"min": 6, "max": MOST_A, "step": 1, "unit_of_measurement": "A"})
    here.measure()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    load = entry.runtime_data.load
    # Patience is for raises, and none is measured here.
    load._limits = replace(load.limits, hold_s=2.0)
    async with station.running(accepted_s=10):
        station.plug_in(asks_a=MOST_A)
        station.begin(token="ANY")
        await station.line.flush()
        yield here
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_house_that_takes_more_is_answered_within_a_tenth_of_a_second(
    hass: HomeAssistant, tmp_path: Path, record_property: Any
) -> None:
    async with street(hass, tmp_path) as here:
        await here.full()
        late: list[float] = []

        async def idle() -> None:
            """See how late this machine is anyway."""
            while True:
                begin_s = perf_counter()
                await asyncio.sleep(0.02)
                late.append(perf_counter() - begin_s - 0.02)

        beside = asyncio.create_task(idle())
        took: list[float] = []
        by_entities = 0
        try:
            while len(took) < STEPS:
                assert sum(here.drawn_a) > 14.0, "a car that has to give nothing"
                before_s = here.called_s
                # An ampere that a car was just leaving anyway asks for nothing.
                if (seconds := await here.step()) is not None:
                    took.append(seconds)
                    by_entities += here.called_s != before_s
                await here.live(BETWEEN_S)
        finally:
            beside.cancel()
        await until(lambda: sum(here.drawn_a) <= FUSE_A - 1.0 - here.house_a)
        record_property("p95_ms", round(p95(took) * 1000, 1))
        print(f"p95 {p95(took) * 1000:.1f} ms, worst {max(took) * 1000:.1f} ms, machine {p95(late) * 1000:.1f} ms")  # noqa: T201
        # Both had to give.
        assert 0 < by_entities < STEPS
        assert p95(took) <= MOST_S + p95(late), sorted(took)
