"""Our calls to one station: one at a time, the others wait their turn."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from homeassistant.core import HomeAssistant

from .answering import Send
from .frames import UNREADABLE_ID, Failure, Result, write_call
from .rpc import (
    CallFailedError,
    InvalidCallError,
    NotConnectedError,
    QueueFullError,
    RefusedError,
    TimedOutError,
)
from .schema import Kind, async_fault, is_foreign
from .version import Version

_MOST_WAITING = 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _OpenCall:
    message_id: str
    answer: asyncio.Future[dict[str, Any] | CallFailedError]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """A connection as the caller sees it."""

    version: Version
    send: Send


class Calling:
    """Calls one station, over whichever connection it has."""

    def __init__(self, hass: HomeAssistant, identity: str) -> None:
        self._hass = hass
        self._identity = identity
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._open: _OpenCall | None = None
        self._line: Line | None = None

    def connected(self, line: Line | None) -> None:
        """Call over this connection from now on; what waits for an answer over another gets none any more."""
        self._line = line
        self._resolve(NotConnectedError(f"{self._identity} went away before it answered"))

    async def async_call(
        self, action: str, payload: dict[str, Any], timeout_s: float, *, known_only: bool = True
    ) -> dict[str, Any]:
        """Send a call when its turn comes and return the answer; raises CallFailedError.

        Unless `known_only`, one of an action that the version does not know is sent as it is.
        """
        line = self._now_connected()
        if self._waiting >= _MOST_WAITING:
            raise QueueFullError(f"{self._waiting} calls wait for {self._identity} already")
        self._waiting += 1
        try:
            async with self._turn:
                # In its turn: a schema that has to be read first must not let others pass.
                checked = known_only or not is_foreign(action, line.version)
                if checked and (fault := await async_fault(self._hass, line.version, Kind.CALL, action, payload)):
                    raise InvalidCallError(f"{action}: {fault}")
                return await self._async_exchange(action, payload, timeout_s, line.version)
        finally:
            self._waiting -= 1

    def answered(self, answer: Result | Failure) -> bool:
        """Hand on an answer; False where nobody asked, or no longer waits."""
        if self._open is None or answer.message_id not in {self._open.message_id, UNREADABLE_ID}:
            return False
        if isinstance(answer, Result):
            if answer.message_id == UNREADABLE_ID:
                return False
            self._resolve(answer.payload)
        else:
            self._resolve(RefusedError(answer.code, answer.description, answer.details))
        return True

    def _now_connected(self) -> Line:
        if self._line is None:
            raise NotConnectedError(f"{self._identity} is not connected")
        return self._line

    def _resolve(self, outcome: dict[str, Any] | CallFailedError) -> None:
        if self._open is not None and not self._open.answer.done():
            self._open.answer.set_result(outcome)

    async def _async_exchange(
        self, action: str, payload: dict[str, Any], timeout_s: float, version: Version
    ) -> dict[str, Any]:
        line = self._now_connected()
        if line.version is not version:
            raise NotConnectedError(f"{self._identity} went away and came back with OCPP {line.version}")
        message_id = str(uuid4())
        try:
            frame = write_call(message_id, action, payload)
        except ValueError as error:
            raise InvalidCallError(f"{action}: {error}") from error
        # Known before it is sent: the answer may come while the sending still waits.
        self._open = _OpenCall(message_id=message_id, answer=self._hass.loop.create_future())
        try:
            async with asyncio.timeout(timeout_s):
                if not await line.send(frame):
                    raise NotConnectedError(f"{self._identity} went away")
                outcome = await self._open.answer
        except TimeoutError:
            raise TimedOutError(f"{self._identity} did not answer {action} within {timeout_s:.0f} s") from None
        finally:
            self._open = None
        if isinstance(outcome, CallFailedError):
            raise outcome
        return outcome
