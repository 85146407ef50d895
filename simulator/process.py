"""Start a program of ours as a child that cannot outlive us, and read the one line that it prints when it is ready."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
import json
import os
from pathlib import Path
import sys

REPOSITORY = Path(__file__).resolve().parent.parent
_READY_TIMEOUT_S = 80.0
_END_TIMEOUT_S = 40.0


async def end(process: asyncio.subprocess.Process, *, timeout_s: float = _END_TIMEOUT_S) -> int:
    """End a child, gently and then not; return its exit status."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(timeout_s):
            return await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        return await process.wait()


@asynccontextmanager
async def plant_server(*options: str) -> AsyncGenerator[int]:
    """Run the plant's server for the time of a `with` block, and give its port."""
    arguments: Sequence[str] = ("-m", "simulator.server", "--watch-stdin", *options)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # A Ctrl-C in the terminal is for us; the plant ends when we say so, after Home Assistant.
        start_new_session=True,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the plant has no output")
        async with asyncio.timeout(_READY_TIMEOUT_S):
            line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"the plant ended before it listened, with {await process.wait()}")
        yield int(json.loads(line)["port"])
    finally:
        await end(process)
