"""Where a known station's calls are taken, whether its site is running at the moment or not."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from ...chargers.ocpp.house import SecurityEvent
from ...chargers.ocpp.rpc import Arrival, CallError, ErrorCode, IncomingHandler

#: How long a call waits for its site, which may be starting anew; less than the wire waits for an answer.
_PATIENCE_S = 45.0
#: How long a site that stops waits for calls that it serves: what they tell is told to nobody else.
_LAST_S = 5.0


class Serving(Protocol):
    """Whoever serves a station while its site runs."""

    @property
    def handler(self) -> IncomingHandler:
        """Serves its calls."""
        ...

    @property
    def unwanted_versions(self) -> frozenset[str]:
        """The versions of OCPP that are not spoken with its kind."""
        ...

    def async_take_report(self, action: str, payload: dict[str, Any]) -> bool:
        """Take a report that is answered at once; False where it has to be served as any other call."""
        ...

    def async_security_event(self, event: SecurityEvent, detail: str) -> None:
        """Hear of an attempt on the station; `detail` holds no secret."""
        ...


class Desk:
    """Leads the calls of one station to whoever serves it now.

    While nobody does, they wait: in order, as many as the wire takes from one station.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        #: What is being served, and set while that is nothing.
        self._busy = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._serving: Serving | None = None
        #: Since when the station was connected whose calls were served last: all since then were, or wait.
        self.heard_since: datetime | None = None

    @property
    def serving(self) -> Serving | None:
        """Who serves the station now."""
        return self._serving

    @serving.setter
    def serving(self, serving: Serving | None) -> None:
        self._serving = serving
        if serving is None:
            self._open.clear()
        else:
            self._open.set()

    def async_take_report(self, action: str, payload: dict[str, Any]) -> bool:
        """Take a report that is answered at once; False where it has to be served."""
        return self._serving is not None and self._serving.async_take_report(action, payload)

    async def __call__(self, action: str, payload: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
        """Serve a call."""
        if self._serving is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    await self._open.wait()
        if self._serving is None:
            # An error of ours, so that it is sent again.
            raise CallError(ErrorCode.INTERNAL_ERROR, "the site is not running")
        self._busy += 1
        self._quiet.clear()
        try:
            return await self._serving.handler(action, payload, arrival)
        finally:
            self._busy -= 1
            if not self._busy:
                self._quiet.set()

    async def async_close(self) -> None:
        """Have further calls wait; return once those that are being served are done, or take too long for that."""
        self.serving = None
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_S):
                await self._quiet.wait()
