"""How programs speak to the plant's server: JSON lines over TCP, with requests, answers and pushed events.

A request is `{"id": 1, "command": "set_limit", ...}`; its answer `{"id": 1, "result": ...}` or
`{"id": 1, "error": "..."}`. Events carry no id: `{"event": "meter", ...}`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
import json
from typing import Any

_ANSWER_TIMEOUT_S = 20.0
#: A day of prices is about 12 kB; the truth of a long demo more.
LINE_LIMIT = 1 << 22

type Message = dict[str, Any]


class LinkError(Exception):
    """The plant cannot be reached, or refuses."""


class PlantLink:
    """One connection to the plant."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._on_event: Callable[[Message], None] | None = None
        self._task = asyncio.get_running_loop().create_task(self._read(), name="plant link")

    @classmethod
    async def connect(cls, host: str, port: int) -> PlantLink:
        """Connect; LinkError when nobody is there."""
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(host, port, limit=LINE_LIMIT)
        except (OSError, TimeoutError) as err:
            raise LinkError(f"nobody answers at {host}:{port}: {err}") from err
        return cls(reader, writer)

    async def ask(self, command: str, **arguments: Any) -> Any:
        """Send a command and return its result; LinkError when it is refused or the line is down."""
        if self._task.done():
            raise LinkError("the connection is closed")
        number = next(self._ids)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            line = json.dumps({"id": number, "command": command} | arguments)
            self._writer.write(line.encode() + b"\n")
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                await self._writer.drain()
                message = await answer
        except (OSError, TimeoutError) as err:
            raise LinkError(f"no answer to {command}: {err}") from err
        finally:
            self._answers.pop(number, None)
        if "error" in message:
            raise LinkError(message["error"])
        return message["result"]

    async def subscribe(self, on_event: Callable[[Message], None]) -> None:
        """Have every event from now on, the present state first."""
        self._on_event = on_event
        await self.ask("subscribe")

    async def wait_closed(self) -> None:
        """Return when the connection has ended, by either side."""
        await asyncio.wait([self._task])

    async def close(self) -> None:
        """End the connection."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                self._take(json.loads(line))
        except OSError, ValueError:
            pass  # the line broke: as good as closed
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_result({"error": "the connection was closed"})
            self._writer.close()

    def _take(self, message: Message) -> None:
        if "event" in message:
            if self._on_event is not None:
                self._on_event(message)
        elif (answer := self._answers.get(message["id"])) is not None and not answer.done():
            answer.set_result(message)


@asynccontextmanager
async def plant_link(host: str, port: int) -> AsyncGenerator[PlantLink]:
    """Connect for the time of a `with` block."""
    link = await PlantLink.connect(host, port)
    try:
        yield link
    finally:
        await link.close()
