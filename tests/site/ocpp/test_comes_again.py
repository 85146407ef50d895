"""A station comes again: in the place of a connection that nobody has seen go, and after Home Assistant was away."""

from pathlib import Path

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.core.station.events import CameOnline
from tests.chargers.ocpp.rig import until

from .test_sessions import started, station_service

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def test_connection_in_the_place_of_another_is_a_coming_like_any_other(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port), ClientSession() as session:
        url = f"ws://127.0.0.1:{port}/CP1"
        service = station_service(entry)

        def comings() -> int:
            return sum(isinstance(one.event, CameOnline) for one in service.backend._log.evses[1].entries)

        async with session.ws_connect(url, protocols=("ocpp1.6",)):
            await until(lambda: service.facts.version == "1.6" and comings() == 1)
            async with session.ws_connect(url, protocols=("ocpp2.0.1",)):
                await until(lambda: service.facts.version == "2.0.1" and comings() == 2)


async def test_c2_version_that_was_spoken_last_is_spoken_after_home_assistant_was_away(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, free=True) as (entry, port), ClientSession() as session:
        url = f"ws://127.0.0.1:{port}/CP1"
        async with session.ws_connect(url, protocols=("ocpp1.6",)):
            await until(lambda: station_service(entry).facts.version == "1.6")
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert await hass.config_entries.async_setup(entry.entry_id)
        async with session.ws_connect(url, protocols=("ocpp2.0.1", "ocpp1.6")) as websocket:
            assert websocket.protocol == "ocpp1.6"
