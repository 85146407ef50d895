"""What a person is told of a charger that was silent or faulted, also across restarts."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.site.ledger.ledger import asked
from custom_components.ev_sessions.site.statistics.uptime_watch import UptimeWatch
from custom_components.ev_sessions.store.retention import Retention
from tests.actions.past import act

from ..house import House

SENSORS = ("sensor.wallbox_status", "sensor.wallbox_power", "sensor.wallbox_energy")


async def day(hass: HomeAssistant) -> dict[str, Any]:
    """Return the row of the charger for this day."""
    (row,) = (await act(hass, "get_statistics", period="day", group_by="charger", start="2026-11-19T16:00:00Z"))[
        "statistics"
    ]
    assert isinstance(row, dict)
    return row


def fall_silent(house: House) -> None:
    for entity_id in SENSORS:
        house.state(entity_id, STATE_UNAVAILABLE)


async def test_half_an_hour_without_a_word_is_half_an_hour_of_downtime(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await house.later(minutes=30)
    fall_silent(house)
    await house.later(minutes=20)
    assert (await day(hass))["downtime_s"] == 1200
    await house.later(minutes=10)
    house.charger("free", power_w=0)
    await house.later(minutes=60)
    row = await day(hass)
    assert (row["downtime_s"], row["availability"], row["unwatched_s"]) == (1800, 0.75, 0)


async def test_a_fault_is_downtime_until_it_is_cleared(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await house.later(minutes=60)
    house.charger("broken", power_w=0)
    await house.later(minutes=30)
    house.charger("free", power_w=0)
    await house.later(minutes=30)
    row = await day(hass)
    assert (row["downtime_s"], row["availability"]) == (1800, 0.75)


async def test_the_time_without_home_assistant_is_not_held_against_the_charger(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await house.later(minutes=60)
    assert await hass.config_entries.async_unload(site.entry_id)
    await house.later(minutes=60)
    assert await hass.config_entries.async_setup(site.entry_id)
    await house.later(minutes=60)
    row = await day(hass)
    assert (row["downtime_s"], row["availability"], row["unwatched_s"]) == (0, 1.0, 3600)


async def test_a_silence_that_outlasts_a_restart_is_down_before_and_after(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    await house.later(minutes=30)
    fall_silent(house)
    await house.later(minutes=2)
    await house.later(minutes=28)
    assert await hass.config_entries.async_unload(site.entry_id)
    await house.later(minutes=60)
    assert await hass.config_entries.async_setup(site.entry_id)
    # For five minutes after the start it may still be on its way.
    for _ in range(30):
        await house.later(minutes=1)
    row = await day(hass)
    assert (row["downtime_s"], row["unwatched_s"]) == (30 * 60 + 25 * 60, 65 * 60)
    house.charger("free", power_w=0)
    await house.later(minutes=5)
    assert (await day(hass))["downtime_s"] == 55 * 60


async def test_after_a_crash_what_was_watched_since_the_last_beat_counts_as_unwatched(
    hass: HomeAssistant, house: House, site: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(25):
        await house.later(minutes=1)
    # A crash leaves the ledger as it is, without a last word.
    monkeypatch.setattr(UptimeWatch, "async_stop", lambda _: None)
    assert await hass.config_entries.async_unload(site.entry_id)
    await house.later(minutes=15)
    assert await hass.config_entries.async_setup(site.entry_id)
    await house.later(minutes=20)
    row = await day(hass)
    # The last beat was after twenty minutes, ten after the one before.
    assert (row["downtime_s"], row["unwatched_s"]) == (0, 20 * 60)


async def test_old_downtime_is_forgotten_with_the_events(
    hass: HomeAssistant, house: House, site: MockConfigEntry
) -> None:
    fall_silent(house)
    await house.later(minutes=2)
    await house.later(minutes=2)
    house.charger("free", power_w=0)
    await hass.async_block_till_done()
    runtime = site.runtime_data
    later = runtime.clock().utc + Retention().unknown_intervals
    assert (await asked(runtime.ledger.prune(later)))["unknown_interval"] == 0
    await house.later(minutes=2)
    later = runtime.clock().utc + Retention().unknown_intervals
    assert (await asked(runtime.ledger.prune(later)))["unknown_interval"] == 1
