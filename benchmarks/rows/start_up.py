"""What a site adds to the start of a real Home Assistant: the same process with its entry, and with that disabled."""

import asyncio
from functools import lru_cache
import os
from pathlib import Path
from statistics import median
import tempfile
from time import perf_counter

from benchmarks.row import Measured, Row
from simulator.hass.client import HassClient
from simulator.hass.process import HassProcess
from tests.e2e.set_up import add_site, house_on

#: In turn with us and without: the machine's mood is the same for both.
_PAIRS = 5
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")

type _Start = tuple[float, float]


async def _start(hass: HassProcess, client: HassClient) -> _Start:
    """Start it, and return the seconds until it ran: of the clock, and of its own computing."""
    begun_s = perf_counter()
    await hass.start(client)
    took_s = perf_counter() - begun_s
    return took_s, _computed_s(hass.pid)


def _computed_s(pid: int) -> float:
    """Return the computing time of a process, as proc(5) has it."""
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS_PER_S


async def _starts() -> dict[bool, list[_Start]]:
    with tempfile.TemporaryDirectory() as folder:
        async with house_on(Path(folder)) as house:
            await add_site(house)
            (entry,) = await house.client.entries("ev_sessions")
            starts: dict[bool, list[_Start]] = {True: [], False: []}
            for _ in range(_PAIRS):
                for with_us in (True, False):
                    disabled_by = None if with_us else "user"
                    await house.client.command(
                        "config_entries/disable", entry_id=entry["entry_id"], disabled_by=disabled_by
                    )
                    await house.hass.stop()
                    starts[with_us].append(await _start(house.hass, house.client))
            return starts


@lru_cache
def _measured() -> dict[bool, list[_Start]]:
    return asyncio.run(_starts())


def _added(which: int) -> Measured:
    starts = _measured()
    with_us, without = ([one[which] for one in starts[key]] for key in (True, False))
    added = [(one - other) * 1000 for one, other in zip(with_us, without, strict=True)]
    details = {
        "with_us_s": round(median(with_us), 3),
        "without_us_s": round(median(without), 3),
        "ratio": round(median(with_us) / median(without), 3),
        "least": round(min(added)),
        "greatest": round(max(added)),
        "pairs": _PAIRS,
    }
    return Measured(value=median(added), details=details, remarks=("whether it runs is asked five times a second",))


ROWS = (
    Row(name="start-up: time until Home Assistant runs, added", unit="ms", measure=lambda: _added(0)),
    Row(name="start-up: computing time until then, added", unit="ms", measure=lambda: _added(1)),
)
