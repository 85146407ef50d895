"""The calls of one station: served meanwhile, in their order where order matters, each of them once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
import hashlib
import logging

from homeassistant.core import HomeAssistant, callback

from .faults import fault_of_ours
from .frames import Call, write_error, write_result
from .rpc import Arrival, CallError, ErrorCode, IncomingHandler, TakesReports, not_served
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
#: So long a call waits for its answer at most; what takes longer is done all the same, and others go on.
_SERVE_S = 60.0
#: So many calls are worked on beyond that: of a disk that is full, each waits for the same.
_MOST_LATE = 16


@dataclass(slots=True, kw_only=True, eq=False)
class _Serving:
    """One call while it is served, and its turn among those whose order matters; `late`: it has its answer already."""

    call: Call
    version: Version
    send: Send
    arrived_at: datetime
    turn: asyncio.Lock | None = None
    late: bool = False

    def end_turn(self) -> None:
        """Let the next go on."""
        if self.turn is not None:
            turn, self.turn = self.turn, None
            turn.release()

    def failure(self) -> str:
        """Return what it is answered where nothing else can be."""
        return write_error(self.call.message_id, CallError(ErrorCode.INTERNAL_ERROR), self.version)

    async def async_send(self, answer: str) -> None:
        """Answer it, where it wants that."""
        if self.call.wants_answer:
            await self.send(answer)


class Answering:
    """Answers the calls of one station, whichever connection they come on."""

    def __init__(self, hass: HomeAssistant, identity: str) -> None:
        self._hass = hass
        self._identity = identity
        self._in_order = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        #: What is worked on though its call has its answer, the oldest first.
        self._late: dict[asyncio.Task[None], None] = {}
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

    async def async_take(self, call: Call, text: str, version: Version, send: Send, arrived_at: datetime) -> None:
        """Begin to serve a call, which came as `text`; returns at once unless far too many are being served."""
        if self._reports is not None and not self._tasks and self._reports.async_take_report(call.action, call.payload):
            if call.wants_answer:
                await send(write_result(call.message_id, {}))
            return
        while len(self._tasks) >= _MOST_AT_ONCE:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        serving = _Serving(call=call, version=version, send=send, arrived_at=arrived_at)
        # Eager: what a handler does before it first waits is done in the order of arrival.
        task = self._hass.async_create_background_task(
            self._async_answer(serving, text), f"{call.action} of {self._identity}", eager_start=True
        )
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def async_settled(self, within_s: float) -> None:
        """Wait until the calls that are being served now have their answers."""
        # A handler that calls the station itself must not wait for its own end.
        if open_now := self._tasks - {asyncio.current_task()}:
            await asyncio.wait(open_now, timeout=within_s)

    async def _async_answer(self, serving: _Serving, text: str) -> None:
        if serving.call.action in _ONCE:
            answer = await self._async_once(serving, text)
        else:
            answer = await self._async_serve(serving)
        if not serving.late:
            await serving.async_send(answer)

    async def _async_once(self, serving: _Serving, text: str) -> str:
        """Return the answer to the very same message before, also where that is still worked on, or serve it."""
        key = hashlib.sha256(text.encode(errors="replace")).digest()
        if (known := self._answers.get(key)) is not None:
            await asyncio.wait({known}, timeout=_SERVE_S)
            return known.result() if known.done() else serving.failure()
        known = self._answers[key] = self._hass.loop.create_future()
        while len(self._answers) > _ANSWERS_KEPT:
            self._answers.popitem(last=False)
        answer = serving.failure()
        try:
            answer = await self._async_serve(serving)
        finally:
            known.set_result(answer)
            if not answer.startswith("[3,") and self._answers.get(key) is known:
                # What failed may be tried again.
                del self._answers[key]
        return answer

    async def _async_serve(self, serving: _Serving) -> str:
        """Return the answer to a call.

        One that takes too long is not broken off: what was told by half nobody would tell again, for when it is
        sent once more it is known.
        """
        call = serving.call
        if call.action not in _OUT_OF_ORDER:
            await self._in_order.acquire()
            serving.turn = self._in_order
        too_long = self._hass.loop.call_later(_SERVE_S, self._async_give_up, serving, asyncio.current_task())
        try:
            return write_result(call.message_id, await self._async_result(serving))
        except CallError as error:
            return write_error(call.message_id, error, serving.version)
        except Exception as error:  # noqa: BLE001 a fault of ours must not silence the station
            _LOGGER.error(  # noqa: TRY400 its text might hold an id token
                "%s: %s failed: %s", self._identity, call.action, fault_of_ours(error)
            )
        finally:
            too_long.cancel()
            serving.end_turn()
        return serving.failure()

    @callback
    def _async_give_up(self, serving: _Serving, task: asyncio.Task[None] | None) -> None:
        """Answer a call that takes too long with an error, and let the next go on."""
        _LOGGER.warning("%s: %s was not served within %.0f s", self._identity, serving.call.action, _SERVE_S)
        serving.late = True
        serving.end_turn()
        if task is not None:
            self._tasks.discard(task)
            self._late[task] = None
            task.add_done_callback(self._late.pop)
        if len(self._late) > _MOST_LATE:
            next(iter(self._late)).cancel()
        self._hass.async_create_background_task(
            serving.async_send(serving.failure()), f"{serving.call.action} of {self._identity} takes too long"
        )

    async def _async_result(self, serving: _Serving) -> dict[str, object]:
        call, version = serving.call, serving.version
        if self._handler is None:
            raise not_served(call.action, version)
        arrival = Arrival(message_id=str(call.message_id), at=serving.arrived_at)
        result = await self._handler(call.action, call.payload, arrival)
        # In its turn, since a schema may have to be read first, and answers go in order as well.
        if fault := await async_fault(self._hass, version, Kind.RESULT, call.action, result):
            _LOGGER.error(
                "%s: the answer to %s is not as OCPP %s wants it: %s", self._identity, call.action, version, fault
            )
            raise CallError(ErrorCode.INTERNAL_ERROR)
        return result
