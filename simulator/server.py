"""The plant in a process of its own, so that it outlives a Home Assistant that is killed.

    python -m simulator.server [--port N] [--seed N] [--speed X] ...

Prints one line, `{"host": ..., "port": ...}`, when it listens. Ends by SIGTERM, SIGINT, the command `stop`, at the
end of its life time, and with `--watch-stdin` when whoever started it is gone.
"""

import argparse
import asyncio
from collections.abc import Callable
import contextlib
from datetime import UTC, datetime
import json
from pathlib import Path
import signal
import sys
from typing import Any

from .household import HAND_LOADS, HOUSEHOLD, STATION_PLACES
from .link import LINE_LIMIT
from .ocpp.household import StationsOfHouse
from .plant.appliances import FAMILY_HOUSE
from .plant.charger import Charger
from .plant.meter import GridMeter
from .plant.plant import Place, Plant
from .plant.price_board import PriceBoard
from .state import Message, charger_event, devices, load_event, meter_event, price_event, truth

_TICK_S = 0.25
_CHARGER_PERIOD_S = 2.0
_SAVE_PERIOD_S = 10.0
#: A client that does not read is cut off before it costs memory.
_BACKLOG_LIMIT = 1 << 22


class PlantServer:
    """Runs a plant in real time and serves it on 127.0.0.1."""

    def __init__(
        self,
        plant: Plant,
        *,
        board: PriceBoard | None = None,
        registers: Path | None = None,
        branded: bool = False,
        house: str = "",
    ) -> None:
        self.plant = plant
        self.stopped = asyncio.Event()
        self._registers = registers
        self._board = board if board is not None else PriceBoard(zone=plant.life.zone.key)
        self._server: asyncio.Server | None = None
        self._listeners: set[asyncio.StreamWriter] = set()
        self._connections: set[asyncio.StreamWriter] = set()
        self._meter_count = 0
        self._shown: dict[str, Message] = {}
        self._next_chargers_s = 0.0
        self._next_save_s = 0.0
        self._priced_since: datetime | None = None
        self._commands: dict[str, Callable[..., Any]] = {
            "devices": lambda: devices(self.plant, branded=branded, house=house),
            "truth": lambda: truth(self.plant),
            "set_limit": self._set_limit,
            "set_enabled": self._set_enabled,
            "set_single_line": self._set_single_line,
            "plug_in": self._plug_in,
            "unplug": self._unplug,
            "set_load": self._set_load,
            "set_fault": self._set_fault,
            "set_meter": self._set_meter,
            "stop": self.stopped.set,
        }

    async def start(self, port: int = 0) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=LINE_LIMIT)
        return int(self._server.sockets[0].getsockname()[1])

    async def run(self, *, haste: float = 1.0) -> None:
        """Let the plant live in real time, or so many times faster, until it is stopped."""
        loop = asyncio.get_running_loop()
        begin_s = loop.time() - self.plant.now_s / haste
        tick_s = min(_TICK_S, self.plant.meter.period_s)
        while not self.stopped.is_set():
            while (self.plant.now_s + tick_s) / haste <= loop.time() - begin_s:
                self.plant.step(tick_s)
                self._tell_news()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.01, begin_s + (self.plant.now_s + tick_s) / haste - loop.time())):
                    await self.stopped.wait()

    async def close(self) -> None:
        """Stop listening, let all clients go, keep the registers."""
        self.stopped.set()
        self._save()
        if self._server is not None:
            self._server.close()
        for writer in list(self._connections):
            writer.close()
        if self._server is not None:
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while line := await reader.readline():
                self._answer(writer, line)
                await writer.drain()
        except OSError, ValueError:
            pass  # a client that breaks off or sends no lines is let go
        finally:
            self._listeners.discard(writer)
            self._connections.discard(writer)
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, line: bytes) -> None:
        number: object = None
        try:
            request = json.loads(line)
            number = request.pop("id", None)
            command = request.pop("command")
            if command == "subscribe":
                self._send(writer, {"id": number, "result": None})
                self._listeners.add(writer)
                for event in self._all():
                    self._send(writer, event)
                return
            result = self._commands[command](**request)
        except (KeyError, TypeError, ValueError, AttributeError) as err:
            self._send(writer, {"id": number, "error": f"{type(err).__name__}: {err}"})
        else:
            self._send(writer, {"id": number, "result": result})

    def _send(self, writer: asyncio.StreamWriter, message: Message) -> None:
        if writer.is_closing():
            return
        if writer.transport.get_write_buffer_size() > _BACKLOG_LIMIT:
            writer.transport.abort()
            return
        writer.write(json.dumps(message).encode() + b"\n")

    def _tell(self, event: Message) -> None:
        for writer in tuple(self._listeners):
            self._send(writer, event)

    def _all(self) -> list[Message]:
        events = [charger_event(charger) for charger in self.plant.chargers.values()]
        events += [load_event(self.plant, load) for load in HAND_LOADS]
        events.append(price_event(self.plant, self._board))
        if not self.plant.meter.silent and (shown := meter_event(self.plant)) is not None:
            events.append(shown)
        return events

    def _tell_news(self) -> None:
        """Push what is new after a step: each reading of the meter, changes of state at once, the rest by the clock."""
        plant = self.plant
        if plant.meter.count != self._meter_count and (shown := meter_event(plant)) is not None:
            self._meter_count = plant.meter.count
            self._tell(shown)
        due = plant.now_s >= self._next_chargers_s
        if due:
            self._next_chargers_s = plant.now_s + _CHARGER_PERIOD_S
        for charger in plant.chargers.values():
            self._tell_charger(charger, due=due)
        if (since := self._board.start_of(plant.now)) != self._priced_since:
            self._priced_since = since
            self._tell(price_event(plant, self._board))
        if plant.now_s >= self._next_save_s:
            self._next_save_s = plant.now_s + _SAVE_PERIOD_S
            self._save()

    def _tell_charger(self, charger: Charger, *, due: bool) -> None:
        event = charger_event(charger)
        before = self._shown.get(charger.model.id, {})
        at_once = ("online", "status", "limit_a", "enabled", "single_line")
        if not due and all(event.get(key) == before.get(key) for key in at_once):
            return
        self._shown[charger.model.id] = event
        # A charger that is offline says so once, and then nothing.
        if event["online"] or before.get("online", True):
            self._tell(event)

    def _save(self) -> None:
        if self._registers is None:
            return
        registers = {name: charger.register_wh for name, charger in self.plant.chargers.items()}
        fresh = self._registers.with_suffix(".new")
        fresh.write_text(json.dumps(registers), encoding="utf-8")
        fresh.replace(self._registers)

    def _set_limit(self, *, charger: str, limit_a: float) -> None:
        self.plant.chargers[charger].set_limit(float(limit_a), self.plant.now_s)

    def _set_enabled(self, *, charger: str, enabled: bool) -> None:
        self.plant.chargers[charger].set_enabled(bool(enabled), self.plant.now_s)

    def _set_single_line(self, *, charger: str, single_line: bool) -> None:
        self.plant.chargers[charger].set_single_line(bool(single_line))

    def _plug_in(self, *, charger: str, need_kwh: float | None = None) -> None:
        self.plant.plug_in(charger, need_kwh=need_kwh)

    def _unplug(self, *, charger: str) -> None:
        self.plant.unplug(charger)

    def _set_load(self, *, load: str, on: bool, power_w: list[float] | None = None) -> None:
        if not on:
            self.plant.house.switch_off(load, self.plant.now_s)
        else:
            first, second, third = HAND_LOADS[load].power_w if power_w is None else power_w
            self.plant.house.switch_on(load, (float(first), float(second), float(third)), self.plant.now_s)
        if load in HAND_LOADS:
            self._tell(load_event(self.plant, load))

    def _set_fault(self, *, charger: str, **faults: bool) -> None:
        """Set `faulty`, `deaf`, `online` of a charger."""
        if unknown := faults.keys() - {"faulty", "deaf", "online"}:
            raise ValueError(f"no such fault: {sorted(unknown)}")
        for name, value in faults.items():
            setattr(self.plant.chargers[charger], name, bool(value))

    def _set_meter(self, *, frozen: bool = False, silent: bool = False) -> None:
        self.plant.meter.frozen = frozen
        self.plant.meter.silent = silent


