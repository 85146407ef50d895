"""A house at rest and a running site."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .house import House, site_entry


@pytest.fixture
def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory, tmp_path: Path) -> House:
    """A house at rest, on a winter evening in Berlin, with a ledger of its own."""
    hass.config.config_dir = str(tmp_path)
    freezer.move_to("2026-11-19T16:00:00+00:00")
    house = House(hass=hass, freezer=freezer)
    house.begin()
    return house


@pytest.fixture
async def start_site(hass: HomeAssistant) -> AsyncIterator[Callable[[MockConfigEntry], Awaitable[None]]]:
    """Start a site when the test has made the house as it wants it; it is unloaded after the test."""
    entries: list[MockConfigEntry] = []

    async def start(entry: MockConfigEntry) -> None:
        entry.add_to_hass(hass)
        entries.append(entry)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)

    yield start
    for entry in entries:
        if entry.state is ConfigEntryState.LOADED:
            assert await hass.config_entries.async_unload(entry.entry_id)
            await hass.async_block_till_done()


@pytest.fixture
async def site(hass: HomeAssistant, house: House) -> AsyncIterator[MockConfigEntry]:
    """The site of that house, running; it is unloaded after the test."""
    entry = site_entry()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    yield entry
    if entry.state is ConfigEntryState.LOADED:
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
