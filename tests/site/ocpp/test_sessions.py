"""A car charges at a station that speaks OCPP: the session is exact, whatever happens to the site meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.core.id_token import IdToken, TokenState
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.site.clock import system_now
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.site.runtime import SiteRuntime
from simulator.ocpp.behaviour import Behaviour
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.chargers.ocpp.rig import free_port, until
from tests.site.house import charger_data, site_entry, subentry

from .conftest import FIXED, listening

pytestmark = pytest.mark.usefixtures("socket_enabled")

OCPP: dict[str, Any] = {
    "identity": "CP1",
    "version": None,
    "security_profile": 0,
    "password_hash": None,
    "quirks": {},
    "free": False,
}


def station_entry(port: int, *, evses: int = 1, controllable: bool = False, **ocpp: Any) -> MockConfigEntry:
    """Return a site with one station, as the flows make it."""
    data = {
        **charger_data(controllable=controllable),
        "transport": "ocpp",
        "evses": [{"evse": number} for number in range(1, evses + 1)],
        "ocpp": {**OCPP, **ocpp},
    }
    charger = subentry("charger", "Garage", data, "ocpp:CP1")
    return site_entry(charger, meter=None, tariff=FIXED, ocpp=listening(port))


@asynccontextmanager
async def started(hass: HomeAssistant, tmp_path: Path, **station: Any) -> AsyncGenerator[tuple[MockConfigEntry, int]]:
    hass.config.config_dir = str(tmp_path)
    port = free_port()
    entry = station_entry(port, **station)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    yield entry, port
    assert await hass.config_entries.async_unload(entry.entry_id)
    # A station that is left as it was found has the ledger open a little longer.
    await hass.async_block_till_done(wait_background_tasks=True)


def simulated(port: int, version: str = "1.6", *, evses: int = 1) -> Station:
    return Station(
        f"ws://127.0.0.1:{port}",
        "CP1",
        DIALECTS[version],
        behaviour=Behaviour(reconnect_s=0.05, sets_clock=True),
        outlets=[HandOutlet(register_wh=1000.0) for _ in range(evses)],
        automatic=False,
    )


class Hands:
    """The clock of the site, which a test moves on; a station follows it with its heartbeat."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> Now:
        now = system_now()
        return Now(utc=now.utc + self.ahead, monotonic_s=now.monotonic_s + self.ahead.total_seconds())


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    defaults = SiteRuntime.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "clock", hands)
    return hands


async def flow_wh(hands: Hands, station: Station, *energies_wh: float) -> None:
    """Let energy flow into the cars at the EVSEs, in half an hour."""
    for evse, energy_wh in enumerate(energies_wh, start=1):
        station.connectors[evse].outlet.own_register_wh += energy_wh
    hands.ahead += timedelta(minutes=30)
    await station.beat()


async def is_gone(hass: HomeAssistant, hands: Hands) -> None:
    """Let so much time pass that a car is believed to be gone."""
    hands.ahead += timedelta(minutes=2)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=11))
    await hass.async_block_till_done()


async def ended(hass: HomeAssistant, hands: Hands) -> list[dict[str, Any]]:
    """Return the sessions once all are over and settled: what comes late is gathered for a while."""
    async with asyncio.timeout(80):
        while True:
            await is_gone(hass, hands)
            found = await sessions(hass)
            if found and all(one["status"] == "ended" and _is_settled(one) for one in found):
                return found
            await asyncio.sleep(0.2)


def _is_settled(session: dict[str, Any]) -> bool:
    """Tell whether the register has told all about a session, where it told where it began."""
    return session["register_start_kwh"] is None or session["register_end_kwh"] is not None


async def sessions(hass: HomeAssistant) -> list[dict[str, Any]]:
    answer = await hass.services.async_call(
        DOMAIN, "get_sessions", {"include_empty": True}, blocking=True, return_response=True
    )
    assert answer is not None
    found: Any = answer["sessions"]
    return list(found)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_known_card_charges_and_the_session_has_its_energy_over_a_reload(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path) as (entry, port):
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            assert not await station.authorised("TAG1")
            station_service(entry).cards.async_learn()
            assert await station.authorised("TAG1")
            station.plug_in(asks_a=0.0)
            station.begin(token="TAG1")
            await station.line.flush()
            await flow_wh(hands, station, 2000)
            station.sample()
            await station.line.flush()
            (session,) = await sessions(hass)
            assert (session["status"], session["id_token"] is not None) == ("open", True)
            connection = station_service(entry).station.connection
            assert await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done()
            assert station_service(entry).station.connection is connection
            await flow_wh(hands, station, 1200)
            station.end()
            station.unplug()
            await station.line.flush()
            (session,) = await ended(hass, hands)
            assert session["energy_kwh"] == 3.2
            assert session["register_start_kwh"] == 1.0
            assert len(session["transactions"]) == 1


