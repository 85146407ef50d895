"""Stations may come by Home Assistant's own port as well."""

from aiohttp import WSServerHandshakeError
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ev_sessions.chargers.ocpp.central import CentralSystem
from custom_components.ev_sessions.chargers.ocpp.house import StationCredentials
from custom_components.ev_sessions.chargers.ocpp.security import hash_password
from custom_components.ev_sessions.chargers.ocpp.view import PATH, async_register_view

from .rig import Talker, Wire


async def test_a_station_comes_by_home_assistants_port_while_a_site_wants_that(
    wire: Wire, hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "http", {})
    wire.house.known["RPC 1"] = StationCredentials(password_hashes=(hash_password("secret"),))
    serves: list[CentralSystem] = []
    async_register_view(hass, lambda: serves[0] if serves else None)
    client = await hass_client_no_auth()
    secret = {"Authorization": "Basic UlBDIDE6c2VjcmV0"}

    with pytest.raises(WSServerHandshakeError, match="404"):
        await client.ws_connect(f"{PATH}/RPC%201", protocols=["ocpp1.6"], headers=secret)
    serves.append(wire.central)
    # Not Home Assistant's user and not its ban: ours is asked for, and answered by us.
    with pytest.raises(WSServerHandshakeError, match="401"):
        await client.ws_connect(f"{PATH}/RPC%201", protocols=["ocpp1.6"])
    websocket = await client.ws_connect(f"{PATH}/RPC%201", protocols=["ocpp1.6"], headers=secret)
    assert (await Talker(websocket).ask("Heartbeat", {}))[0] == 3
    # By either port it is the same station.
    async with wire.station("/ocpp/RPC%201", auth=("RPC 1", "secret")) as station:
        assert (await station.ask("Heartbeat", {}))[0] == 3
        assert await Talker(websocket).ended_with() == 1008