def _places(registers: Path | None, *, with_plan: bool, with_stations: bool) -> list[Place]:
    kept: dict[str, float] = {}
    if registers is not None and registers.exists():
        kept = json.loads(registers.read_text(encoding="utf-8"))
    return [
        Place(
            charger=place.charger,
            car=place.car,
            visits_per_day=place.visits_per_day if with_plan else 0.0,
            register_wh=kept.get(place.charger.id, place.register_wh),
        )
        for place in (*HOUSEHOLD, *(STATION_PLACES if with_stations else ()))
    ]


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator.server", description="Serve a simulated house.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster people live than the clock")
    parser.add_argument("--zone", default="Europe/Berlin")
    parser.add_argument("--meter-period", type=float, default=1.0)
    parser.add_argument("--meter-delay", type=float, default=1.0)
    parser.add_argument("--meter-apart", type=float, default=0.0, help="s from one of its values to the next")
    parser.add_argument("--meter-ripple", type=float, default=0.02, help="A; no real house is ever still")
    parser.add_argument("--fuse", type=float, default=25.0)
    parser.add_argument("--solar-peak", type=float, default=6000.0, help="W")
    parser.add_argument("--empty-house", action="store_true", help="no appliances: nothing but what is switched on")
    parser.add_argument("--no-plan", action="store_true", help="cars come and go by command only")
    parser.add_argument("--price-slot", type=float, help="s in which the price changes; without: a quarter hour")
    parser.add_argument("--no-price-list", action="store_true", help="show the price of now and no other")
    parser.add_argument("--house", default="", help="what tells it from other houses in the same Home Assistant")
    parser.add_argument("--branded", action="store_true", help="each charger is of a brand of its own")
    parser.add_argument("--stations", metavar="URL", help="where the stations that speak OCPP call (ws://...)")
    parser.add_argument("--station-memory", type=Path, help="where what stations were told outlives the process")
    parser.add_argument("--registers", type=Path, help="where the chargers' registers outlive the process")
    parser.add_argument("--lifetime", type=float, default=12 * 3600.0, help="seconds until it ends by itself")
    parser.add_argument("--watch-stdin", action="store_true", help="end when standard input is closed")
    return parser.parse_args(arguments)


