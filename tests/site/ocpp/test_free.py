"""Whoever plugs in may charge, also at a box that begins nothing by itself."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.ocpp import free_start as starter
from custom_components.ev_sessions.core.station import free_start
from simulator.ocpp.station import Station
from tests.chargers.ocpp.rig import until

from .test_sessions import simulated, started

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_start, "_UNKNOWN_WAIT_S", 0.1)
    monkeypatch.setattr(starter, "_HELD_S", 0.1)


def charges(station: Station) -> bool:
    return station.connectors[1].transaction is not None


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_car_that_waits_where_charging_is_free_is_begun(
    hass: HomeAssistant, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True) as (_, port):
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            station.plug_in()
            await until(lambda: charges(station))


async def test_a_car_that_is_held_back_waits_until_it_is_let_charge(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path, free=True, controllable=True) as (entry, port):
        wishes: Any = entry.runtime_data.evses[0].wishes
        await wishes.async_set_charging_allowed(allowed=False)
        station = simulated(port)
        async with station.running(accepted_s=5):
            station.plug_in()
            with pytest.raises(TimeoutError):
                await until(lambda: charges(station), within_s=0.6)
            await wishes.async_set_charging_allowed(allowed=True)
            await until(lambda: charges(station))


async def test_where_cards_are_asked_for_nobody_is_begun(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path) as (_, port):
        station = simulated(port)
        async with station.running(accepted_s=5):
            station.plug_in()
            with pytest.raises(TimeoutError):
                await until(lambda: charges(station), within_s=0.6)
