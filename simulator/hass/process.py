"""Start, stop and kill a real Home Assistant."""

import asyncio
from collections.abc import Mapping
import contextlib
import ctypes
from dataclasses import dataclass, field
import os
from pathlib import Path
import signal
import socket
import sys
import time

import aiohttp

from .folder import HouseFolder

_PR_SET_PDEATHSIG = 1
_STOP_TIMEOUT_S = 60.0
_KILL_TIMEOUT_S = 10.0


class HassError(Exception):
    """Home Assistant did not do what it was asked in time."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(slots=True, kw_only=True)
class HassProcess:
    """One Home Assistant on its folder. It dies with us; the folder outlives it.

    `python` is the interpreter of the environment in which Home Assistant is installed.
    """

    folder: HouseFolder
    python: Path = field(default_factory=lambda: Path(sys.executable))
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.folder.port}"

    @property
    def log(self) -> Path:
        """What it said, over all its starts."""
        return self.folder.path / "output.log"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    def log_tail(self, lines: int = 40) -> str:
        """Return the end of what it said."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    async def async_start(self, timeout_s: float = 120.0, *, wait: bool = True) -> float:
        """Start it and wait until it answers; return how long that took, in s. HassError when it is too late."""
        if self.running:
            raise HassError("it runs already")
        self.folder.write()
        before = time.monotonic()
        paths = [str(self.folder.stubs), os.environ.get("PYTHONPATH", "")]
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(self.python),
                "-m",
                "homeassistant",
                "--config",
                str(self.folder.path),
                "--skip-pip-packages",
                "pymicro-vad,pyspeex-noise",
                cwd=self.folder.path,  # else the checkout itself would be found before the folder's components
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(path for path in paths if path),
                    "PYTHONUNBUFFERED": "1",
                    **self.environment,
                },
                preexec_fn=_die_with_parent,
            )
        if wait:
            await self.async_wait_for_answer(timeout_s)
        return time.monotonic() - before

    async def async_wait_for_answer(self, timeout_s: float = 120.0) -> None:
        """Wait until the front page is served."""
        try:
            async with asyncio.timeout(timeout_s), aiohttp.ClientSession() as session:
                while True:
                    if not self.running:
                        raise HassError(f"Home Assistant ended by itself\n{self.log_tail()}")
                    with contextlib.suppress(aiohttp.ClientError, OSError):
                        async with session.get(f"{self.url}/manifest.json") as answer:
                            if answer.status == 200:
                                return
                    await asyncio.sleep(0.1)
        except TimeoutError as err:
            raise HassError(f"no answer within {timeout_s} s\n{self.log_tail()}") from err

    async def async_stop(self) -> int | None:
        """Ask it to stop and wait; return its exit code. What does not stop in time is killed."""
        if self._process is None or self._process.returncode is not None:
            return None if self._process is None else self._process.returncode
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                return await self._process.wait()
        except TimeoutError:
            await self.async_kill()
            raise HassError(f"it did not stop within {_STOP_TIMEOUT_S} s\n{self.log_tail()}") from None

    async def async_kill(self) -> None:
        """End it without warning, as a power cut would."""
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        async with asyncio.timeout(_KILL_TIMEOUT_S):
            await self._process.wait()
