"""Costing sessions of forty periods again, each of which changes: time, memory, and who waits for it.

All grows straight with their number: the usual row is a tenth of the long one.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
import resource
import tempfile
from time import perf_counter, process_time
from typing import Any

from benchmarks.recosting_file import PERIODS, SITE_ID, make
from benchmarks.row import Measured, Row
from custom_components.ev_sessions.site.clock import system_now
from custom_components.ev_sessions.site.costs.recosting import Recosting
from custom_components.ev_sessions.site.costs.recosting_job import RecostingJob
from custom_components.ev_sessions.store import Ledger

SESSIONS, MANY_SESSIONS = 10_000, 100_000
_LOOK_S = 0.005


class _Bus:
    """Hears what is told of the progress."""

    def async_fire(self, event_type: str, data: dict[str, Any]) -> None:
        """Take an event."""


class _Hass:
    """As much of Home Assistant as costing again asks for."""

    def __init__(self) -> None:
        self.bus = _Bus()

    def async_add_executor_job(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        """Do work beside the loop."""
        return asyncio.get_running_loop().run_in_executor(None, work)


def job_of(ledger: Ledger, changed: Callable[[], None] = lambda: None) -> RecostingJob:
    """Return what costs the sessions of the ledger again, with nobody to tell but `changed`."""
    hass: Any = _Hass()

    async def tell(_: list[str]) -> None:
        """Tell nobody."""

    return RecostingJob(
        hass,
        ledger,
        Recosting(hass=hass, ledger=ledger),
        site_id=SITE_ID,
        clock=system_now,
        memory=dict,
        changed=changed,
        tell=tell,
    )


async def _run(path: Path) -> tuple[float, list[float]]:
    """Return how long it took, and by how much each look of the loop was late."""
    ledger = Ledger(str(path))
    await asyncio.to_thread(ledger.open)
    late_s: list[float] = []

    async def look() -> None:
        while True:
            begun = perf_counter()
            await asyncio.sleep(_LOOK_S)
            late_s.append(perf_counter() - begun - _LOOK_S)

    job = job_of(ledger)
    looking = asyncio.create_task(look())
    begun = perf_counter()
    try:
        await job.async_begin(None, None)
        await job.async_run()
        took_s = perf_counter() - begun
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
    await asyncio.to_thread(ledger.close)
    return took_s, late_s


def measured(sessions: int) -> Measured:
    """Cost so many sessions again; the value is in s."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        make(path, sessions)
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun_cpu_s = process_time()
        took_s, late_s = asyncio.run(_run(path))
        late_s.sort()
        return Measured(
            value=took_s,
            details={
                "sessions": sessions,
                "periods": PERIODS,
                "cpu_s": round(process_time() - begun_cpu_s, 1),
                "sessions_per_s": round(sessions / took_s, 1),
                "grown_mib": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024, 1),
                "loop_late_p50_ms": round(late_s[len(late_s) // 2] * 1000, 2),
                "loop_late_p99_ms": round(late_s[len(late_s) * 99 // 100] * 1000, 2),
                "loop_late_most_ms": round(late_s[-1] * 1000, 2),
            },
        )


def _row(sessions: int) -> Row:
    return Row(
        name=f"recosting: {sessions:,} sessions of {PERIODS} periods", unit="s", measure=partial(measured, sessions)
    )


ROWS = (_row(SESSIONS),)
LONG_ROWS = (_row(MANY_SESSIONS),)
