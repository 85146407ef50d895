"""What stations that report cost: a real Home Assistant with recorder, and stations in another process on real sockets.

Reports are of seventeen values. Computing time is the Home Assistant process's own, as proc(5) has it, and all that
it does meanwhile: `at_rest_percent` is what it takes with the same stations connected and silent. Beside each figure
stands what the calibration loop took of this machine in the same seconds (`loop_ms`), and the figure in such loops:
two machines, and a quiet and a busy hour of one, are compared by that.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
import json
import os
from pathlib import Path
from statistics import median
import sys
import tempfile
from time import process_time
from typing import Any

from ocpp.messages import MessageType, get_validator

from benchmarks.ocpp_load import Reporter, identity
from benchmarks.row import Measured, Row
from benchmarks.rows.calibration import fixed_loop
from simulator.ocpp.behaviour import MEASURANDS
from simulator.ocpp.connector import Sample, Transaction
from simulator.ocpp.measurands import measure
from simulator.process import REPOSITORY
from tests.e2e.station_house import StationHouse, station_house

VERSIONS = ("1.6", "2.0.1")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_MOST_STATIONS = 200
_FRAMES = 1000
_AT_REST_S, _CALIBRATE_EVERY_S = 5.0, 2.5
_CALM_S, _CALM_SHARE, _CALM_TIMEOUT_S = 4.0, 0.05, 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """So many stations, reporting at once again (0) or every so many s, for so long."""

    stations: int
    every_s: float = 0.0
    seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a stage cost, and how long the answers took, in ms, by kind."""

    reported: int
    lasted_s: float
    computed_s: float
    at_rest_share: float  # of a processor
    loop_ms: float  # of the calibration loop in the same time
    rss_mb: float
    took_ms: dict[str, dict[str, float]]
    failed: int

    @property
    def per_thousand_s(self) -> float:
        """Return the computing time of a thousand reports, what else went on included."""
        return self.computed_s / self.reported * 1000

    @property
    def per_thousand_loops(self) -> float:
        """Return the same in calibration loops."""
        return self.per_thousand_s * 1000 / self.loop_ms


STAGES = {
    "1 station": Stage(stations=1),
    "10 stations": Stage(stations=10),
    "50 stations": Stage(stations=50),
    "50 × 1/s": Stage(stations=50, every_s=1.0, seconds=30.0),
    "200 × 1/10 s": Stage(stations=200, every_s=10.0, seconds=40.0),
}


def _computed_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS_PER_S


def _rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not tell")


@asynccontextmanager
async def _stations(version: str) -> AsyncIterator[StationHouse]:
    """Run a Home Assistant that knows all the stations."""
    with tempfile.TemporaryDirectory() as folder:
        async with station_house(Path(folder)) as house:
            await house.adopt("FIRST", version, "First")
            await house.house.hass.stop()
            await house.multiply("FIRST", [(identity(number), f"Bay {number}", 1) for number in range(_MOST_STATIONS)])
            await house.house.hass.start(house.client)
            await _calm(house.house.hass.pid)
            yield house


async def _calibrated(until: asyncio.Task[dict[str, Any]]) -> float:
    """Return the median computing time of the calibration loop, in ms, while something else goes on."""
    took_ms = []
    while not until.done():
        begun_s = process_time()
        fixed_loop()
        took_ms.append((process_time() - begun_s) * 1000)
        await asyncio.wait({until}, timeout=_CALIBRATE_EVERY_S)
    return median(took_ms)


async def _calm(pid: int) -> None:
    """Wait until a start is over, and all its states are written: with thousands of entities that takes a while."""
    async with asyncio.timeout(_CALM_TIMEOUT_S):
        while True:
            before_s = _computed_s(pid)
            await asyncio.sleep(_CALM_S)
            if _computed_s(pid) - before_s < _CALM_S * _CALM_SHARE:
                return


async def _run(house: StationHouse, version: str, stage: Stage) -> Result:
    pid = house.house.hass.pid
    arguments = ["--url", house.url, "--version", version, "--stations", str(stage.stations)]
    arguments += ["--seconds", str(stage.seconds), "--every", str(stage.every_s)]
    load = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.ocpp_load",
        *arguments,
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    await _told(load)
    await _calm(pid)
    before_s = _computed_s(pid)
    await asyncio.sleep(_AT_REST_S)
    at_rest_share = (_computed_s(pid) - before_s) / _AT_REST_S
    before_s = _computed_s(pid)
    _go_on(load)
    telling = asyncio.get_running_loop().create_task(_told(load))
    loop_ms = await _calibrated(telling)
    reported = await telling
    computed_s = _computed_s(pid) - before_s
    rss_mb = _rss_mb(pid)
    _go_on(load)
    found = await _told(load)
    await load.wait()
    return Result(
        reported=reported["reported"],
        lasted_s=reported["lasted_s"],
        computed_s=computed_s,
        at_rest_share=at_rest_share,
        loop_ms=loop_ms,
        rss_mb=rss_mb,
        took_ms={kind: found[kind] for kind in ("start", "report", "stop")},
        failed=found["failed"],
    )


