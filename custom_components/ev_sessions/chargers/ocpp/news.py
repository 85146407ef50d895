"""What a station tells besides its sessions: reports, firmware, logs, security events, limits of others."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback

type Listener = Callable[[Mapping[str, Any]], None]

#: A station is a stranger: an answer has so many pages at most.
_MOST_PAGES: Final = 1_000


class News:
    """Tells those who wait for it what a station sends of its own accord, by action."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    @callback
    def subscribe(self, action: str, listener: Listener) -> CALLBACK_TYPE:
        """Call the listener with the payload of each message of an action."""
        listeners = self._listeners.setdefault(action, [])
        listeners.append(listener)

        @callback
        def unsubscribe() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return unsubscribe

    @callback
    def tell(self, action: str, payload: Mapping[str, Any]) -> None:
        """Tell of a message."""
        for listener in tuple(self._listeners.get(action, ())):
            listener(payload)

    @contextmanager
    def pages(self, action: str, request_id: int) -> Iterator[Pages]:
        """Collect what is sent for a request (2.x: `requestId`, `tbc`); begin before it is sent."""
        pages = Pages(request_id)
        unsubscribe = self.subscribe(action, pages.add)
        try:
            yield pages
        finally:
            unsubscribe()


class Pages:
    """An answer in several messages, which may come in any order, and twice."""

    def __init__(self, request_id: int) -> None:
        self._request_id = request_id
        self._pages: dict[Any, Mapping[str, Any]] = {}
        self._count: int | None = None
        self._heard = asyncio.Event()

    @callback
    def add(self, payload: Mapping[str, Any]) -> None:
        """Take in a message, if it belongs here."""
        if payload.get("requestId") != self._request_id or len(self._pages) >= _MOST_PAGES:
            return
        number = payload.get("seqNo", len(self._pages))
        self._pages[number if isinstance(number, int) else len(self._pages)] = payload
        if payload.get("tbc") is not True:
            first = min(self._pages)
            self._count = max(self._pages) - min(first, 1) + 1
        self._heard.set()

    @property
    def complete(self) -> bool:
        """Whether the last page and all before it have come."""
        return self._count is not None and len(self._pages) >= self._count

    async def async_all(self, *, pause_s: float = 30.0) -> list[Mapping[str, Any]]:
        """Return all pages in their order; those that came, where none came for so long."""
        try:
            while not self.complete:
                self._heard.clear()
                async with asyncio.timeout(pause_s):
                    await self._heard.wait()
        except TimeoutError:
            pass
        return [self._pages[number] for number in sorted(self._pages)]
