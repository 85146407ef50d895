"""Frames that a fuzzer finds its own way with: it sees which lines of ours each of them reaches (libFuzzer by atheris).

    scripts/fuzz --seconds 3600 --frames 1000000

Each frame goes a station's whole way in. A crash, a call without its one answer, or an InternalError
of ours ends the run with the frame in test-results/. So does memory that grows: what the fuzzer itself
keeps (each input that led it anywhere new) is a few MiB of it.
"""

import argparse
import asyncio
import gc
from itertools import islice
import json
import os
from pathlib import Path
from random import Random
import sys
from time import monotonic

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]  # scripts/fuzz brings it
from pytest_homeassistant_custom_component.common import async_test_home_assistant

with atheris.instrument_imports(
    include=["custom_components.ev_sessions.chargers.ocpp", "custom_components.ev_sessions.core.station"]
):
    from custom_components.ev_sessions.chargers.ocpp.version import Version
    from tests.chargers.ocpp.wild import WildStation, change, frames, resident_mib, right_frames

_SEEDS = 300
_BY_BYTES = 0.3
#: A station that heard more is another one: what it keeps is bounded, and slow to look through.
_FRESH_AFTER = 20_000
#: Until the caches are full, and the fuzzer has read what it begins with.
_SETTLED_AFTER = 3 * _FRESH_AFTER
_MOST_GROWTH_MIB = 96.0


class Target:
    """A station of ours for each version; the first byte of what the fuzzer makes says which one hears the rest."""

    def __init__(self, loop: asyncio.AbstractEventLoop, frames_wanted: int) -> None:
        self._loop = loop
        self._frames_wanted = frames_wanted
        self._began_s = monotonic()
        self._settled_mib = 0.0
        self._home = async_test_home_assistant()
        self._hass = loop.run_until_complete(self._home.__aenter__())
        self._stations: list[WildStation] = []
        self._heard = 0

    def hear(self, data: bytes) -> None:
        """Take one input of the fuzzer; end the process after the last that is wanted."""
        if self._heard == _SETTLED_AFTER:
            self._settled_mib = _resident_after_collection_mib()
        elif self._heard == self._frames_wanted:
            self._end()
        if self._heard % _FRESH_AFTER == 0:
            self._stations = [WildStation(self._hass, version) for version in Version]
        self._heard += 1
        if data:
            station = self._stations[data[0] % len(self._stations)]
            self._loop.run_until_complete(station.check(data[1:].decode(errors="replace")))

    def _end(self) -> None:
        end_mib, took_s = _resident_after_collection_mib(), monotonic() - self._began_s
        print(  # noqa: T201 - who runs it wants to see it
            f"{self._heard} frames in {took_s:.0f} s: no crash, each call answered; "
            f"RSS {self._settled_mib:.1f} MiB after {_SETTLED_AFTER} of them, {end_mib:.1f} MiB at the end",
            flush=True,
        )
        # libFuzzer's loop knows no other end that is not a finding.
        os._exit(0 if end_mib - self._settled_mib < _MOST_GROWTH_MIB else 1)


def _resident_after_collection_mib() -> float:
    gc.collect()
    return resident_mib()


def write_corpus(folder: Path) -> None:
    """Write what the fuzzer begins with: every message that is right, and some that are a little wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, version in enumerate(Version):
        seeds = [*right_frames(version), *islice(frames(3, version), _SEEDS)]
        for number, text in enumerate(seeds):
            seed = bytes([place]) + text.encode(errors="replace")
            (folder / f"{version}-{number:04}").write_bytes(seed)


def changed(data: bytes, max_size: int, seed: int) -> bytes:
    """Return an input a little changed: mostly as JSON, so that it is still understood, else byte by byte."""
    random = Random(seed)
    try:
        frame = json.loads(data[1:])
    except ValueError:
        frame = None
    if not isinstance(frame, list) or random.random() < _BY_BYTES:
        return bytes(atheris.Mutate(data, max_size))
    for _ in range(random.randrange(1, 4)):
        change(random, frame)
    return (data[:1] + json.dumps(frame).encode(errors="replace"))[:max_size]


def main() -> None:
    """Fuzz for a while."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description="Fuzz what stations may send.")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--frames", type=int, default=1_000_000, help="end sooner, after so many")
    parser.add_argument("--results", type=Path, default=Path("test-results/fuzz"))
    asked = parser.parse_args()
    corpus = asked.results / "corpus"
    write_corpus(corpus)
    target = Target(asyncio.new_event_loop(), asked.frames)
    options = [
        sys.argv[0],
        f"-max_total_time={asked.seconds}",
        "-max_len=65536",
        "-timeout=30",
        "-rss_limit_mb=4096",
        f"-artifact_prefix={asked.results}/",
        "-print_final_stats=1",
        str(corpus),
    ]
    atheris.Setup(options, target.hear, custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
