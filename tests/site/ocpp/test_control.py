"""A station is limited, stopped and left at its fallback by its site, over a real socket."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.core.station.dead_mans_switch import Proof
from simulator.ocpp.connector import State
from simulator.ocpp.station import Station
from tests.chargers.ocpp.rig import until

from .test_sessions import Hands, hands, simulated, started

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")

_METER = {"form": "line_currents", "import": ["sensor.l1", "sensor.l2", "sensor.l3"]}
BOTH = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


def entity(hass: HomeAssistant, entry: MockConfigEntry, platform: str, key: str, evse: int = 1) -> str:
    charger = next(one.subentry_id for one in entry.subentries.values() if one.subentry_type == "charger")
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{charger}_{evse}_{key}")
    assert found is not None
    return found


def drawn_a(station: Station) -> float:
    return station.connectors[1].outlet.currents_a[0]


async def act(hass: HomeAssistant, domain: str, action: str, entity_id: str, **data: Any) -> None:
    await hass.services.async_call(domain, action, {"entity_id": entity_id, **data}, blocking=True)


@BOTH
async def test_f1_s1_charge_that_is_started_here_follows_the_owner_and_ends_at_the_fallback(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, controllable=True) as (entry, port):
        station = simulated(port, version)
        station.automatic = True
        async with station.running(accepted_s=5):
            allowed = entity(hass, entry, "switch", "charging_allowed")
            station.plug_in()
            await act(hass, DOMAIN, "start_charging", allowed)
            await until(lambda: station.connectors[1].transaction is not None)
            await act(hass, "number", "set_value", entity(hass, entry, "number", "max_current"), value=8)
            await until(lambda: drawn_a(station) == 8.0)
            assert await hass.config_entries.async_unload(entry.entry_id)
            await until(lambda: drawn_a(station) == 6.0)
            assert await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done()
            await until(lambda: drawn_a(station) == 8.0)
            await act(hass, DOMAIN, "stop_charging", allowed)
            await until(lambda: station.connectors[1].transaction is None)
            assert station.state(station.connectors[1]) is State.FINISHING


async def test_s1_limit_holds_for_as_long_as_its_owner_says_over_a_reload(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, controllable=True) as (entry, port):
        hold = entity(hass, entry, "number", "limit_hold")
        er.async_get(hass).async_update_entity(hold, disabled_by=None)
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        assert hass.states.is_state(hold, "10.0")
        station = simulated(port)
        async with station.running(accepted_s=5):
            await act(hass, "number", "set_value", hold, value=3)
            assert await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done()
            assert hass.states.is_state(hold, "3.0")


async def test_station_that_offers_less_for_a_while_is_not_taken_for_somebody_s_wish(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, controllable=True) as (entry, port):
        station = simulated(port)
        async with station.running(accepted_s=5):
            station.plug_in()
            await act(hass, DOMAIN, "start_charging", entity(hass, entry, "switch", "charging_allowed"))
            await act(hass, "number", "set_value", entity(hass, entry, "number", "max_current"), value=10)
            await until(lambda: station.connectors[1].transaction is not None)
            (evse,) = entry.runtime_data.evses
            await until(lambda: "Current.Offered" in station.dialect.measurands)
            for most_a in (16.0, 8.0, 8.0, 8.0):  # it is hot
                station.connectors[1].outlet.max_a = most_a
                await asyncio.sleep(0.5)
                hands.ahead += timedelta(minutes=3)
                station.sample()
                await until(lambda most_a=most_a: evse.reading.limit_a == min(most_a, 10.0))
                await asyncio.sleep(0.5)
            assert evse.wishes.overridden_a is None


async def test_station_that_failed_the_proof_of_its_fallback_counts_with_what_it_takes_without_us(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, controllable=True) as (entry, _):
        hass.config_entries.async_update_entry(entry, data={**entry.data, "meter": _METER})
        await hass.async_block_till_done()

        def told() -> list[str]:
            issues = ir.async_get(hass).issues.values()
            found = [one for one in issues if one.translation_key == "hardware_limits_too_high" and one.active]
            return [(one.translation_placeholders or {})["proposal"] for one in found]

        site = entry.runtime_data
        site.fallbacks.async_look(hands().utc)
        assert told() == []
        (evse,) = site.evses
        evse.commands._control._remembered.update(proof=Proof.FAILED)
        site.fallbacks.async_look(hands().utc)
        assert told() == [f"{evse.name} 12 A"]
        assert evse.view.unprotected_without_us
        # From the first moment of the next start on.
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert told() == [f"{evse.name} 12 A"]
        site = entry.runtime_data
        site.evses[0].commands._control._remembered.update(proof=Proof.MEASURED)
        site.fallbacks.async_look(hands().utc)
        assert told() == []


@BOTH
async def test_s5_removed_charger_is_held_back_by_nothing_of_ours(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, version: str
) -> None:
    async with started(hass, tmp_path, controllable=True) as (entry, port):
        station = simulated(port, version)
        async with station.running(accepted_s=5):
            await act(hass, "number", "set_value", entity(hass, entry, "number", "max_current"), value=10)
            await until(lambda: len(station.profiles) > 0)
            (charger,) = [one.subentry_id for one in entry.get_subentries_of_type("charger")]
            hass.config_entries.async_remove_subentry(entry, charger)
            await hass.async_block_till_done()
            await until(lambda: len(station.profiles) == 0)


async def test_f1_start_that_waits_for_a_cable_is_no_session_until_the_cable_comes(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, controllable=True) as (entry, port):
        station = simulated(port)
        async with station.running(accepted_s=5):
            await station.line.flush()
            await act(hass, DOMAIN, "start_charging", entity(hass, entry, "switch", "charging_allowed"))
            # As stations do that have a token and wait for a car.
            await station.line.call(
                "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"}
            )
            await station.line.flush()
            await hass.async_block_till_done()
            (evse,) = entry.runtime_data.evses
            assert evse.recorder.progress is None
            station.plug_in()
            await until(lambda: evse.recorder.progress is not None)
