"""The queue by itself, where the transport does not play along."""

import asyncio
from contextlib import suppress

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.chargers.command_queue import CommandQueue
from custom_components.ev_sessions.chargers.control import ControlError, Outcome


async def test_a_transport_that_ends_a_broken_off_command_well_is_not_believed(hass: HomeAssistant) -> None:
    sent: list[float] = []

    async def send(limit_a: float) -> ControlError | None:
        sent.append(limit_a)
        if limit_a == 16.0:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(600)
        return None

    queue = CommandQueue[float](hass, name="Garage", send=send, allowed_a=lambda limit_a: limit_a, least_interval_s=0.0)
    up = asyncio.create_task(queue.async_submit(16.0))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        assert await queue.async_submit(6.0) is Outcome.DONE
        assert await up is Outcome.SUPERSEDED
    assert sent == [16.0, 6.0]
    queue.async_stop()


async def test_an_equal_command_is_sent_again_and_waits_for_no_interval(hass: HomeAssistant) -> None:
    sent: list[float] = []

    async def send(limit_a: float) -> ControlError | None:
        sent.append(limit_a)
        return None

    queue = CommandQueue[float](
        hass, name="Garage", send=send, allowed_a=lambda limit_a: limit_a, least_interval_s=30.0
    )
    async with asyncio.timeout(10):
        assert [await queue.async_submit(6.0), await queue.async_submit(6.0)] == [Outcome.DONE] * 2
    assert sent == [6.0, 6.0]
    queue.async_stop()


async def test_a_fault_of_ours_in_one_command_does_not_silence_the_next(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    async def send(limit_a: float) -> ControlError | None:
        assert limit_a == 6.0, "boom"
        return None

    queue = CommandQueue[float](hass, name="Garage", send=send, allowed_a=lambda limit_a: limit_a, least_interval_s=0.0)
    with pytest.raises(ControlError, match="boom"):
        await queue.async_submit(16.0)
    assert "A command to Garage failed unexpectedly" in caplog.text
    assert await queue.async_submit(6.0) is Outcome.DONE
    queue.async_stop()
