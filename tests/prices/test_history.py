"""What the recorder remembers fills the time in which nobody of us looked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.ev_sessions.core.prices.price import PriceSample, SampleKind
from custom_components.ev_sessions.prices.entity import async_price_history

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


def past(minutes: int, price: str) -> PriceSample:
    return PriceSample(at=TEN + timedelta(minutes=minutes), price_per_kwh=Decimal(price), kind=SampleKind.HISTORY)


@pytest.mark.usefixtures("recorder_mock")
async def test_the_recorder_tells_what_the_price_was(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    cents = {"unit_of_measurement": "ct/kWh"}
    for minutes, state in [(-20, "30"), (0, "20"), (5, "unavailable"), (10, "20"), (15, "-1.5"), (40, "99")]:
        freezer.move_to(TEN + timedelta(minutes=minutes))
        hass.states.async_set("sensor.price", state, cents)
        await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    freezer.move_to(TEN + timedelta(hours=1))

    async def remembered(start: int, end: int, entity_id: str = "sensor.price") -> tuple[PriceSample, ...]:
        return await async_price_history(
            hass, entity_id, TEN + timedelta(minutes=start), TEN + timedelta(minutes=end), currency="EUR"
        )

    assert await remembered(-5, 30) == (past(-5, "0.30"), past(0, "0.20"), past(15, "-0.015"))
    assert await remembered(16, 30) == (past(16, "-0.015"),)
    assert await remembered(30, 30) == ()
    assert await remembered(-5, 30, "sensor.other") == ()


@pytest.mark.usefixtures("recorder_mock")
async def test_a_recorder_that_has_stopped_tells_nothing(hass: HomeAssistant) -> None:
    recorder = get_instance(hass)
    await recorder.async_add_executor_job(lambda: None)
    assert recorder._db_executor is not None
    recorder._db_executor.shutdown(join_threads_or_timeout=False)
    assert await async_price_history(hass, "sensor.price", TEN, TEN + timedelta(hours=1), currency="EUR") == ()


async def test_without_a_recorder_there_is_no_history(hass: HomeAssistant) -> None:
    assert await async_price_history(hass, "sensor.price", TEN, TEN + timedelta(hours=1), currency="EUR") == ()
