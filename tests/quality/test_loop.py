"""The loop that the tests run in is a strict one."""

import asyncio

import pytest


@pytest.mark.parametrize("call", ["call_soon", "call_later"])
async def test_a_call_into_the_loop_from_another_thread_is_refused(call: str) -> None:
    loop = asyncio.get_running_loop()
    arguments = (print,) if call == "call_soon" else (0, print)
    with pytest.raises(RuntimeError, match="Non-thread-safe"):
        await loop.run_in_executor(None, getattr(loop, call), *arguments)
