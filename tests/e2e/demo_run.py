"""Runs scripts/demo as a person would, from a shell."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import signal

from simulator.process import REPOSITORY

READY_TIMEOUT_S = 480.0
END_TIMEOUT_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A demo that is ready."""

    process: asyncio.subprocess.Process
    url: str
    lines: list[str]

    def family(self) -> dict[int, str]:
        """Return the command lines of all processes that it started."""
        started: dict[int, str] = {}
        parents = {self.process.pid}
        while parents:
            found = {pid for pid, parent in _parents().items() if parent in parents}
            started |= {pid: command_of(pid) for pid in found}
            parents = found
        return started

    async def interrupt(self) -> int:
        """Press Ctrl-C and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(END_TIMEOUT_S):
            return await self.process.wait()


@asynccontextmanager
async def demo(folder: Path, *options: str) -> AsyncGenerator[Demo]:
    """Run a demo on a folder of its own for the time of a `with` block."""
    process = await asyncio.create_subprocess_exec(
        str(REPOSITORY / "scripts" / "demo"),
        "--folder",
        str(folder),
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=None,
        env=os.environ,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY_TIMEOUT_S):
            lines = [(await process.stdout.readline()).decode().strip()]
        assert lines[0].startswith("READY http://127.0.0.1:"), lines
        yield Demo(process=process, url=lines[0].removeprefix("READY "), lines=lines)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(END_TIMEOUT_S):
                await process.wait()


async def break_off(folder: Path, after: str, *options: str) -> int:
    """Press Ctrl-C in a demo as soon as it has said something; return its exit status."""
    process = await asyncio.create_subprocess_exec(
        str(REPOSITORY / "scripts" / "demo"),
        "--folder",
        str(folder),
        *options,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    async with asyncio.timeout(READY_TIMEOUT_S):
        async for line in process.stderr:
            if after in line.decode():
                break
        process.send_signal(signal.SIGINT)
        await process.communicate()
    assert process.returncode is not None
    return process.returncode


async def headless_check(folder: Path, *options: str) -> tuple[int, str]:
    """Run the demo's own check; return its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        str(REPOSITORY / "scripts" / "demo"),
        "--folder",
        str(folder),
        "--headless-check",
        *options,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(1140):
        output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


def command_of(pid: int) -> str:
    """Return a process's command line; nothing for one that is gone or only waits to be buried."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def _parents() -> dict[int, int]:
    """Return the parent of every process."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name, in brackets, may hold anything.
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    return parents
