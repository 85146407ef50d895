"""A small central system that holds every frame of a station against the schemas, and answers as it is told."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import WSMsgType, web
from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # it has none of its own
import ocpp

type Payload = dict[str, Any]

_CALL, _RESULT = 2, 3


class Central:
    """Knows one station at a time. `calls` is what it said, in order."""

    def __init__(self) -> None:
        self.port = 0
        self.calls: list[tuple[str, Payload]] = []
        self.ids: list[str] = []
        self.identities: list[str] = []
        self.users: list[str | None] = []
        self.registration = ["Accepted"]  # the last stays
        self.interval_s = 300
        self.answers: dict[str, Callable[[Payload], Payload]] = {}
        self.transactions = 0
        self._socket: web.WebSocketResponse | None = None
        self._answers: dict[str, asyncio.Future[tuple[int, list[Any]]]] = {}
        self._version = "1.6"
        self._number = 0

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        self.identities.append(unquote(request.rel_url.raw_path.rpartition("/")[2]))
        header = request.headers.get("Authorization")
        self.users.append(None if header is None else base64.b64decode(header.removeprefix("Basic ")).decode())
        socket = web.WebSocketResponse(protocols=("ocpp2.1", "ocpp2.0.1", "ocpp1.6"))
        await socket.prepare(request)
        assert socket.ws_protocol is not None
        self._version = socket.ws_protocol.removeprefix("ocpp")
        self._socket = socket
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._take(socket, json.loads(message.data))
        return socket

    async def call(self, action: str, payload: Payload) -> Payload:
        """Command the station; RuntimeError for a CALLERROR."""
        assert self._socket is not None
        self._number += 1
        message_id = str(self._number)
        answer = self._answers[message_id] = asyncio.get_running_loop().create_future()
        self._validate(_CALL, action, payload)
        await self._socket.send_json([2, message_id, action, payload])
        async with asyncio.timeout(30):
            kind, rest = await answer
        if kind == 4:
            raise RuntimeError(rest[0])
        self._validate(_RESULT, action, rest[0])
        result: Payload = rest[0]
        return result

    async def until(self, action: str, count: int = 1, timeout_s: float = 30.0) -> Payload:
        """Wait until the station has said something so often, and return the last."""
        async with asyncio.timeout(timeout_s):
            while len(self.said(action)) < count:  # noqa: ASYNC110 a story waits for many things
                await asyncio.sleep(0.01)
        return self.said(action)[-1]

    def said(self, action: str) -> list[Payload]:
        return [payload for name, payload in self.calls if name == action]

    async def drop(self) -> None:
        """Break the connection."""
        assert self._socket is not None
        await self._socket.close()

    async def _take(self, socket: web.WebSocketResponse, frame: list[Any]) -> None:
        kind, message_id, *rest = frame
        if kind != 2:
            self._answers.pop(message_id).set_result((kind, rest))
            return
        action, payload = rest
        self.calls.append((action, payload))
        self.ids.append(message_id)
        if action == "CustomOperation":
            await socket.send_json([4, message_id, "NotImplemented", "", {}])
            return
        self._validate(_CALL, action, payload)
        answer = self._answer(action, payload)
        self._validate(_RESULT, action, answer)
        await socket.send_json([3, message_id, answer])

    def _answer(self, action: str, payload: Payload) -> Payload:
        if action in self.answers:
            return self.answers[action](payload)
        match action:
            case "BootNotification":
                status = self.registration.pop(0) if len(self.registration) > 1 else self.registration[0]
                now = datetime.now(UTC).isoformat()
                return {"status": status, "currentTime": now, "interval": self.interval_s}
            case "Heartbeat":
                return {"currentTime": datetime.now(UTC).isoformat()}
            case "Authorize":
                key = "idTagInfo" if self._version == "1.6" else "idTokenInfo"
                return {key: {"status": "Accepted"}}
            case "StartTransaction":
                self.transactions += 1
                return {"transactionId": 1000 + self.transactions, "idTagInfo": {"status": "Accepted"}}
            case _:
                return {}

    def _validate(self, kind: int, action: str, payload: Payload) -> None:
        _validator(kind, action, self._version).validate(payload)


@cache
def _validator(kind: int, action: str, version: str) -> Draft4Validator:
    """Return a schema of the `ocpp` package; its own cache is left to whoever compares decimals."""
    name = action + {_CALL: "" if version == "1.6" else "Request", _RESULT: "Response"}[kind]
    path = Path(ocpp.__file__).parent / f"v{version.replace('.', '')}" / "schemas" / f"{name}.json"
    return Draft4Validator(json.loads(path.read_text(encoding="utf-8-sig")))


@asynccontextmanager
async def central() -> AsyncGenerator[Central]:
    """Listen for the time of a `with` block."""
    system = Central()
    app = web.Application()
    app.router.add_get("/{path:.*}", system.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    system.port = runner.addresses[0][1]
    try:
        yield system
    finally:
        await runner.cleanup()
