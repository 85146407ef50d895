"""A charging station on the command line.

    python -m simulator.ocpp --url ws://homeassistant.local:9000 --id CS-1 [--version 1.6|2.0.1|2.1] [--connectors N]
        [--switch accepts_all --switch no-boots_on_reconnect --switch clock_offset_s=90]

Every frame is printed. Lines on standard input are what people do: `plug [n]`, `unplug [n]`, `tap TOKEN [n]`,
`fail [n]`, `mend [n]`, `sample [n]`, `cut`, `offline`, `online`, `reboot`, `raw FRAME`, `quit`.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
import sys

from .behaviour import Behaviour, StationModel, switches
from .line import OfflineError
from .outlet import HandOutlet
from .station import Station
from .versions import DIALECTS


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="simulator.ocpp", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = StationModel()
    parser.add_argument("--url", required=True, help="ws:// or wss://; the id is put behind it")
    parser.add_argument("--id", required=True, dest="identity")
    parser.add_argument("--version", choices=sorted(DIALECTS), default="1.6")
    parser.add_argument("--connectors", type=int, default=1)
    parser.add_argument("--password")
    parser.add_argument("--vendor", default=usual.vendor)
    parser.add_argument("--model", default=usual.model)
    parser.add_argument("--serial", default=usual.serial)
    parser.add_argument("--firmware", default=usual.firmware)
    parser.add_argument("--switch", action="append", default=[], help="what it does in its own way, see behaviour.py")
    parser.add_argument("--plugged", action="store_true", help="with a car from the beginning")
    parser.add_argument("--lifetime", type=float, default=24 * 3600.0, help="seconds until it ends by itself")
    return parser.parse_args(arguments)


async def _lines() -> AsyncGenerator[list[str]]:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode(errors="replace").split()


def _number(words: list[str], place: int) -> int:
    return int(words[place]) if len(words) > place else 1


async def _act(station: Station, words: list[str]) -> None:
    match words[0]:
        case "plug":
            station.plug_in(_number(words, 1))
        case "unplug":
            station.unplug(_number(words, 1))
        case "tap":
            await station.present(words[1], _number(words, 2))
        case "fail":
            station.fail(_number(words, 1))
        case "mend":
            station.fail(_number(words, 1), "NoError")
        case "sample":
            station.sample(_number(words, 1))
        case "reboot":
            await station.reboot()
        case _:
            await _act_on_line(station, words)


async def _act_on_line(station: Station, words: list[str]) -> None:
    match words[0]:
        case "cut":
            station.line.cut()
        case "offline":
            await station.line.go_offline()
        case "online":
            station.line.go_online()
        case "raw":
            await station.line.send_text(" ".join(words[1:]))
        case _:
            sys.stderr.write(f"nobody knows what {words[0]} means\n")


async def _obey(station: Station) -> None:
    async for words in _lines():
        if words[:1] == ["quit"]:
            return
        try:
            if words:
                await _act(station, words)
        except (OfflineError, LookupError, ValueError) as err:
            sys.stderr.write(f"{type(err).__name__}: {err}\n")
    await asyncio.Event().wait()


def _print(direction: str, text: str) -> None:
    sys.stdout.write(f"{direction} {text}\n")
    sys.stdout.flush()


async def serve(options: argparse.Namespace) -> None:
    """Be a station until it is time to end."""
    station = Station(
        options.url,
        options.identity,
        DIALECTS[options.version],
        model=StationModel(
            vendor=options.vendor, model=options.model, serial=options.serial, firmware=options.firmware
        ),
        behaviour=Behaviour(**switches(options.switch)),
        outlets=[HandOutlet() for _ in range(options.connectors)],
        password=options.password,
    )
    station.line.on_frame = _print
    if options.plugged:
        station.plug_in()
    async with station.running():
        with suppress(TimeoutError):
            async with asyncio.timeout(options.lifetime):
                await _obey(station)


def main(arguments: list[str] | None = None) -> None:
    """Run it; Ctrl-C ends it."""
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(_arguments(arguments)))


if __name__ == "__main__":
    main()
