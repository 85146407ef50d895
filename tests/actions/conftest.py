"""A running site, and a place for its charger's past."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.site.house import House, site_entry


@pytest.fixture
def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory, tmp_path: Path) -> House:
    """A house at rest, on a winter evening in Berlin, with a ledger of its own."""
    hass.config.config_dir = str(tmp_path)
    hass.config.allowlist_external_dirs = {str(tmp_path / "www")}
    (tmp_path / "www").mkdir()
    freezer.move_to("2026-11-19T16:00:00+00:00")
    house = House(hass=hass, freezer=freezer)
    house.begin()
    return house


@pytest.fixture
async def start(hass: HomeAssistant, house: House) -> AsyncIterator[Any]:
    """Start a site's entry; all that were started are unloaded after the test."""
    entries: list[MockConfigEntry] = []

    async def start_entry(entry: MockConfigEntry) -> MockConfigEntry:
        entry.add_to_hass(hass)
        entries.append(entry)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return entry

    yield start_entry
    for entry in entries:
        if hass.config_entries.async_get_entry(entry.entry_id) is not None and entry.state is ConfigEntryState.LOADED:
            assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def site(start: Any) -> MockConfigEntry:
    """The site of that house, running."""
    entry: MockConfigEntry = await start(site_entry())
    return entry
