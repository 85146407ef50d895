"""A station goes on without us and tells of it later: over a restart, over a reload, in whatever order it likes."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, callback
import pytest

from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.store import TokenWish
from tests.chargers.ocpp.rig import until

from .test_sessions import Hands, flow_wh, hands, is_gone, sessions, simulated, started

__all__ = ["hands"]

pytestmark = pytest.mark.usefixtures("socket_enabled")


def times(session: dict[str, Any]) -> tuple[datetime, datetime]:
    start, end = (datetime.fromisoformat(session[key]) for key in ("start", "end"))
    return start, end


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_card_that_lets_a_car_charge_is_told_once(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path) as (entry, port):
        site = entry.runtime_data
        await asked(
            site.ledger.put_token(
                TokenWish(site_id=entry.entry_id, token=IdToken(value="TAG1")), who="ann", at=hands().utc
            )
        )
        heard: list[tuple[str, dict[str, Any]]] = []

        @callback
        def hear(event_type: str, attributes: dict[str, Any]) -> None:
            heard.append((event_type, attributes))

        site.evses[0].events.subscribe(hear)
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            station.plug_in(asks_a=0.0)
            station.begin(token="TAG1")
            await station.line.flush()
            await flow_wh(hands, station, 2000)
            station.sample()
            station.end()
            station.begin(token="STRANGER")
            await station.line.flush()
            await hass.async_block_till_done()
            (session,) = await sessions(hass)
        told = [attributes["session_id"] for event_type, attributes in heard if event_type == "authorised"]
        assert told == [session["id"]]
        assert session["id_token"] == "TAG1"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_charge_that_ended_while_home_assistant_was_down_ends_when_it_did(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            station.plug_in(asks_a=0.0)
            station.begin(token="TAG1")
            await station.line.flush()
            await flow_wh(hands, station, 2000)
            station.sample()
            await station.line.flush()
            (before,) = await sessions(hass)
            await station.line.go_offline()
            assert await hass.config_entries.async_unload(entry.entry_id)
            station.connectors[1].outlet.own_register_wh += 1200
            ended = hands().utc + timedelta(minutes=40)
            station.end(at=ended, reason="EVDisconnected")
            station.unplug()
            hands.ahead += timedelta(hours=3)
            assert await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done()
            station.line.go_online()
            await station.line.flush()
            await asyncio.sleep(2.1)
            await is_gone(hass, hands)
            (session,) = await sessions(hass)
            assert (session["id"], session["status"], session["end_reason"]) == (before["id"], "ended", "unplugged")
            assert (session["energy_kwh"], session["estimated_kwh"]) == (3.2, 0.0)
            assert abs(times(session)[1] - ended) < timedelta(seconds=2)
            (transaction,) = session["transactions"]
            assert (transaction["meter_start_kwh"], transaction["meter_end_kwh"]) == (1.0, 4.2)


async def test_two_charges_in_the_dark_over_a_restart_are_two_sessions(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        station = simulated(port)
        async with station.running(accepted_s=5):
            station.sample()
            await station.line.flush()
            await station.line.go_offline()
            begun = hands().utc + timedelta(minutes=30)
            for charge in (0, 2):
                station.plug_in(asks_a=0.0)
                station.begin(at=begun + timedelta(hours=charge), token="TAG1")
                station.connectors[1].outlet.own_register_wh += 1000 + charge * 500
                station.end(at=begun + timedelta(hours=charge + 1), reason="EVDisconnected")
                station.unplug()
                if charge == 0:
                    hands.ahead += timedelta(hours=2)
                    assert await hass.config_entries.async_reload(entry.entry_id)
            hands.ahead += timedelta(hours=3)
            station.line.go_online()
            await station.line.flush()
            await asyncio.sleep(2.1)
            await is_gone(hass, hands)
            found = sorted(await sessions(hass), key=lambda one: str(one["start"]))
            assert [one["energy_kwh"] for one in found] == [1.0, 2.0]
            for charge, session in zip((0, 2), found, strict=True):
                start, end = times(session)
                assert abs(start - begun - timedelta(hours=charge)) < timedelta(seconds=2)
                assert abs(end - begun - timedelta(hours=charge + 1)) < timedelta(seconds=2)
                assert len(session["transactions"]) == 1


async def test_t6_charge_whose_end_the_station_has_lost_is_over_when_it_is_asked(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port):
        station = simulated(port, "2.0.1")
        async with station.running(accepted_s=5):
            station.plug_in(asks_a=0.0)
            station.begin()
            await station.line.flush()
            await flow_wh(hands, station, 2000)
            station.sample()
            await station.line.flush()
            (service,) = entry.runtime_data.stations
            assert service.backend.runs
            station.line.cut(stay_away=True)
            # Its memory of the charge went with the power; the car is still there.
            station.connectors[1].transaction = None
            station.connectors[1].finishing = True
            station.line.go_online()
            await until(lambda: not service.backend.runs)
            (session,) = await sessions(hass)
            assert (session["status"], session["energy_kwh"]) == ("open", 2.0)
            assert session["transactions"][0]["end"] is not None
