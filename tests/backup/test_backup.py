"""A backup is taken of a ledger that is whole and still; what happens meanwhile is written afterwards."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
import sqlite3
from types import SimpleNamespace

from freezegun.api import FrozenDateTimeFactory, real_monotonic
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.backup import async_post_backup, async_pre_backup
from custom_components.ev_sessions.site.ledger.ledger import LEDGER_FILE, asked
from custom_components.ev_sessions.store import SessionFilter, writer
from tests.site.house import House, site_entry


@pytest.fixture(autouse=True)
def the_writer_has_one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen clock does not reach the writer's thread, and what holds it must not see two clocks."""
    monkeypatch.setattr(writer, "time", SimpleNamespace(monotonic=real_monotonic))


@pytest.fixture
def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory, tmp_path: Path) -> House:
    """A house at rest, with a ledger of its own."""
    hass.config.config_dir = str(tmp_path)
    freezer.move_to("2026-11-19T16:00:00+00:00")
    house = House(hass=hass, freezer=freezer)
    house.begin()
    return house


@pytest.fixture
async def site(hass: HomeAssistant, house: House) -> AsyncIterator[MockConfigEntry]:
    """The site of that house, running."""
    entry = site_entry()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    yield entry
    if entry.state is ConfigEntryState.LOADED:
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)


def copy_of(hass: HomeAssistant) -> list[tuple[str, int]]:
    """Copy the file alone, as a backup that leaves the log beside it out, and return the sessions in the copy."""
    source = Path(hass.config.path(LEDGER_FILE))
    copy = source.with_name("copy.db")
    copy.write_bytes(source.read_bytes())
    with sqlite3.connect(copy) as database:
        rows = database.execute("SELECT status, energy_mwh FROM session").fetchall()
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    return rows


async def test_the_file_alone_has_all_that_was_shown_and_stands_still_until_the_backup_is_over(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=5, power_w=11_000)
    await house.later(seconds=5)
    house.charger("charging", power_w=11_000, energy_kwh=0.015)
    await hass.async_block_till_done(wait_background_tasks=True)
    shown = hass.states.get("sensor.garage_session_energy")
    assert shown is not None
    await async_pre_backup(hass)
    before = await hass.async_add_executor_job(copy_of, hass)
    assert before == [("open", round(float(shown.state) * 1_000_000))]
    # The car goes on charging while the file is copied.
    for _ in range(5):
        house.charger("charging", power_w=11_000, energy_kwh=0.18)
        house.freezer.tick(60)
    assert await hass.async_add_executor_job(copy_of, hass) == before
    await async_post_backup(hass)
    await house.charge(minutes=2, power_w=11_000)
    await site.runtime_data.async_flush()
    total, (session,) = await asked(site.runtime_data.ledger.sessions_page(every_session()))
    assert total == 1
    assert session.session.energy_mwh > before[0][1] + 900_000


def every_session() -> SessionFilter:
    """Return the filter that asks for every session."""
    return SessionFilter(include_empty=True)


async def test_a_ledger_that_was_closed_meanwhile_may_not_be_whole_and_that_is_said(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    await async_pre_backup(hass)
    assert await hass.config_entries.async_unload(site.entry_id)
    with pytest.raises(HomeAssistantError) as error:
        await async_post_backup(hass)
    assert error.value.translation_key == "backup_not_whole"
    # That was this backup; the next one has nothing to wait for.
    await async_pre_backup(hass)
    await async_post_backup(hass)


async def test_without_a_site_there_is_nothing_to_hold(hass: HomeAssistant, house: House) -> None:
    await async_pre_backup(hass)
    await async_post_backup(hass)


@pytest.mark.parametrize("writes", [0, 1])
async def test_a_ledger_that_cannot_be_held_fails_the_backup_and_goes_on(
    hass: HomeAssistant, house: House, site: MockConfigEntry, writes: int
) -> None:
    """Another program has the file; with a write that waits for it, the hold does not even begin."""
    locked = await hass.async_add_executor_job(lock, hass)
    try:
        for _ in range(writes):
            site.runtime_data.ledger.put_setting(site.entry_id, "test", 1, site.runtime_data.clock().utc)
        backup = asyncio.create_task(async_pre_backup(hass))
        # What is known is waited for, then the hold itself.
        while not backup.done():
            house.freezer.tick(61)
            for _ in range(20):
                await asyncio.sleep(0)
        with pytest.raises(HomeAssistantError) as error:
            await backup
    finally:
        await hass.async_add_executor_job(locked.close)
    assert error.value.translation_key == "ledger_failed"
    await async_post_backup(hass)
    house.charger("charging", power_w=11_000)
    await house.charge(minutes=2, power_w=11_000)
    await site.runtime_data.async_flush()
    total, _ = await asked(site.runtime_data.ledger.sessions_page(every_session()))
    assert total == 1


async def test_a_ledger_that_is_gone_fails_the_backup(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await hass.async_add_executor_job(site.runtime_data.ledger.close)
    with pytest.raises(HomeAssistantError) as error:
        await async_pre_backup(hass)
    assert error.value.translation_key == "ledger_failed"
    assert error.value.translation_placeholders == {"reason": "the ledger is not open"}


def lock(hass: HomeAssistant) -> sqlite3.Connection:
    """Hold the file as another program would that writes for a long time."""
    connection = sqlite3.connect(hass.config.path(LEDGER_FILE), check_same_thread=False, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection
