"""A site that listens for stations on a real port, and stations that say what they are told to say."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, encode_basic_auth
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.chargers.ocpp.rig import Talker, free_port
from tests.site.house import site_entry

FIXED = {"kind": "fixed", "price": "0.30"}


class OcppSite:
    """A site that runs, its port, and a way to come to it."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, port: int, session: ClientSession) -> None:
        self.hass = hass
        self.entry = entry
        self.port = port
        self.session = session

    @asynccontextmanager
    async def station(
        self, identity: str, *, protocol: str = "ocpp1.6", user: str | None = None, password: str | None = None
    ) -> AsyncGenerator[Talker]:
        """Connect; WSServerHandshakeError where that is refused."""
        headers = {} if password is None else {"Authorization": encode_basic_auth(user or identity, password)}
        async with self.session.ws_connect(
            f"ws://127.0.0.1:{self.port}/{identity}", protocols=(protocol,), headers=headers
        ) as websocket:
            yield Talker(websocket)

    async def settled(self) -> None:
        await self.hass.async_block_till_done(wait_background_tasks=False)


def listening(port: int) -> dict[str, Any]:
    return {"port": port, "address": "127.0.0.1"}


@pytest.fixture
async def ocpp_site(hass: HomeAssistant, socket_enabled: None, tmp_path: Path) -> AsyncIterator[OcppSite]:
    hass.config.config_dir = str(tmp_path)
    port = free_port()
    entry = site_entry(meter=None, tariff=FIXED, ocpp=listening(port))
    entry.add_to_hass(hass)
    for subentry in list(entry.subentries.values()):
        if subentry.subentry_type == "charger":
            hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    async with ClientSession() as session:
        yield OcppSite(hass, entry, port, session)
    if entry.state is ConfigEntryState.LOADED:
        assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