def station_service(entry: MockConfigEntry) -> Any:
    (station,) = entry.runtime_data.stations
    return station


async def test_free_charging_asks_for_no_card_and_two_evses_have_a_session_each(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, evses=2, free=True) as (_entry, port):
        station = simulated(port, evses=2)
        async with station.running(accepted_s=5):
            for evse in (1, 2):
                station.plug_in(evse, asks_a=0.0)
                station.begin(evse, token=f"ANY{evse}")
            await station.line.flush()
            await flow_wh(hands, station, 500, 700)
            for evse in (1, 2):
                station.end(evse)
                station.unplug(evse)
            await station.line.flush()
            told = {one["evse"]: one["energy_kwh"] for one in await ended(hass, hands)}
            assert told == {1: 0.5, 2: 0.7}


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_charge_that_nobody_heard_of_is_told_hours_later_and_is_a_session_of_its_own_time(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True) as (_entry, port):
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            await station.line.flush()
            await station.line.go_offline()
            begun = hands().utc
            station.plug_in(asks_a=0.0)
            station.begin(at=begun)
            for half_hour in (1, 2):
                station.connectors[1].outlet.own_register_wh += 1500
                station.sample(at=begun + timedelta(minutes=30 * half_hour))
            station.end(at=begun + timedelta(hours=1), reason="EVDisconnected")
            station.unplug()
            hands.ahead += timedelta(hours=4)
            station.line.go_online()
            await station.line.flush()
            (session,) = await ended(hass, hands)
            assert session["energy_kwh"] == 3.0
            start, end = (datetime.fromisoformat(session[key]) for key in ("start", "end"))
            assert abs(start - begun) < timedelta(seconds=2)
            assert abs(end - begun - timedelta(hours=1)) < timedelta(seconds=2)


async def test_station_that_goes_is_shown_as_gone_and_its_session_goes_on(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path, free=True) as (_entry, port):
        station = simulated(port)
        async with station.running(accepted_s=5):
            station.plug_in()
            station.begin()
            await station.line.flush()
            await until(lambda: hass.states.is_state("binary_sensor.garage_charging", "on"))
        await until(lambda: hass.states.is_state("binary_sensor.garage_charging", "unavailable"))
        (session,) = await sessions(hass)
        assert session["status"] == "held"


async def test_removed_charger_is_left_as_it_was_found(hass: HomeAssistant, tmp_path: Path) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        station = simulated(port)
        async with station.running(accepted_s=5):
            ledger = entry.runtime_data.ledger
            (charger,) = await asked(ledger.chargers(identity="ocpp:CP1"))

            async def changed() -> dict[str, Any]:
                return await asked(ledger.station_settings(charger.id))

            async with asyncio.timeout(60):
                while "MeterValueSampleInterval" not in await changed():  # noqa: ASYNC110 what it waits for has no event
                    await asyncio.sleep(0.1)
                await until(lambda: station_service(entry).keeping.known is not None)
            (subentry_id,) = [one.subentry_id for one in entry.get_subentries_of_type("charger")]
            hass.config_entries.async_remove_subentry(entry, subentry_id)
            await hass.async_block_till_done()
            ledger = entry.runtime_data.ledger
            async with asyncio.timeout(60):
                while await changed():  # noqa: ASYNC110 as above
                    await asyncio.sleep(0.1)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_another_card_without_unplugging_is_another_session_from_its_meter_value_on(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path) as (entry, port):
        cards = entry.runtime_data.cards
        for value in ("TAG1", "TAG2"):
            await cards.async_put(IdToken(value=value), TokenState.ACCEPTED, who="test")
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            station.plug_in(asks_a=0.0)
            for token, energy_wh in (("TAG1", 2000), ("TAG1", 500), ("TAG2", 1200)):
                station.begin(token=token)
                await station.line.flush()
                await flow_wh(hands, station, energy_wh)
                station.end()
                await station.line.flush()
            station.unplug()
            await station.line.flush()
            await ended(hass, hands)
            second, first = await sessions(hass)
            # A card that begins once more goes on with its session.
            assert (first["id_token"], first["end_reason"], len(first["transactions"])) == ("TAG1", "token_changed", 2)
            assert (second["id_token"], len(second["transactions"])) == ("TAG2", 1)
            assert (first["energy_kwh"], second["energy_kwh"]) == (2.5, 1.2)
            assert first["end"] == second["start"]
            assert first["register_end_kwh"] == second["register_start_kwh"] == 3.5
