"""One WebSocket of a station, from the handshake to its end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import logging
from typing import Literal

from aiohttp import WSMsgType, web
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .security import Allowance
from .version import Version

_LOGGER = logging.getLogger(__name__)

#: OCPP frames have some kilobytes; a report of all settings has a hundred.
LONGEST_FRAME = 1024 * 1024
#: A station that is silent for so long is pinged; one that then stays silent as long is gone.
_QUIET_S = 30.0
_SEND_S = 20.0
#: Less than any transport takes before it makes a sender wait.
_SMALL = 4096
_CLOSE_S = 3.0
#: A queue of an offline day comes as fast as we answer; nothing honest comes faster than this.
_MESSAGES_PER_S, _MESSAGES_AT_ONCE = 100.0, 1000.0

type WebSocket = web.WebSocketResponse[Literal[False]]
#: Is given each frame that comes in, as text.
type Receive = Callable[[Connection, str], Awaitable[None]]


def new_websocket(subprotocol: str) -> WebSocket:
    """Return the answer to a handshake that is taken."""
    websocket: WebSocket = web.WebSocketResponse(
        timeout=_CLOSE_S,
        autoping=False,
        # Each of our frames is small, and a compressor would cost 256 KiB per station.
        compress=False,
        max_msg_size=LONGEST_FRAME,
        protocols=(subprotocol,),
        # Some stations write Latin-1: octets let us read what can be read instead of hanging up.
        decode_text=False,
    )
    # aiohttp reads the first of several headers only, and would leave out what was chosen from another.
    websocket.headers["Sec-WebSocket-Protocol"] = subprotocol
    return websocket


class Connection:
    """Reads and writes the frames of one WebSocket, and notices when the other side is gone."""

    def __init__(
        self,
        hass: HomeAssistant,
        request: web.Request,
        websocket: WebSocket,
        *,
        identity: str,
        version: Version,
        security_profile: int,
        listener: object,
    ) -> None:
        self._hass = hass
        self._transport = request.transport
        self._websocket = websocket
        self._identity = identity
        self.address = request.remote
        self.version = version
        self.security_profile = security_profile
        #: What it came in by.
        self.listener = listener
        self._messages = Allowance[None](burst=_MESSAGES_AT_ONCE, per_s=_MESSAGES_PER_S, keys=1)
        self._heard_s = hass.loop.time()
        self._heard = asyncio.Event()
        #: While we do not read, silence says nothing.
        self._busy = False
        self._stop_watch: CALLBACK_TYPE | None = None
        self._reading: asyncio.Timeout | None = None
        #: The code and the reason with which we end it.
        self._good_bye: tuple[int, str] | None = None
        self._ended = asyncio.Event()

    async def async_serve(self, receive: Receive) -> None:
        """Hand on what comes in until the connection ends."""
        self._watch()
        try:
            async with asyncio.timeout(None) as self._reading:
                while self._good_bye is None and await self._async_read(receive):
                    pass
        except TimeoutError:
            if self._good_bye is None:
                raise
        finally:
            if self._stop_watch is not None:
                self._stop_watch()
                self._stop_watch = None
            await self._async_end()

    async def async_send(self, frame: str) -> bool:
        """Send a frame; False where it did not go out."""
        if self._websocket.closed:
            return False
        try:
            if self._takes_at_once(frame):
                await self._websocket.send_str(frame)
            else:
                async with asyncio.timeout(_SEND_S):
                    await self._websocket.send_str(frame)
        except TimeoutError:
            _LOGGER.info("%s takes no more data: its connection is given up", self._identity)
            self.abort()
            return False
        except ConnectionError, RuntimeError:
            return False
        return True

    def _takes_at_once(self, frame: str) -> bool:
        """Tell whether a frame goes out without waiting, as almost every answer: it is small, and all before it is."""
        return self._transport is not None and not self._transport.get_write_buffer_size() and len(frame) < _SMALL

    async def async_is_alive(self, within_s: float) -> bool:
        """Ping the other side; tell whether anything comes back in time."""
        self._heard.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._async_ping()
                await self._heard.wait()
        except TimeoutError:
            return False
        return not self._websocket.closed

    async def async_close(self, code: int, reason: str) -> None:
        """Say good-bye and end, at most some seconds later."""
        if self._good_bye is None:
            self._good_bye = (code, reason)
            if self._reading is not None:
                # Who reads has to say it: only then is the other side given the time to hear it.
                with suppress(RuntimeError):
                    self._reading.reschedule(self._hass.loop.time())
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * _CLOSE_S):
                await self._ended.wait()
        self.abort()

    def abort(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()

    async def _async_end(self) -> None:
        try:
            if self._good_bye is not None:
                code, reason = self._good_bye
                with suppress(ConnectionError, RuntimeError):
                    await self._websocket.close(code=code, message=reason.encode())
        finally:
            self._ended.set()

    async def _async_read(self, receive: Receive) -> bool:
        message = await self._websocket.receive()
        self._heard_s = self._hass.loop.time()
        self._heard.set()
        await self._async_hold_back()
        if message.type is WSMsgType.PING:
            await self._async_pong(message.data)
        elif message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            await self._async_hand_on(message.data, receive)
        elif message.type is not WSMsgType.PONG:
            return False
        return True

    async def _async_hand_on(self, data: bytes, receive: Receive) -> None:
        self._busy = True
        try:
            await receive(self, data.decode(errors="replace"))
        finally:
            self._busy = False
            self._heard_s = self._hass.loop.time()

    async def _async_hold_back(self) -> None:
        """Read on only as fast as anything honest sends, pings among it; not read means not lost."""
        now_s = self._hass.loop.time()
        if not self._messages.take(None, now_s):
            await asyncio.sleep(self._messages.wait_s(None, now_s))
            self._messages.take(None, self._hass.loop.time())

    async def _async_ping(self) -> None:
        with suppress(TimeoutError, ConnectionError, RuntimeError):
            async with asyncio.timeout(_SEND_S):
                await self._websocket.ping()

    async def _async_pong(self, data: bytes) -> None:
        with suppress(TimeoutError, ConnectionError, RuntimeError):
            async with asyncio.timeout(_SEND_S):
                await self._websocket.pong(data)

    @callback
    def _watch(self, *_: object) -> None:
        self._stop_watch = None
        silent_s = self._hass.loop.time() - self._heard_s
        if self._busy:
            silent_s = 0.0
        if silent_s >= 2 * _QUIET_S:
            _LOGGER.info("%s has been silent for %.0f s: its connection is given up", self._identity, silent_s)
            self.abort()
            return
        if silent_s >= _QUIET_S - 1:
            self._hass.async_create_background_task(self._async_ping(), f"ping of {self._identity}")
        self._stop_watch = async_call_later(self._hass, _QUIET_S / 2, HassJob(self._watch))
