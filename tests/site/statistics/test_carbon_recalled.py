"""The grid's CO₂ of times in which nobody of us looked, from a real recorder."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.ev_sessions.site.statistics.carbon_recall import async_intensity_history

from ..house import House, site_entry

GRAMS = {"unit_of_measurement": "gCO2eq/kWh"}
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


async def test_energy_that_flowed_while_the_site_was_off_has_its_intensity(
    recorder_mock: Recorder, hass: HomeAssistant, house: House, start_site: Any
) -> None:
    house.grid(12, 12, 12)
    house.state("sensor.intensity", 300, GRAMS)
    entry = site_entry(carbon_entity="sensor.intensity")
    await start_site(entry)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=15, power_w=6_000)
    await hass.config_entries.async_unload(entry.entry_id)
    for intensity in (500, 100):
        house.state("sensor.intensity", intensity, GRAMS)
        await house.charge(minutes=30, power_w=6_000)
        await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    house.charger("charging", power_w=6_000)
    await house.charge(minutes=5, power_w=6_000)
    house.charger("free", power_w=0)
    await house.later(minutes=2)
    await house.later(minutes=5)
    session = await house.only_session()
    assert session["co2_unknown_kwh"] == 0.0
    # A quarter of an hour at 300 g, half an hour each at 500 and at 100, and five minutes at 100.
    mean = (15 * 300 + 30 * 500 + 35 * 100) / 80
    assert session["co2_kg"] == pytest.approx(session["energy_kwh"] * mean / 1000, rel=0.05)


async def test_the_means_of_the_recorder_go_before_what_the_entity_showed(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(TEN - timedelta(minutes=5))
    hass.states.async_set("sensor.intensity", "0.4", {"unit_of_measurement": "kg/kWh"})
    await hass.async_block_till_done()
    freezer.move_to(TEN + timedelta(hours=6))
    metadata: Any = {
        "mean_type": StatisticMeanType.ARITHMETIC,
        "has_sum": False,
        "name": None,
        "source": "recorder",
        "statistic_id": "sensor.intensity",
        "unit_class": None,
        "unit_of_measurement": "kg/kWh",
    }
    means: Any = [
        {"start": TEN + timedelta(hours=2), "mean": 0.2},
        {"start": TEN + timedelta(hours=3), "mean": 90.0},
    ]
    async_import_statistics(hass, metadata, means)
    await async_wait_recording_done(hass)
    found = await async_intensity_history(hass, "sensor.intensity", "kg/kWh", TEN, TEN + timedelta(hours=5))
    # What it showed counts for an hour; then nobody saw it; then the mean of an hour; and one that can be none.
    assert [(one.start, round(one.g_per_kwh or 0, 6)) for one in found] == [
        *((TEN + timedelta(minutes=15 * place), 400.0) for place in range(4)),
        *((TEN + timedelta(hours=2, minutes=15 * place), 200.0) for place in range(4)),
    ]
    assert await async_intensity_history(hass, "sensor.intensity", "kg/kWh", TEN, TEN) == ()


async def test_without_a_recorder_nothing_is_recalled(hass: HomeAssistant) -> None:
    assert await async_intensity_history(hass, "sensor.intensity", None, TEN, TEN + timedelta(hours=1)) == ()


async def test_a_recorder_that_has_stopped_recalls_nothing(recorder_mock: Recorder, hass: HomeAssistant) -> None:
    await recorder_mock.async_add_executor_job(lambda: None)
    assert recorder_mock._db_executor is not None
    recorder_mock._db_executor.shutdown(join_threads_or_timeout=False)
    assert await async_intensity_history(hass, "sensor.intensity", None, TEN, TEN + timedelta(hours=1)) == ()
