"""The trace of a session, as a real Home Assistant leaves it in the ledger's file."""

from contextlib import closing
from datetime import timedelta
import itertools
from pathlib import Path
import sqlite3
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.site.ledger.ledger import LEDGER_FILE, asked
from custom_components.ev_sessions.store import SessionFilter, TraceSample

from ..house import House


async def samples_of(site: Any) -> tuple[TraceSample, ...]:
    """Return the trace of the newest session."""
    await site.runtime_data.async_flush()
    ledger = site.runtime_data.ledger
    _, (newest, *_) = await asked(ledger.sessions_page(SessionFilter(include_empty=True)))
    found: tuple[TraceSample, ...] = await asked(ledger.trace_of(newest.session.id))
    return found


async def charge(house: House, *, minutes: int) -> None:
    """Let a car charge with 11 kW, reported every 5 s."""
    for _ in range(minutes * 12):
        house.charger("charging", power_w=11_040, energy_kwh=11.04 * 5 / 3600)
        house.grid(18, 18, 18)
        await house.later(seconds=5)


@pytest.fixture
async def traced(hass: HomeAssistant, house: House, site: Any) -> Any:
    """A site in which a car has charged for 40 minutes."""
    house.charger("plugged", power_w=0)
    await house.later(seconds=5)
    await charge(house, minutes=40)
    return site


async def test_a_session_leaves_a_sample_every_ten_seconds_in_a_few_chunks(
    hass: HomeAssistant, house: House, traced: Any
) -> None:
    samples = await samples_of(traced)
    assert 40 * 6 - 5 <= len(samples) <= 40 * 6 + 10
    assert all(one.at < after.at for one, after in itertools.pairwise(samples))
    registers = [one.register_mwh for one in samples if one.register_mwh is not None]
    assert registers == sorted(registers)
    assert registers[-1] - registers[0] == pytest.approx(11.04e6 * 40 / 60, rel=0.01)
    last = samples[-1]
    assert (last.power_w, last.grid_power_w) == (11_040, 18 * 3 * 230)
    allowed = hass.states.get("sensor.garage_allowed_current")
    assert allowed is not None
    assert last.limit_a == float(allowed.state)
    path = Path(hass.config.path(LEDGER_FILE))
    with closing(sqlite3.connect(path)) as file:
        ((chunks, size),) = file.execute("SELECT count(*), sum(length(data)) FROM trace_chunk").fetchall()
    assert chunks <= 4
    assert size < 8 * len(samples)


async def test_a_trace_goes_on_after_a_restart_and_its_end_is_in_the_file(
    hass: HomeAssistant, house: House, traced: Any
) -> None:
    before = await samples_of(traced)
    assert await hass.config_entries.async_reload(traced.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await charge(house, minutes=5)
    after = await samples_of(traced)
    assert after[: len(before)] == before
    assert len(after) - len(before) == pytest.approx(5 * 6, abs=5)


async def test_traces_are_forgotten_after_two_years_and_sessions_are_not(
    hass: HomeAssistant, house: House, traced: Any
) -> None:
    assert await samples_of(traced)
    ledger = traced.runtime_data.ledger
    now = traced.runtime_data.clock().utc
    await asked(ledger.prune(now + timedelta(days=729)))
    assert await samples_of(traced)
    await asked(ledger.prune(now + timedelta(days=733)))
    assert await samples_of(traced) == ()
