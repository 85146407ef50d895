"""The cost of a site's energy after the fact: priced late, costed again, billed to others, and what was saved."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant, callback

from ...core.prices.price import PriceInterval
from ...core.sessions.session import SessionEventType
from ...store import Ledger
from ..clock import Clock
from ..config.site import SiteConfig
from ..parts import SiteParts
from .past_prices import PastPrices, Repriced
from .recosting import Recosting
from .recosting_job import RecostingJob
from .saving import MonthSaving
from .told_late import ToldLate

#: Prices that somebody handed over: so many are looked at in memory at once.
_IMPORTED_AT_ONCE = 10_000


class Costs:
    """Costs what has ended, as often as something about its cost becomes known.

    `flush` brings into the ledger what is not there yet, `ledger_changed` shows the ledger as it is
    then, `month_began` does the same and survives a ledger that cannot be read; `changed` makes the
    views anew, and `told_late` what is shown of energy that was told after its session's end.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        site_id: str,
        config: SiteConfig,
        zone: ZoneInfo,
        clock: Clock,
        parts: SiteParts,
        flush: Callable[[], Awaitable[None]],
        ledger_changed: Callable[[], Awaitable[None]],
        month_began: Callable[[], Awaitable[None]],
        changed: Callable[[], None],
        told_late: Callable[[], None],
        run: Callable[[Coroutine[Any, Any, None], str], None],
    ) -> None:
        self._parts = parts
        self._flush = flush
        self._month_began = month_began
        self._run = run
        engine = Recosting(hass=hass, ledger=ledger, holidays=lambda: parts.holiday_days)
        self.past_prices = PastPrices(
            site_id=site_id,
            name=config.name,
            parts=parts,
            ledger=ledger,
            clock=clock,
            recosting=engine,
            flush=flush,
            ledger_changed=ledger_changed,
        )
        self.recosting = RecostingJob(
            hass,
            ledger,
            engine,
            site_id=site_id,
            clock=clock,
            memory=self.past_prices.memory,
            changed=changed,
            tell=self.past_prices.async_tell_corrected,
        )
        self.told_late = ToldLate(
            ledger,
            name=config.name,
            currency=config.currency,
            zone=zone,
            clock=clock,
            run=run,
            done=told_late,
        )
        self.saving = MonthSaving(
            ledger,
            engine,
            site_id=site_id,
            currency=config.currency,
            zone=zone,
            clock=clock,
            memory=self.past_prices.memory,
            changed=changed,
        )

    @callback
    def async_begin(self, kept: dict[str, Any]) -> None:
        """Finish what was left unfinished; `kept` are the site's settings."""
        self._run(self.past_prices.async_finish_all(), "costs without a last word")
        self.async_count_saving()
        if self.recosting.take_up(kept):
            self._run(self._async_recost_all(), "costing again")

    @callback
    def async_count_saving(self) -> None:
        """Count anew what was saved this month."""
        self._run(self.saving.async_count(), "saving")

    @callback
    def async_cost_final(self, event_type: str, _attributes: dict[str, Any]) -> None:
        """Count what was saved, where a cost is final."""
        if event_type == SessionEventType.COST_FINAL:
            self.async_count_saving()

    @callback
    def async_settled(self, session_ids: tuple[str, ...]) -> None:
        """Let sessions that have settled be costed by their traces."""
        self._run(self.past_prices.async_finish(session_ids), "last word on a cost")

    async def async_recalculate(self, start: datetime | None, end: datetime | None) -> Repriced:
        """Price what has no price yet and can be priced now, of sessions that began in [start, end)."""
        return await self.past_prices.async_recalculate(start, end)

    async def async_recalculate_all(self, start: datetime | None, end: datetime | None) -> int | None:
        """Begin to cost ended sessions again that began in [start, end); return how many, None while that goes on."""
        await self._flush()
        progress = await self.recosting.async_begin(start, end)
        if progress is None:
            return None
        self._run(self._async_recost_all(), "costing again")
        return progress.total

    async def _async_recost_all(self) -> None:
        await self.recosting.async_run()
        await self._month_began()

    async def async_prices_imported(self, intervals: Sequence[PriceInterval], tariff_ids: Sequence[str]) -> Repriced:
        """Take over prices of tariffs that the ledger has got; price what waited for them, and what had others."""
        for book, prices in self._parts.books:
            if prices is not None and book.tariff_id in tariff_ids:
                prices.async_learned(intervals)
        done = await self.past_prices.async_recalculate(None, None)
        for some in batched(sorted(intervals, key=lambda one: one.start), _IMPORTED_AT_ONCE, strict=False):
            await self.past_prices.async_reprice(some[0].start, some[-1].end)
        return done

    async def async_bill(self, session_ids: Sequence[str]) -> None:
        """Bill sessions to the payers that they have now, after somebody else was to pay for them."""
        await self.past_prices.async_bill(session_ids)

    async def async_recost(self, session_ids: Sequence[str], *, simple: bool = False) -> None:
        """Cost sessions again after a correction; with `simple` also those that cost energy times price."""
        await self.past_prices.async_finish(session_ids, simple=simple)