async def _told(load: asyncio.subprocess.Process) -> dict[str, Any]:
    if load.stdout is None:
        raise RuntimeError("the load has no output")
    async with asyncio.timeout(300):
        line = await load.stdout.readline()
    found: dict[str, Any] = json.loads(line)
    return found


def _go_on(load: asyncio.subprocess.Process) -> None:
    if load.stdin is None:
        raise RuntimeError("the load has no input")
    load.stdin.write(b"\n")


async def _all(version: str) -> dict[str, Result]:
    async with _stations(version) as house:
        return {name: await _run(house, version, stage) for name, stage in STAGES.items()}


@lru_cache
def _results(version: str) -> dict[str, Result]:
    return asyncio.run(_all(version))


def _cost(version: str, stage: str) -> Measured:
    result = _results(version)[stage]
    details = {
        "reported": result.reported,
        "per_s": round(result.reported / result.lasted_s, 1),
        "cpu_percent": round(100 * result.computed_s / result.lasted_s, 1),
        "at_rest_percent": round(100 * result.at_rest_share, 1),
        "loop_ms": round(result.loop_ms, 1),
        "loops": round(result.per_thousand_loops, 1),
        "rss_mb": round(result.rss_mb),
        "failed": result.failed,
        "answer_ms": result.took_ms["report"],
    }
    return Measured(value=result.per_thousand_s, details=details)


def _answer(version: str, stage: str, kind: str, place: str) -> Measured:
    took_ms = _results(version)[stage].took_ms[kind]
    return Measured(value=took_ms[place], details={**took_ms, "loop_ms": round(_results(version)[stage].loop_ms, 1)})


def _bare(version: str) -> Measured:
    """Read and check the same frames and do nothing with them: what no central system can do without."""
    reporter = Reporter("ws://127.0.0.1:1", version, 0, None)
    station, place = reporter.station, reporter.station.connectors[1]
    values = measure(reporter.outlet, place.register_wh, place.offered_a, MEASURANDS, station.behaviour)
    sample = Sample(at=station.now(), context="Sample.Periodic", values=values)
    transaction = Transaction(connector=1, token="TAG1", start=sample.at, meter_start_wh=0.0, id="1000")  # noqa: S106
    action, payload = station.dialect.metered(place, transaction, sample)
    frame = json.dumps([2, "6f0e7b1c-53a5-4c9e-9d4b-1f1f5c7a2b10", action, payload])
    validator = get_validator(MessageType.Call, action, version)
    begun_s = process_time()
    for _ in range(_FRAMES):
        validator.validate(json.loads(frame)[3])
    took_s = process_time() - begun_s
    return Measured(value=took_s * 1000 / _FRAMES, details={"bytes": len(frame), "values": len(values)})


def _rows(version: str) -> list[Row]:
    of_version = f"ocpp {version}"
    cost = [
        Row(
            name=f"{of_version}: computing time of 1,000 reports, {stage}",
            unit="s",
            at_most=1.0,
            measure=partial(_cost, version, stage),
        )
        for stage in STAGES
    ]
    answers = [
        Row(
            name=f"{of_version}: answer to a report at 50 × 1/s, {place}",
            unit="ms",
            at_most=20.0 if place == "p99" else None,
            measure=partial(_answer, version, "50 × 1/s", "report", place),
        )
        for place in ("p50", "p99")
    ]
    kept = [
        Row(
            name=f"{of_version}: answer to a {kind}, which waits for the disk, {place}",
            unit="ms",
            measure=partial(_answer, version, "50 × 1/s", kind, place),
        )
        for kind in ("start", "stop")
        for place in ("p50", "p99")
    ]
    bare = Row(name=f"{of_version}: 1,000 reports read and checked only", unit="s", measure=partial(_bare, version))
    return [bare, *cost, *answers, *kept]


ROWS = tuple(row for version in VERSIONS for row in _rows(version))
