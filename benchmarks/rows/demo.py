"""How long somebody waits for the demo: from the shell's command to the line that says READY."""

import asyncio
from functools import lru_cache
from pathlib import Path
from statistics import median
import tempfile
from time import perf_counter

from benchmarks.row import Measured, Row
from tests.e2e.demo_run import demo

_WARM = 3


async def _ready_s(folder: Path) -> float:
    begun_s = perf_counter()
    async with demo(folder) as running:
        took_s = perf_counter() - begun_s
        await running.interrupt()
    return took_s


async def _starts() -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        return [await _ready_s(Path(folder)) for _ in range(1 + _WARM)]


@lru_cache
def _measured() -> list[float]:
    return asyncio.run(_starts())


def _first() -> Measured:
    remark = "a new house, configured through all flows; the environment is there"
    return Measured(value=_measured()[0], remarks=(remark,))


def _warm() -> Measured:
    warm = _measured()[1:]
    details = {"least": round(min(warm), 1), "greatest": round(max(warm), 1), "times": len(warm)}
    return Measured(value=median(warm), details=details)


ROWS = (
    Row(name="demo: READY for the first time", unit="s", at_most=180, measure=_first),
    Row(name="demo: READY, warm", unit="s", at_most=20, measure=_warm),
)
