"""Ask a station one thing after another, without ever hanging on it."""

import asyncio
import logging
from typing import Any, Final, Protocol

from ..rpc import CallFailedError, NotConnectedError, TimedOutError

_LOGGER = logging.getLogger(__name__)

#: So many questions without any answer, one after another, and nothing more is asked.
_SILENT_LIMIT: Final = 3
#: A call waits for those that others have queued before it; with them it must not take longer than this.
_QUEUE_S: Final = 300.0


class Caller(Protocol):
    """What is needed of a station."""

    async def async_call(self, action: str, payload: dict[str, Any], *, timeout_s: float = 60) -> dict[str, Any]:
        """Send a call and return the answer's payload; raise CallFailedError."""
        ...


class GoneError(Exception):
    """The station is not there, or answers nothing any more."""


class Calls:
    """Questions to one station. Raises GoneError where there is no point in asking on."""

    def __init__(self, caller: Caller, *, timeout_s: float = 30.0) -> None:
        self._caller = caller
        self._timeout_s = timeout_s
        self._silent = 0

    async def async_ask(self, action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer; None where it is an error, or there is none in time."""
        try:
            async with asyncio.timeout(self._timeout_s + _QUEUE_S):
                answer = await self._caller.async_call(action, payload, timeout_s=self._timeout_s)
        except NotConnectedError as error:
            raise GoneError from error
        except (TimedOutError, TimeoutError) as error:
            self._silent += 1
            if self._silent >= _SILENT_LIMIT:
                raise GoneError from error
            return None
        except CallFailedError as error:
            # The payload may hold a password: the error alone is told.
            _LOGGER.debug("%s was answered with %s", action, error)
            self._silent = 0
            return None
        self._silent = 0
        return answer