def plant_of(options: argparse.Namespace) -> Plant:
    """Return the plant that the options ask for, living from now on."""
    return Plant(
        seed=options.seed,
        start=datetime.now(UTC),
        places=_places(options.registers, with_plan=not options.no_plan, with_stations=options.stations is not None),
        appliances={} if options.empty_house else FAMILY_HOUSE,
        zone=options.zone,
        pace=options.speed,
        meter=GridMeter(
            period_s=options.meter_period,
            delay_s=options.meter_delay,
            apart_s=options.meter_apart,
            ripple_a=options.meter_ripple,
            seed=options.seed,
        ),
        fuse_a=options.fuse,
        solar_peak_w=options.solar_peak,
    )


async def serve(options: argparse.Namespace) -> None:
    """Serve until it is time to end."""
    loop = asyncio.get_running_loop()
    board = PriceBoard(zone=options.zone, slot_s=options.price_slot, ahead=not options.no_price_list)
    plant = plant_of(options)
    server = PlantServer(plant, board=board, registers=options.registers, branded=options.branded, house=options.house)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stopped.set)
    if options.watch_stdin:
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        watcher = loop.create_task(_until_end(reader))
        watcher.add_done_callback(lambda _: server.stopped.set())
    port = await server.start(options.port)
    sys.stdout.write(json.dumps({"host": "127.0.0.1", "port": port}) + "\n")
    sys.stdout.flush()
    loop.call_later(options.lifetime, server.stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(server.close)
        if options.stations is not None:
            stations = StationsOfHouse(plant, options.stations, memory=options.station_memory)
            await stack.enter_async_context(stations.running())
        await server.run()


async def _until_end(reader: asyncio.StreamReader) -> None:
    while await reader.read(1024):
        pass


def main(arguments: list[str] | None = None) -> None:
    """Run the server."""
    asyncio.run(serve(_arguments(arguments)))


if __name__ == "__main__":
    main()
