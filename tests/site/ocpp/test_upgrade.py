"""A station is led to a higher security profile, and held to it (C6)."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.ev_sessions.chargers.ocpp.security import hash_password
from custom_components.ev_sessions.const import DOMAIN
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS
from tests.chargers.ocpp.rig import until

from .test_sessions import simulated, started, station_service

pytestmark = pytest.mark.usefixtures("socket_enabled")

PASSWORD = "a-password-of-twenty"


async def upgrade(hass: HomeAssistant, entry: Any, **data: Any) -> Any:
    device_id = entry.runtime_data.evses[0].charger_device_id
    return await hass.services.async_call(
        DOMAIN, "upgrade_security", {"charger": device_id, **data}, blocking=True, return_response=True
    )


def least_profile(entry: Any) -> int:
    (charger,) = (one for one in entry.subentries.values() if one.subentry_type == "charger")
    least: int = charger.data["ocpp"]["security_profile"]
    return least


async def test_c6_station_that_came_with_more_has_to_come_so_from_then_on(hass: HomeAssistant, tmp_path: Path) -> None:
    password_hash = await hass.async_add_executor_job(hash_password, PASSWORD)
    async with started(hass, tmp_path, password_hash=password_hash) as (entry, port):
        open_station = simulated(port, "2.0.1")
        async with open_station.running(accepted_s=5):
            answer = await upgrade(hass, entry, security_profile=1, url=f"ws://127.0.0.1:{port}/")
            assert answer == {"outcome": "awaiting_reconnect"}
            asked_for = [text for _, text in open_station.line.frames if "SetNetworkProfile" in text]
            assert any('"securityProfile": 1' in text or '"securityProfile":1' in text for text in asked_for)
        assert least_profile(entry) == 0
        # Home Assistant may start anew before the station does.
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        station = Station(f"ws://127.0.0.1:{port}", "CP1", DIALECTS["2.0.1"], password=PASSWORD, automatic=False)
        async with station.running(accepted_s=5):
            await until(lambda: least_profile(entry) == 1)
            await hass.async_block_till_done()
            with pytest.raises(HomeAssistantError, match="already"):
                await upgrade(hass, entry, security_profile=1, url=f"ws://127.0.0.1:{port}/")


async def test_c6_station_is_led_nowhere_where_nobody_listens_with_a_certificate(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    async with started(hass, tmp_path) as (entry, port):
        with pytest.raises(HomeAssistantError, match="not connected"):
            await upgrade(hass, entry, security_profile=2)
        station = simulated(port)
        async with station.running(accepted_s=5):
            with pytest.raises(HomeAssistantError, match="no certificate"):
                await upgrade(hass, entry, security_profile=2)
            # This one has its profile from its maker.
            with pytest.raises(HomeAssistantError, match="does not take"):
                await upgrade(hass, entry, security_profile=2, url="wss://127.0.0.1:9/")
            assert station_service(entry).wanted_profile.profile is None
