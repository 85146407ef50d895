"""Stations that do nothing but report: the load of the OCPP rows, in a process of its own.

    python -m benchmarks.ocpp_load --url ws://127.0.0.1:9000 --version 1.6 --stations 10 --seconds 10 [--every 1]

Prints one JSON line: how many reports were answered, and how long each kind of answer took, in ms.
"""

import argparse
import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
import json
from statistics import quantiles
import sys
from time import perf_counter
from typing import Any

from simulator.ocpp.behaviour import MEASURANDS, Behaviour
from simulator.ocpp.connector import Sample, Transaction
from simulator.ocpp.line import OfflineError, RefusedError
from simulator.ocpp.measurands import measure
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.versions import DIALECTS

_BY_MESSAGE_WH = 3.0
_CONNECT_S = 240.0
_SETTLE_S = 2.0


def identity(number: int) -> str:
    """Return the identity of the n-th station."""
    return f"LOAD-{number:03}"


class Reporter:
    """One station that has a transaction and reports it."""

    def __init__(self, url: str, version: str, number: int, password: str | None) -> None:
        self.outlet = HandOutlet(register_wh=1_000_000.0)
        self.outlet.soc = 50.0
        self.station = Station(
            url,
            identity(number),
            DIALECTS[version],
            behaviour=Behaviour(free_token=None),
            outlets=[self.outlet],
            password=password,
            automatic=False,
        )
        self.took_ms: dict[str, list[float]] = {"start": [], "report": [], "stop": []}
        self.failed = 0

    async def begin(self) -> Transaction:
        """Plug a car in and begin."""
        station = self.station
        station.plug_in()
        begun_s = perf_counter()
        transaction = station.begin()
        await station.line.flush(60.0)
        self.took_ms["start"].append((perf_counter() - begun_s) * 1000)
        return transaction

    async def report(self, transaction: Transaction) -> None:
        """Send one report of seventeen values and wait for its answer."""
        station, place = self.station, self.station.connectors[1]
        self.outlet.own_register_wh += _BY_MESSAGE_WH
        values = measure(self.outlet, place.register_wh, place.offered_a, MEASURANDS, station.behaviour)
        sample = Sample(at=station.now(), context="Sample.Periodic", values=values)
        begun_s = perf_counter()
        try:
            await station.line.call(*station.dialect.metered(place, transaction, sample))
        except OfflineError, RefusedError:
            self.failed += 1
        else:
            self.took_ms["report"].append((perf_counter() - begun_s) * 1000)

    async def run(self, until_s: float, every_s: float, phase: float) -> None:
        """Report until it is time, at once again or by a clock."""
        transaction = self.station.connectors[1].transaction or await self.begin()
        due_s = perf_counter() + every_s * phase
        while perf_counter() < until_s:
            if every_s:
                await asyncio.sleep(max(0.0, due_s - perf_counter()))
                due_s += every_s
            await self.report(transaction)

    async def end(self) -> None:
        """End the transaction and let the car go."""
        begun_s = perf_counter()
        self.station.end()
        await self.station.line.flush(60.0)
        self.took_ms["stop"].append((perf_counter() - begun_s) * 1000)
        self.station.unplug()


async def _load(options: argparse.Namespace) -> dict[str, Any]:
    reporters = [Reporter(options.url, options.version, number, options.password) for number in range(options.stations)]
    async with AsyncExitStack() as stack:
        for reporter in reporters:
            await stack.enter_async_context(reporter.station.running())
        async with asyncio.timeout(_CONNECT_S):
            await asyncio.gather(*(reporter.station.accepted.wait() for reporter in reporters))
        await asyncio.sleep(options.settle)
        for reporter in reporters:
            await reporter.begin()
        _say({"ready": len(reporters)})
        await asyncio.to_thread(sys.stdin.readline)
        begun_s = perf_counter()
        until_s = begun_s + options.seconds
        await asyncio.gather(
            *(reporter.run(until_s, options.every, place / len(reporters)) for place, reporter in enumerate(reporters))
        )
        lasted_s = perf_counter() - begun_s
        _say({"reported": sum(len(reporter.took_ms["report"]) for reporter in reporters), "lasted_s": lasted_s})
        await asyncio.to_thread(sys.stdin.readline)
        for reporter in reporters:
            await reporter.end()
    return {
        "failed": sum(reporter.failed for reporter in reporters),
        **{kind: _places(ms for one in reporters for ms in one.took_ms[kind]) for kind in ("start", "report", "stop")},
    }


def _places(took_ms: Iterable[float]) -> dict[str, float]:
    taken = sorted(took_ms)
    if len(taken) < 2:
        return {"count": len(taken), "p50": taken[0] if taken else 0.0, "p99": taken[-1] if taken else 0.0}
    cuts = quantiles(taken, n=100)
    found = {"p50": cuts[49], "p99": cuts[98], "greatest": taken[-1]}
    return {"count": len(taken), **{key: round(value, 2) for key, value in found.items()}}


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def main() -> None:
    """Load, and say how it went."""
    parser = argparse.ArgumentParser(prog="benchmarks.ocpp_load", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--version", default="1.6")
    parser.add_argument("--stations", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--every", type=float, default=0.0, help="s between reports; 0: as soon as one is answered")
    parser.add_argument("--password")
    parser.add_argument("--settle", type=float, default=_SETTLE_S, help="s between being accepted and the first report")
    _say(asyncio.run(_load(parser.parse_args())))


if __name__ == "__main__":
    main()
