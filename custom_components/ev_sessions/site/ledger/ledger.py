"""The one ledger of a Home Assistant: opened by the first site that needs it, closed by the last."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ...store import Ledger, LedgerClosedError, LedgerError, OpenReport
from .ledger_issues import async_ledger_opened, async_ledger_trouble

__all__ = [
    "LEDGER_FILE",
    "SHARED_LEDGER",
    "LedgerError",
    "SharedLedger",
    "asked",
    "asked_or_closed",
    "async_acquire_ledger",
    "async_release_ledger",
    "async_when_mended",
]

LEDGER_FILE = "ev_sessions.db"


@dataclass(slots=True, kw_only=True)
class SharedLedger:
    """The ledger, how it was opened, and how many sites use it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ledger: Ledger | None = None
    report: OpenReport | None = None
    users: int = 0
    when_mended: list[Callable[[], None]] = field(default_factory=list)


SHARED_LEDGER: HassKey[SharedLedger] = HassKey("ev_sessions_ledger")


async def async_acquire_ledger(hass: HomeAssistant) -> Ledger:
    """Return the open ledger; LedgerError where it cannot be opened. Each call needs a release."""
    shared = hass.data.setdefault(SHARED_LEDGER, SharedLedger())
    async with shared.lock:
        if shared.ledger is None:
            ledger = Ledger(
                hass.config.path(LEDGER_FILE),
                on_trouble=partial(_trouble, hass),
                on_mended=partial(_mended, hass),
            )
            shared.report = await hass.async_add_executor_job(ledger.open)
            async_ledger_opened(hass, shared.report)
            shared.ledger = ledger
        shared.users += 1
        return shared.ledger


async def async_release_ledger(hass: HomeAssistant) -> None:
    """Give the ledger back; the last one closes it, after all that waits is written."""
    shared = hass.data[SHARED_LEDGER]
    async with shared.lock:
        shared.users -= 1
        if shared.users == 0 and shared.ledger is not None:
            ledger, shared.ledger = shared.ledger, None
            await hass.async_add_executor_job(ledger.close)


async def asked[T](future: Future[T]) -> T:
    """Wait for what was asked of the ledger."""
    return await asyncio.wrap_future(future)


async def asked_or_closed[T](future: Future[T]) -> T:
    """Wait for what was asked, for somebody who outlives the site; raises LedgerClosedError where that closes it.

    `asked` ends then together with the site's own work.
    """
    try:
        return await asked(future)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling() or not future.cancelled():
            raise
        raise LedgerClosedError("closed meanwhile") from None


@callback
def async_when_mended(hass: HomeAssistant, listener: Callable[[], None]) -> CALLBACK_TYPE:
    """Have `listener` called when the ledger was damaged and is sound again; return how to stop that."""
    listeners = hass.data[SHARED_LEDGER].when_mended
    listeners.append(listener)
    return lambda: listeners.remove(listener)


def _mended(hass: HomeAssistant, report: OpenReport) -> None:
    # Called from the ledger's own thread.
    hass.loop.call_soon_threadsafe(_async_mended, hass, report)


@callback
def _async_mended(hass: HomeAssistant, report: OpenReport) -> None:
    shared = hass.data[SHARED_LEDGER]
    shared.report = report
    async_ledger_opened(hass, report)
    for listener in tuple(shared.when_mended):
        listener()


def _trouble(hass: HomeAssistant, error: LedgerError | None) -> None:
    # Called from the ledger's own thread.
    hass.loop.call_soon_threadsafe(async_ledger_trouble, hass, error)
