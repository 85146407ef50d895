"""One station, by its identity; it outlives its connections."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...core.moment import Now
from .answering import Answering
from .calling import Calling, Line
from .connection import Connection
from .frames import Call, Malformed, read
from .rpc import IncomingHandler
from .trace import Direction, Trace
from .version import Version

_LOGGER = logging.getLogger(__name__)

#: So long a station may take for an answer, where nothing else is said.
_ANSWER_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BootInfo:
    """What a station told of itself when it started."""

    vendor: str
    model: str
    serial: str | None = None
    firmware: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    #: 2.x only.
    reason: str | None = None
    at: datetime


class Station:
    """A station as the house sees it: what it is, whether it is there, and a way to call it."""

    def __init__(self, hass: HomeAssistant, identity: str, clock: Callable[[], Now]) -> None:
        self._hass = hass
        self._clock = clock
        self._answering = Answering(hass, identity)
        self._calling = Calling(hass, identity)
        self._connection: Connection | None = None
        self._listeners: list[Callable[[], None]] = []
        self.identity = identity
        #: Nobody has taken it into a site.
        self.unknown = True
        #: Of the connection that it has, or had last.
        self.version: Version | None = None
        self.address: str | None = None
        self.security_profile = 0
        self.connected_since: datetime | None = None
        self.last_seen: datetime | None = None
        self.boot: BootInfo | None = None
        self.trace = Trace()
        #: Frames that were no frames, by what was wrong with them.
        self.malformed: Counter[str] = Counter()

    @property
    def connected(self) -> bool:
        """Whether it has a connection."""
        return self._connection is not None

    @property
    def connection(self) -> Connection | None:
        """The connection that it has."""
        return self._connection

    @property
    def handler(self) -> IncomingHandler | None:
        """Who serves its calls."""
        return self._answering.handler

    @handler.setter
    def handler(self, handler: IncomingHandler | None) -> None:
        self._answering.handler = handler

    async def async_call(self, action: str, payload: dict[str, Any], *, timeout_s: float = _ANSWER_S) -> dict[str, Any]:
        """Call the station and return its answer; raises CallFailedError.

        Calls are sent one at a time, in the order in which they are asked for, each after what
        the station has asked before is answered. `timeout_s` runs from the sending.
        """
        return await self._calling.async_call(action, payload, timeout_s)

    async def async_call_any(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Call the station by an action that its version may not know, as `async_call` does."""
        return await self._calling.async_call(action, payload, _ANSWER_S, known_only=False)

    async def async_disconnect(self, code: int, reason: str) -> None:
        """End its connection, so that it comes again."""
        if self._connection is not None:
            await self._connection.async_close(code, reason)

    @callback
    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call the listener when the station comes, goes, or (`changed`) told something of itself."""
        self._listeners.append(listener)

        @callback
        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    @callback
    def changed(self) -> None:
        """Tell those who subscribed."""
        for listener in tuple(self._listeners):
            listener()

    @callback
    def attach(self, connection: Connection) -> Connection | None:
        """Use this connection from now on; return the one that it replaces."""
        replaced, self._connection = self._connection, connection
        self.version = connection.version
        self.address = connection.address
        self.security_profile = connection.security_profile
        self.connected_since = self.last_seen = self._clock().utc

        async def send(frame: str) -> bool:
            # While it waits for its turn, the station may have come by another connection.
            return await self._async_send(connection, frame)

        async def send_call(frame: str) -> bool:
            await self._answering.async_settled(within_s=5.0)
            return await send(frame)

        self._calling.connected(Line(version=connection.version, send=send_call))
        return replaced

    @callback
    def detach(self, connection: Connection) -> bool:
        """Take note that a connection has ended; False where another has taken its place."""
        if self._connection is not connection:
            return False
        self._connection = None
        self.connected_since = None
        self._calling.connected(None)
        return True

    async def async_receive(self, connection: Connection, text: str) -> None:
        """Take a frame that came in by a connection; what still comes by one that was replaced is not heard."""
        if connection is not self._connection:
            return
        now = self._clock().utc
        self.last_seen = now
        self.trace.add(now, Direction.IN, text)
        frame = read(text, connection.version)
        if isinstance(frame, Call):

            async def send(answer: str) -> bool:
                return await self._async_send(connection, answer)

            await self._answering.async_take(frame, text, connection.version, send, now)
        elif isinstance(frame, Malformed):
            self._count(frame.reason)
            if frame.answer is not None:
                await self._async_send(connection, frame.answer)
        elif not self._calling.answered(frame):
            self._count("answer that nobody waits for")

    async def _async_send(self, connection: Connection, frame: str) -> bool:
        self.trace.add(self._clock().utc, Direction.OUT, frame)
        return await connection.async_send(frame)

    def _count(self, reason: str) -> None:
        self.malformed[reason] += 1
        if self.malformed[reason] == 1:
            _LOGGER.info(
                "%s sent a frame that is none of OCPP %s (%s); further ones are counted",
                self.identity,
                self.version,
                reason,
            )
