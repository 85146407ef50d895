"""The calls of one station: served meanwhile, in their order where order matters, each of them once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
import hashlib
import logging
import traceback

from homeassistant.core import HomeAssistant

from .frames import Call, write_error, write_result
from .rpc import CallError, ErrorCode, IncomingHandler, TakesReports, not_served
from .schema import Kind, async_fault
from .version import Version

_LOGGER = logging.getLogger(__name__)

#: Sends one frame; tells whether it went out.
type Send = Callable[[str], Awaitable[bool]]

#: What asks and tells nothing that an earlier message must have been heard for.
_OUT_OF_ORDER = {
    "Authorize",
    "DataTransfer",
    "Get15118EVCertificate",
    "GetCertificateStatus",
    "Heartbeat",
    "SignCertificate",
}
#: What would count twice if it were served twice. Each holds a time of its own, so that a
#: station which counts its messages from 1 after a restart does not repeat one by accident.
_ONCE = {
    "MeterValues",
    "NotifyEvent",
    "SecurityEventNotification",
    "StartTransaction",
    "StopTransaction",
    "TransactionEvent",
}
_ANSWERS_KEPT = 128
#: A station that obeys the standard has one call open. Over this, we stop reading until some are answered.
_MOST_AT_ONCE = 64
_SERVE_S = 60.0


class Answering:
    """Answers the calls of one station, whichever connection they come on."""

    def __init__(self, hass: HomeAssistant, identity: str) -> None:
        self._hass = hass
        self._identity = identity
        self._in_order = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        #: Answers by what asked for them; one that is not done is being worked on.
        self._answers: OrderedDict[bytes, asyncio.Future[str]] = OrderedDict()
        self._handler: IncomingHandler | None = None
        self._reports: TakesReports | None = None

    @property
    def handler(self) -> IncomingHandler | None:
        """Who serves the calls."""
        return self._handler

    @handler.setter
    def handler(self, handler: IncomingHandler | None) -> None:
        self._handler = handler
        whoever: object = handler
        self._reports = whoever if isinstance(whoever, TakesReports) else None

    async def async_take(self, call: Call, text: str, version: Version, send: Send) -> None:
        """Begin to serve a call, which came as `text`; returns at once unless far too many are being served."""
        if self._reports is not None and not self._tasks and self._reports.async_take_report(call.action, call.payload):
            if call.wants_answer:
                await send(write_result(call.message_id, {}))
            return
        while len(self._tasks) >= _MOST_AT_ONCE:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        # Eager: what a handler does before it first waits is done in the order of arrival.
        task = self._hass.async_create_background_task(
            self._async_answer(call, text, version, send), f"{call.action} of {self._identity}", eager_start=True
        )
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def async_settled(self, within_s: float) -> None:
        """Wait until the calls that are being served now have their answers."""
        # A handler that calls the station itself must not wait for its own end.
        if open_now := self._tasks - {asyncio.current_task()}:
            await asyncio.wait(open_now, timeout=within_s)

    async def _async_answer(self, call: Call, text: str, version: Version, send: Send) -> None:
        if call.action in _ONCE:
            answer = await self._async_once(call, text, version)
        else:
            answer = await self._async_serve(call, version)
        if call.wants_answer:
            await send(answer)

    async def _async_once(self, call: Call, text: str, version: Version) -> str:
        """Return the answer that was given to the very same message before, or serve it."""
        key = hashlib.sha256(text.encode(errors="replace")).digest()
        if (known := self._answers.get(key)) is not None:
            return await asyncio.shield(known)
        known = self._answers[key] = self._hass.loop.create_future()
        while len(self._answers) > _ANSWERS_KEPT:
            self._answers.popitem(last=False)
        answer = write_error(call.message_id, CallError(ErrorCode.INTERNAL_ERROR), version)
        try:
            answer = await self._async_serve(call, version)
        finally:
            known.set_result(answer)
            if not answer.startswith("[3,") and self._answers.get(key) is known:
                # What failed may be tried again.
                del self._answers[key]
        return answer

    async def _async_serve(self, call: Call, version: Version) -> str:
        try:
            return write_result(call.message_id, await self._async_result(call, version))
        except CallError as error:
            return write_error(call.message_id, error, version)
        except TimeoutError:
            _LOGGER.warning("%s: %s was not served within %.0f s", self._identity, call.action, _SERVE_S)
        except Exception as error:  # noqa: BLE001 a fault of ours must not silence the station
            # Its text might hold an id token, so only where it happened.
            _LOGGER.error(  # noqa: TRY400 as above
                "%s: %s failed: %s\n%s",
                self._identity,
                call.action,
                type(error).__name__,
                "".join(traceback.format_tb(error.__traceback__)),
            )
        return write_error(call.message_id, CallError(ErrorCode.INTERNAL_ERROR), version)

    async def _async_result(self, call: Call, version: Version) -> dict[str, object]:
        async with nullcontext() if call.action in _OUT_OF_ORDER else self._in_order:
            if self._handler is None:
                raise not_served(call.action, version)
            async with asyncio.timeout(_SERVE_S):
                result = await self._handler(call.action, call.payload, str(call.message_id))
            # Inside, since a schema may have to be read first, and answers go in order as well.
            fault = await async_fault(self._hass, version, Kind.RESULT, call.action, result)
        if fault:
            _LOGGER.error(
                "%s: the answer to %s is not as OCPP %s wants it: %s", self._identity, call.action, version, fault
            )
            raise CallError(ErrorCode.INTERNAL_ERROR)
        return result
