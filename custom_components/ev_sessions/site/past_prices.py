"""Prices of the past: what became known late goes into the ledger, and into what is shown."""

from collections.abc import Awaitable, Callable
from datetime import datetime
import logging

from ..store import Ledger, LedgerError
from .clock import Clock
from .ledger import asked
from .parts import SiteParts
from .repricing import Recalculation, async_price_unpriced, async_reprice_since

_LOGGER = logging.getLogger(__name__)


class PastPrices:
    """Prices what has no price yet, as soon as it can be priced.

    `flush` brings into the ledger what is not there yet, which would be left without its
    price; `ledger_changed` shows the ledger as it is then.
    """

    def __init__(
        self,
        *,
        site_id: str,
        name: str,
        parts: SiteParts,
        ledger: Ledger,
        clock: Clock,
        flush: Callable[[], Awaitable[None]],
        ledger_changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._site_id = site_id
        self._name = name
        self._parts = parts
        self._ledger = ledger
        self._clock = clock
        self._flush = flush
        self._ledger_changed = ledger_changed

    async def async_reprice(self, since: datetime) -> None:
        """Give energy since an instant the price that is known more surely now."""
        book, prices = self._parts.book, self._parts.prices
        if book is None or prices is None:
            return
        await self._flush()
        try:
            done = await async_reprice_since(
                book, prices.timeline, site_id=self._site_id, since=since, at=self._clock().utc
            )
            await self._async_show(done)
            await self.async_recalculate(since, None)
        except LedgerError as err:
            _LOGGER.warning("%s: late prices could not be written, they are tried again later: %s", self._name, err)

    async def async_recalculate(self, start: datetime | None, end: datetime | None) -> Recalculation:
        """Price what has no price yet and can be priced now, of sessions that began in [start, end)."""
        book, prices = self._parts.book, self._parts.prices
        if book is None or prices is None:
            return Recalculation(changed={})
        await self._flush()
        done = await async_price_unpriced(
            book, prices.timeline, site_id=self._site_id, at=self._clock().utc, start=start, end=end
        )
        await self._async_show(done)
        return done

    async def _async_show(self, done: Recalculation) -> None:
        if not done.changed:
            return
        for evse in self._parts.evses:
            for session_id, periods in done.changed.items():
                evse.recorder.async_repriced(session_id, periods)
        await self._ledger_changed()
        by_id = {evse.evse_id: evse for evse in self._parts.evses}
        for stored in await asked(self._ledger.sessions_of(done.final)):
            if stored.evse_id in by_id:
                by_id[stored.evse_id].recorder.async_cost_final(stored, self._clock())
