"""What a charge costs stands on the display of a station that has one: while it charges, and at its end."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.site.ocpp.station import costs
from simulator.ocpp.behaviour import Behaviour
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.chargers.ocpp.rig import until

from .test_sessions import Hands, flow_wh, hands, started, station_service

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")


def displayed(port: int, *, shows_cost: bool = True) -> Station:
    return Station(
        f"ws://127.0.0.1:{port}",
        "CP1",
        DIALECTS["2.0.1"],
        behaviour=Behaviour(reconnect_s=0.05, sets_clock=True, shows_cost=shows_cost),
        outlets=[HandOutlet(register_wh=1000.0)],
        automatic=False,
    )


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "_EVERY_S", 0.0)


async def energy(hands: Hands, station: Station, energy_wh: float) -> None:
    await flow_wh(hands, station, energy_wh)
    station.sample()
    await station.line.flush()


async def test_t6_i02_cost_is_shown_while_it_charges_and_each_transaction_has_its_own_at_its_end(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        station = displayed(port)
        place = station.connectors[1]
        async with station.running(accepted_s=5):
            await until(lambda: station_service(entry).capabilities.cost_currency == "EUR")
            station.plug_in(asks_a=0.0)
            station.begin()
            await energy(hands, station, 4_000)
            await until(lambda: place.cost_shown == 1.2)
            # A site that starts anew goes on where it was.
            assert await hass.config_entries.async_reload(entry.entry_id)
            await energy(hands, station, 1_000)
            await until(lambda: place.cost_shown == 1.5)
            station.end()
            await station.line.flush()
            assert place.cost_shown == 1.5
            # The same car once more: the session goes on, the transaction is another.
            station.begin()
            await energy(hands, station, 2_000)
            await until(lambda: place.cost_shown == 0.6)
            station.end(reason="EVDisconnected")
            station.unplug()
            await station.line.flush()
            assert place.cost_shown == 0.6


async def test_t6_station_without_a_display_is_told_nothing(hass: HomeAssistant, hands: Hands, tmp_path: Path) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        station = displayed(port, shows_cost=False)
        async with station.running(accepted_s=5):
            await until(lambda: station_service(entry).keeping.known is not None)
            station.plug_in(asks_a=0.0)
            station.begin()
            await energy(hands, station, 4_000)
            station.end()
            await station.line.flush()
            assert station.connectors[1].cost_shown is None
            assert not any("CostUpdated" in frame.text for frame in station_service(entry).station.trace)


@pytest.mark.parametrize("kept", [None, {"1": "?"}, {"x": ["a", "b", "0"]}, {"1": ["a", "b", "?"]}, []])
def test_t6_what_was_kept_and_cannot_be_read_costs_nothing_that_is_wrong(kept: Any) -> None:
    told = costs.Costs(
        None,  # type: ignore[arg-type]  # nothing is sent
        None,  # type: ignore[arg-type]  # as above
        currency="EUR",
        shows=lambda: "EUR",
        kept=kept,
        keep=lambda _: None,
        evses={},
    )
    assert told.total_cost("a") is None
