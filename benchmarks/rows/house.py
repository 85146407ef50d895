"""A site in a real Home Assistant, in this process: what a reading costs its event loop, and what it writes.

The house and its charger are states that are written, as any integration writes them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
import logging
from pathlib import Path
from statistics import median, quantiles
import subprocess
import sys
import tempfile
from time import thread_time
from typing import Any

from freezegun import api as frozen, freeze_time
from homeassistant import loader
from homeassistant.core import Event, callback
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component import patch_time  # noqa: F401 - lets Home Assistant's own clock be frozen
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from benchmarks.row import Measured, Row
import custom_components.ev_sessions  # noqa: F401 - before the test plugin's package of that name is found
from tests.site.house import House, site_entry

_POWER_W = 11_000.0
_EVERY_S = 10
_READINGS = 360  # an hour
_WARM_UP = 30


@asynccontextmanager
async def _house(freezer: Any, *, with_site: bool) -> AsyncIterator[tuple[House, float]]:
    """Run a Home Assistant with a house, and a site of ours; give the seconds that its set-up took, too."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        async with async_test_home_assistant() as hass:
            hass.config.config_dir = str(Path(folder))
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS, None)
            await async_setup_component(hass, "homeassistant", {})
            house = House(hass=hass, freezer=freezer)
            house.begin()
            took_s = 0.0
            entry = site_entry()
            if with_site:
                entry.add_to_hass(hass)
                begun_s = frozen.real_perf_counter()
                if not await hass.config_entries.async_setup(entry.entry_id):
                    raise RuntimeError("the site was not set up")
                await hass.async_block_till_done(wait_background_tasks=True)
                took_s = frozen.real_perf_counter() - begun_s
            try:
                yield house, took_s
            finally:
                if with_site:
                    await hass.config_entries.async_unload(entry.entry_id)
                await hass.async_stop(force=True)
    logging.disable(logging.NOTSET)


async def _charge_an_hour(freezer: Any, *, with_site: bool) -> dict[str, Any]:
    """Charge for an hour with a reading every ten seconds; return what it cost and what was written."""
    async with _house(freezer, with_site=with_site) as (house, setup_s):
        writes: Counter[str] = Counter()
        ours = {"sensor.garage_", "binary_sensor.garage_", "number.garage_", "switch.garage_", "event.garage_"}
        ours |= {"sensor.home_", "switch.home_"}

        @callback
        def count(event: Event[Any]) -> None:
            entity_id = event.data["entity_id"]
            if any(entity_id.startswith(start) for start in ours):
                writes[entity_id] += 1

        house.hass.bus.async_listen("state_changed", count)
        house.charger("charging", power_w=_POWER_W)
        await house.later(seconds=_EVERY_S)
        took_ms: list[float] = []
        for number in range(_WARM_UP + _READINGS):
            if number == _WARM_UP:
                writes.clear()
            begun_s = thread_time()
            house.charger("charging", power_w=_POWER_W + number % 3, energy_kwh=_POWER_W * _EVERY_S / 3_600_000)
            house.grid(18.0 + number % 5 / 100, 18.0, 18.0)
            await _turns_of_the_loop()
            if number >= _WARM_UP:
                took_ms.append((thread_time() - begun_s) * 1000)
            await house.later(seconds=_EVERY_S)
        return {"setup_s": setup_s, "took_ms": took_ms, "writes": writes}


async def _turns_of_the_loop() -> None:
    """Let all that a reading calls for be done on the loop; what waits for the disk is not waited for."""
    for _ in range(5):
        await asyncio.sleep(0)


@lru_cache
def _hour(*, with_site: bool) -> dict[str, Any]:
    # Frozen from before the loop is there, so that its timers know no other time.
    with freeze_time("2026-11-19T16:00:00+00:00") as freezer:
        return asyncio.run(_charge_an_hour(freezer, with_site=with_site))


def _loop_time(place: int) -> Measured:
    with_us, without_us = _hour(with_site=True)["took_ms"], _hour(with_site=False)["took_ms"]
    value, bare = (quantiles(took, n=100)[place - 1] for took in (with_us, without_us))
    details = {"without_us_ms": round(bare, 4), "ratio": round(value / bare, 1), "greatest_ms": round(max(with_us), 3)}
    return Measured(value=value, details={**details, "readings": len(with_us)})


def _writes() -> Measured:
    writes = _hour(with_site=True)["writes"]
    remarks = tuple(f"{count:>5} {entity_id}" for entity_id, count in writes.most_common(12))
    return Measured(value=sum(writes.values()), details={"readings": _READINGS}, remarks=remarks)


_IMPORT = """
from time import perf_counter
import homeassistant.bootstrap, homeassistant.components.recorder
begun = perf_counter()
import custom_components.ev_sessions
from custom_components.ev_sessions import binary_sensor, config_flow, event, number, sensor, switch
print(perf_counter() - begun)
"""


def _import() -> Measured:
    """Measure what a start has to read of us, in an interpreter that has Home Assistant and its recorder."""
    took_ms = []
    for _ in range(5):
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", _IMPORT], check=True, capture_output=True, text=True, timeout=60
        )
        took_ms.append(float(done.stdout) * 1000)
    return Measured(
        value=median(took_ms), details={"least": round(min(took_ms), 1), "greatest": round(max(took_ms), 1)}
    )


def _setup() -> Measured:
    return Measured(value=_hour(with_site=True)["setup_s"] * 1000, remarks=("one site, one charger, an empty ledger",))


ROWS = (
    Row(name="house: event loop per reading, p50", unit="ms", measure=lambda: _loop_time(50)),
    Row(name="house: event loop per reading, p99", unit="ms", at_most=10, measure=lambda: _loop_time(99)),
    Row(name="house: state writes per hour of charging at 10 s", unit="writes", measure=_writes),
    Row(name="house: import of the integration", unit="ms", measure=_import),
    Row(name="house: set-up of a site, imports warm", unit="ms", measure=_setup),
)
