"""The life of a `hass` process: start, end, kill, and start again on the same folder."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
import ctypes
import os
from pathlib import Path
import signal
import socket
import sys

from simulator.process import end

from .client import HassClient, HassError
from .folder import make_folder

#: What stands in for packages that would need a compiler.
_SKIPPED = "pymicro-vad,pyspeex-noise"
#: On a quiet machine it takes ten; one that dies is noticed at once, so waiting costs a slow machine only.
_START_TIMEOUT_S = 240.0
#: One that is killed before it has ended in order has not written what it knows.
_STOP_TIMEOUT_S = 120.0
_PR_SET_PDEATHSIG = 1
_LOG = "console.log"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class HassProcess:
    """One Home Assistant on one folder, started as often as wanted."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        python: Path | None = None,
        extra: str = "",
        components: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.port = free_port() if port is None else port
        self.url = f"http://127.0.0.1:{self.port}"
        self._python = str(python) if python is not None else sys.executable
        self._extra = extra
        self._components = components
        self._process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Return the process id; HassError when it was not started."""
        if self._process is None:
            raise HassError("not started")
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """Return how the process ended; None while it lives or was not started."""
        return None if self._process is None else self._process.returncode

    @property
    def log(self) -> str:
        """Return what was printed, over all starts."""
        path = self.folder / _LOG
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    async def launch(self) -> None:
        """Start the process and do not wait."""
        if self.running:
            raise HassError("already started")
        make_folder(self.folder, self.port, extra=self._extra, components=self._components)
        with (self.folder / _LOG).open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._python,
                "-m",
                "homeassistant",
                "--config",
                str(self.folder),
                "--skip-pip-packages",
                _SKIPPED,
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(self.folder / "packages"), "PYTHONUNBUFFERED": "1"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                # A Ctrl-C in the terminal is for us, who end it in order; if we are killed, it goes too.
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )

    async def start(self, client: HassClient, *, timeout_s: float = _START_TIMEOUT_S) -> None:
        """Start it and wait until it runs; HassError with the log's end when it does not."""
        await self.launch()
        await self.wait_running(client, timeout_s=timeout_s)

    async def wait_running(self, client: HassClient, *, timeout_s: float = _START_TIMEOUT_S) -> None:
        """Wait until it runs; HassError with the log's end when it dies or takes too long."""
        loop = asyncio.get_running_loop()
        if self._process is None:
            raise HassError("not started")
        alive = loop.create_task(self._process.wait())
        ready = loop.create_task(client.wait_running(timeout_s))
        try:
            await asyncio.wait((alive, ready), return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                raise HassError(f"hass ended with {self._process.returncode}:\n{self.log[-4000:]}")
            try:
                ready.result()
            except HassError as err:
                raise HassError(f"{err}\n{self.log[-4000:]}") from err
        finally:
            for task in (alive, ready):
                task.cancel()
                with suppress(asyncio.CancelledError, HassError):
                    await task

    async def stop(self) -> None:
        """End it as an operating system would (SIGTERM)."""
        if self._process is not None:
            await end(self._process, timeout_s=_STOP_TIMEOUT_S)

    async def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL)."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


def _end_with_parent() -> None:
    """Ask the kernel for SIGTERM when our starter dies, however it dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@asynccontextmanager
async def hass_process(
    folder: Path,
    *,
    port: int | None = None,
    python: Path | None = None,
    extra: str = "",
    components: Sequence[str] = (),
) -> AsyncGenerator[tuple[HassProcess, HassClient]]:
    """Run a Home Assistant for the time of a `with` block."""
    hass = HassProcess(folder, port=port, python=python, extra=extra, components=components)
    async with HassClient(hass.url) as client:
        try:
            await hass.start(client)
            yield hass, client
        finally:
            await hass.stop()
