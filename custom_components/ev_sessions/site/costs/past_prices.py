"""Prices of the past: what became known late goes into the ledger, and into what is shown."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
import logging

from ...core.prices.timeline import PriceTimeline
from ...store import Ledger, LedgerError
from ..clock import Clock
from ..ledger.ledger import asked
from ..parts import SiteParts
from ..prices.repricing import PriceBook, Recalculation, async_price_unpriced, async_reprice_since
from ..prices.service import PriceService
from .recosting import Recosting

_LOGGER = logging.getLogger(__name__)


#: Sessions that are told to be final in one go.
_AT_ONCE = 500
#: Bills that are reckoned in one go.
_BILLED_AT_ONCE = 100
#: What began longer ago than this waits for no stop's end; it can be costed again by action.
_MAY_WAIT = timedelta(days=62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repriced:
    """What a recalculation did: sessions that changed, energy that got its price, energy still without."""

    sessions: int = 0
    priced_mwh: int = 0
    unpriced_mwh: int = 0


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
        recosting: Recosting,
        flush: Callable[[], Awaitable[None]],
        ledger_changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._site_id = site_id
        self._name = name
        self._parts = parts
        self._ledger = ledger
        self._clock = clock
        self._recosting = recosting
        self._flush = flush
        self._ledger_changed = ledger_changed

    async def async_reprice(self, since: datetime, until: datetime | None = None) -> None:
        """Give energy since an instant the price that is known more surely now.

        `until` is where prices end that are older than memory: those are asked of the ledger.
        """
        await self._flush()
        try:
            self._look_anew()
            if self._parts.book is not None and self._parts.prices is not None:
                await self._async_reprice(self._parts.book, self._parts.prices, since, until)
            await self._async_bill_late(since, until)
        except LedgerError as err:
            _LOGGER.warning("%s: late prices could not be written, they are tried again later: %s", self._name, err)

    async def _async_reprice(
        self, book: PriceBook, prices: PriceService, since: datetime, until: datetime | None
    ) -> None:
        """Give what the house pays the price that is known more surely now."""
        timeline = prices.timeline
        if until is not None:
            timeline = await book.async_timeline(since, until, timeline)
        final: list[str] = []
        changed = False
        async for done in async_reprice_since(
            book, timeline, self._recosting, site_id=self._site_id, since=since, at=self._clock().utc
        ):
            self._take_over(done)
            changed = changed or bool(done.changed)
            final.extend(done.final)
        await self._async_price_all(book, prices, since, None, changed=changed, final=final)

    async def _async_bill_late(
        self, since: datetime | None, until: datetime | None, *, unpriced_only: bool = False
    ) -> None:
        """Bill again what payers were billed by a price that is known otherwise now."""
        ids = await asked(self._ledger.billed_since(self._site_id, since, until, unpriced_only=unpriced_only))
        changed = 0
        for some in batched(ids, _BILLED_AT_ONCE, strict=False):
            changed += await self._recosting.async_bill_late(some, at=self._clock().utc, memory=self._parts.timelines())
        if changed:
            await self._ledger_changed()

    async def async_recalculate(self, start: datetime | None, end: datetime | None) -> Repriced:
        """Price what has no price yet and can be priced now, of sessions that began in [start, end)."""
        book, prices = self._parts.book, self._parts.prices
        self._look_anew()
        await self._flush()
        done = Repriced()
        if book is not None and prices is not None:
            done = await self._async_price_all(book, prices, start, end, changed=False, final=[])
        await self._async_bill_late(start, end, unpriced_only=True)
        return done

    async def _async_price_all(
        self,
        book: PriceBook,
        prices: PriceService,
        start: datetime | None,
        end: datetime | None,
        *,
        changed: bool,
        final: list[str],
    ) -> Repriced:
        """Price what can be priced; then show it together with what had `changed` before."""
        sessions: set[str] = set()
        priced_mwh = unpriced_mwh = 0
        async for done in async_price_unpriced(
            book, prices.timeline, self._recosting, site_id=self._site_id, at=self._clock().utc, start=start, end=end
        ):
            self._take_over(done)
            sessions.update(done.changed)
            final.extend(done.final)
            priced_mwh += done.priced_mwh
            unpriced_mwh += done.unpriced_mwh
        if sessions or changed:
            await self._ledger_changed()
        await self._async_tell_final(final)
        return Repriced(sessions=len(sessions), priced_mwh=priced_mwh, unpriced_mwh=unpriced_mwh)

    def memory(self) -> dict[str, PriceTimeline]:
        """Return what memory knows of the price that the site's tariff reads, by its source."""
        prices, book = self._parts.prices, self._parts.book
        return {} if prices is None or book is None else book.memory(prices.timeline)

    async def async_tell_corrected(self, session_ids: list[str]) -> None:
        """Tell that sessions cost something else than before, and that this is final."""
        await self._async_tell_final(session_ids)

    def _look_anew(self) -> None:
        """Let what is still in memory be reckoned by the prices of now."""
        for evse in self._parts.evses:
            evse.recorder.async_look_anew(self._clock())

    async def async_finish(self, session_ids: Sequence[str], *, simple: bool = False) -> None:
        """Give sessions that have settled the last word on their cost, by their traces.

        With `simple` also those that cost energy times price.
        """
        await self._flush()
        try:
            memory, at = self.memory(), self._clock().utc
            done = await self._recosting.async_recost(session_ids, at=at, memory=memory, simple=simple)
            await self._recosting.async_bill(session_ids, at=at, memory=self._parts.timelines())
            self._take_over(done)
            if done.changed:
                await self._ledger_changed()
            await self._async_tell_final([*done.final])
        except LedgerError as err:
            _LOGGER.warning("%s: a cost could not be written, it is tried again at the next start: %s", self._name, err)

    async def async_bill(self, session_ids: Sequence[str]) -> None:
        """Bill sessions to the payers that they have now."""
        await self._recosting.async_bill(session_ids, at=self._clock().utc, memory=self._parts.timelines())

    async def async_finish_all(self) -> None:
        """Give the last word on the cost of sessions that a stop kept from it."""
        try:
            since = self._clock().utc - _MAY_WAIT
            waiting = await asked(self._ledger.unfinished_costs(self._site_id, since))
        except LedgerError as err:
            _LOGGER.warning("%s: costs could not be looked at: %s", self._name, err)
            return
        for place in range(0, len(waiting), _AT_ONCE):
            await self.async_finish(waiting[place : place + _AT_ONCE])

    def _take_over(self, done: Recalculation) -> None:
        for evse in self._parts.evses:
            for session_id, periods in done.changed.items():
                evse.recorder.async_repriced(session_id, periods)

    async def _async_tell_final(self, session_ids: list[str]) -> None:
        by_id = {evse.evse_id: evse for evse in self._parts.evses}
        for place in range(0, len(session_ids), _AT_ONCE):
            for stored in await asked(self._ledger.sessions_of(session_ids[place : place + _AT_ONCE])):
                if stored.evse_id in by_id:
                    by_id[stored.evse_id].recorder.async_cost_final(stored, self._clock())
