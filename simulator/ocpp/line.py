"""A station's line to its central system: one socket, one call at a time, and a queue of what must not be lost."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
import json
from ssl import SSLContext
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp

_CALL_TIMEOUT_S = 30.0
_OPEN_TIMEOUT_S = 10.0
_FRAMES_KEPT = 2000
#: What a central system does not take is tried so often (1.6: TransactionMessageAttempts).
_ATTEMPTS = 3
_RETRY_S = 2.0
_DEFLATE_BITS = 15

type Payload = dict[str, Any]
type Call = tuple[str, Payload]


class RefusedError(Exception):
    """A CALLERROR, either way."""

    def __init__(self, code: str, description: str = "", details: Payload | None = None) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.details = details or {}


class OfflineError(Exception):
    """Nobody is there, or nobody answers."""


class CrashError(Exception):
    """The station goes down in the middle of a command."""


@dataclass(slots=True, kw_only=True)
class _Waiting:
    """A call that waits for its turn. It is built when its turn comes: by then a transaction may have its id."""

    build: Callable[[], Call]
    durable: bool
    answer: asyncio.Future[Payload]
    taken: Callable[[Payload], None] | None
    message_id: str = field(default_factory=lambda: str(uuid4()))
    attempts: int = 0

    def end(self, outcome: Payload | Exception) -> None:
        """Tell whoever waits how it went."""
        if self.answer.done():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
            return
        self.answer.set_result(outcome)
        if self.taken is not None:
            self.taken(outcome)


class Line:
    """Connects, stays connected, and carries calls both ways.

    `opened` runs on each new socket before anything that waits is sent; `handle` answers the other side's calls.
    """

    def __init__(
        self,
        url: str,
        identity: str,
        subprotocols: tuple[str, ...],
        *,
        opened: Callable[[], Awaitable[None]],
        handle: Callable[[str, Payload], Awaitable[Payload]],
        user: str | None = None,
        password: str | None = None,
        ssl: SSLContext | bool = True,
        deflate: bool = True,
        reconnect_s: float = 1.0,
        replays_after_s: float = 0.0,
        resends_with_same_id: bool = True,
    ) -> None:
        self.url = f"{url.rstrip('/')}/{quote(identity, safe='')}"
        self.user = user or identity
        self.password = password
        self.subprotocols = subprotocols
        self.reconnect_s = reconnect_s
        self.replays_after_s = replays_after_s
        self.ping_s: float | None = None
        self.frames: deque[tuple[str, str]] = deque(maxlen=_FRAMES_KEPT)
        self.on_frame: Callable[[str, str], None] | None = None
        self.connections = 0
        self.refusal: str | None = None
        self.close_code: int | None = None
        self._ssl = ssl
        self._deflate = deflate
        self._resends = resends_with_same_id
        self._opened = opened
        self._handle = handle
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._outbox: deque[_Waiting] = deque()
        self._answers: dict[str, asyncio.Future[Payload]] = {}
        self._wanted = asyncio.Event()
        self._ready = asyncio.Event()
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wanted.set()

    @property
    def connected(self) -> bool:
        """Tell whether there is a socket."""
        return self._socket is not None and not self._socket.closed

    @property
    def ready(self) -> bool:
        """Tell whether the central system has taken us."""
        return self.connected and self._ready.is_set()

    @property
    def waiting(self) -> int:
        """Return how many calls wait."""
        return len(self._outbox)

    async def run(self) -> None:
        """Be connected as often and as long as that is wanted; ends by being cancelled."""
        sender = asyncio.get_running_loop().create_task(self._send_waiting())
        try:
            async with aiohttp.ClientSession() as session:
                while True:
                    await self._wanted.wait()
                    with suppress(aiohttp.ClientError, OSError, TimeoutError, OfflineError):
                        await self._live(session)
                    self._down()
                    await asyncio.sleep(self.reconnect_s)
        finally:
            sender.cancel()
            for task in tuple(self._tasks):
                task.cancel()
            self._down()

    def post(
        self, build: Callable[[], Call], *, durable: bool = True, taken: Callable[[Payload], None] | None = None
    ) -> asyncio.Future[Payload]:
        """Queue a call; what is not durable is lost while nobody is there. `taken` has its answer before the next."""
        answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_seen)
        if not durable and not self.ready:
            answer.set_exception(OfflineError("not connected"))
            return answer
        self._outbox.append(_Waiting(build=build, durable=durable, answer=answer, taken=taken))
        self._news.set()
        return answer

    async def call(self, action: str, payload: Payload, *, message_id: str | None = None) -> Payload:
        """Call at once, before all that waits; RefusedError, or OfflineError."""
        async with self._turn:
            return await self._call(action, payload, message_id or str(uuid4()))

    async def flush(self, timeout_s: float = _CALL_TIMEOUT_S) -> None:
        """Wait until nothing waits any more."""
        async with asyncio.timeout(timeout_s):
            while self._outbox or self._turn.locked():  # noqa: ASYNC110 it is about many events
                await asyncio.sleep(0.005)

    async def send_text(self, text: str) -> None:
        """Send a frame as it is, well-formed or not."""
        if self._socket is None:
            raise OfflineError("not connected")
        self._note("out", text)
        with suppress(ConnectionError):
            await self._socket.send_str(text)

    def accept(self) -> None:
        """Let what waits go: the central system has taken us."""
        self._ready.set()
        self._news.set()

    def hold(self) -> None:
        """Let what waits wait."""
        self._ready.clear()

    async def go_offline(self) -> None:
        """End the connection in order, and stay away."""
        self._wanted.clear()
        if self._socket is not None:
            await self._socket.close()

    def cut(self, *, stay_away: bool = False) -> None:
        """Break the connection without a word, as a power cut does."""
        if stay_away:
            self._wanted.clear()
        if self._socket is not None and (connection := self._socket.get_extra_info("socket")) is not None:
            connection.shutdown(2)

    async def reconnect(self) -> None:
        """End the connection in order, and come back."""
        if self._socket is not None:
            await self._socket.close()

    def go_online(self) -> None:
        """Come back."""
        self._wanted.set()

    async def _live(self, session: aiohttp.ClientSession) -> None:
        headers = {}
        if self.password is not None:
            headers["Authorization"] = aiohttp.encode_basic_auth(self.user, self.password)
        try:
            async with asyncio.timeout(_OPEN_TIMEOUT_S):
                socket = await session.ws_connect(
                    self.url,
                    protocols=self.subprotocols,
                    headers=headers,
                    ssl=self._ssl,
                    compress=_DEFLATE_BITS if self._deflate else 0,
                    max_msg_size=0,
                )
        except aiohttp.WSServerHandshakeError as err:
            self.refusal = f"{err.status} {err.message}"
            raise
        self.refusal = None
        self.connections += 1
        self._socket = socket
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(self._open()), loop.create_task(self._ping(socket))]
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            self.close_code = socket.close_code
            for task in tasks:
                task.cancel()
            # Not each under a `suppress`: whoever ends us meanwhile would not be heard, and we would never end.
            await asyncio.gather(*tasks, return_exceptions=True)
            await socket.close()

    async def _ping(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Ping as often as it is set to; a socket that is gone ends by itself."""
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(self.ping_s or 1.0)
                if self.ping_s:
                    await socket.ping()

    async def _open(self) -> None:
        with suppress(OfflineError, RefusedError):
            await self._opened()

    def _down(self) -> None:
        self._socket = None
        self._ready.clear()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(OfflineError("the connection is gone"))

    def _note(self, direction: str, text: str) -> None:
        self.frames.append((direction, text))
        if self.on_frame is not None:
            self.on_frame(direction, text)

    def _take(self, text: str) -> None:
        self._note("in", text)
        try:
            kind, message_id, *rest = json.loads(text)
        except ValueError:
            return
        if kind == 2:
            task = asyncio.get_running_loop().create_task(self._serve(message_id, rest[0], rest[1]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif (answer := self._answers.get(message_id)) is not None and not answer.done():
            if kind == 3:
                answer.set_result(rest[0])
            else:
                answer.set_exception(RefusedError(*rest[:3]))

    async def _serve(self, message_id: str, action: str, payload: Payload) -> None:
        frame: list[object]
        try:
            frame = [3, message_id, await self._handle(action, payload)]
        except RefusedError as err:
            frame = [4, message_id, err.code, err.description, err.details]
        except CrashError:
            self.cut()
            return
        except (KeyError, ValueError, TypeError) as err:
            frame = [4, message_id, "FormationViolation", str(err), {}]
        with suppress(OfflineError):
            await self.send_text(_text(frame))

    async def _call(self, action: str, payload: Payload, message_id: str) -> Payload:
        answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
        self._answers[message_id] = answer
        try:
            await self.send_text(_text([2, message_id, action, payload]))
            async with asyncio.timeout(_CALL_TIMEOUT_S):
                return await answer
        except TimeoutError:
            raise OfflineError(f"no answer to {action}") from None
        finally:
            self._answers.pop(message_id, None)
            answer.add_done_callback(_seen)

    async def _send_waiting(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if not self._ready.is_set():
                self._drop_fleeting()
                continue
            if self.replays_after_s and any(one.durable for one in self._outbox) and self.connections > 1:
                await asyncio.sleep(self.replays_after_s)
            while self._outbox and self.ready:
                await self._send(self._outbox[0])
            self._drop_fleeting()

    def _drop_fleeting(self) -> None:
        if self.ready:
            return
        for one in [one for one in self._outbox if not one.durable]:
            self._outbox.remove(one)
            one.end(OfflineError("not connected"))

    async def _send(self, one: _Waiting) -> None:
        """Send the first that waits; it goes when it is answered, or refused too often."""
        outcome: Payload | Exception
        async with self._turn:
            one.attempts += 1
            if one.attempts > 1 and not self._resends:
                one.message_id = str(uuid4())
            try:
                outcome = await self._call(*one.build(), one.message_id)
            except OfflineError as err:
                if one.durable and (one.attempts < _ATTEMPTS or not self.connected):
                    return
                outcome = err
            except RefusedError as err:
                if one.durable and one.attempts < _ATTEMPTS:
                    await asyncio.sleep(_RETRY_S)
                    return
                outcome = err
        if one in self._outbox:
            self._outbox.remove(one)
        one.end(outcome)


def _seen(answer: asyncio.Future[Payload]) -> None:
    """Take note of how a call ended: nobody has to wait for it."""
    if not answer.cancelled():
        answer.exception()


def _text(frame: list[Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
