"""A station is limited, stopped and left at its fallback by its site, over a real socket."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.const import DOMAIN
from simulator.ocpp.connector import State
from simulator.ocpp.station import Station
from tests.chargers.ocpp.rig import until

from .test_sessions import Hands, hands, simulated, started

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")

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
            await until(lambda: station.connectors[1].transaction is not None, within_s=10)
            await act(hass, "number", "set_value", entity(hass, entry, "number", "max_current"), value=8)
            await until(lambda: drawn_a(station) == 8.0, within_s=15)
            assert await hass.config_entries.async_unload(entry.entry_id)
            await until(lambda: drawn_a(station) == 6.0, within_s=10)
            assert await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done()
            await until(lambda: drawn_a(station) == 8.0, within_s=15)
            await act(hass, DOMAIN, "stop_charging", allowed)
            await until(lambda: station.connectors[1].transaction is None, within_s=10)
            assert station.state(station.connectors[1]) is State.FINISHING
