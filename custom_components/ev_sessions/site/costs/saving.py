"""What this month's sessions saved: by the own roof, and by charging when it is cheap."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
import logging
from zoneinfo import ZoneInfo

from ...core.costing.reference import from_grid, has_sun_price, mean_of_next_day
from ...core.costing.saving import Saving
from ...core.money import Money, add, cost_of, subtract
from ...core.prices.timeline import PriceTimeline
from ...core.sessions.session import SessionStatus
from ...core.statistics.month import month_of
from ...store import Ledger, LedgerError, Order, SessionFilter
from ..clock import Clock
from ..ledger.ledger import asked
from .recosting import Given, Recosting

_LOGGER = logging.getLogger(__name__)

_AT_ONCE = 250
#: So much later than a session's end its prices are asked for.
_NEXT_DAY = timedelta(days=2)
#: Where a month has so many sessions that to count takes a while, no more than a tenth of the time is spent on it.
_A_WHILE_S = 0.2
_RESTS = 9


class MonthSaving:
    """Counts what the ended sessions saved that began in this month; `changed` shows it."""

    def __init__(
        self,
        ledger: Ledger,
        recosting: Recosting,
        *,
        site_id: str,
        currency: str,
        zone: ZoneInfo,
        clock: Clock,
        memory: Callable[[], Mapping[str, PriceTimeline]],
        changed: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._recosting = recosting
        self._site_id = site_id
        self._currency = currency
        self._zone = zone
        self._clock = clock
        self._memory = memory
        self._changed = changed
        self.saving = Saving()
        self._asked = self._counts = False

    async def async_count(self) -> None:
        """Count anew, by what the ledger has; asked for while it counts, it counts once more, however often."""
        self._asked = True
        if self._counts:
            return
        self._counts, loop = True, asyncio.get_running_loop()
        try:
            while self._asked:
                self._asked, begun_s = False, loop.time()
                await self._async_count()
                if (took_s := loop.time() - begun_s) > _A_WHILE_S:
                    await asyncio.sleep(_RESTS * took_s)
        finally:
            self._counts = False

    async def _async_count(self) -> None:
        try:
            saving = await self._async_counted()
        except LedgerError as err:
            _LOGGER.warning("What was saved this month could not be counted: %s", err)
            return
        if saving != self.saving:
            self.saving = saving
            self._changed()

    async def _async_counted(self) -> Saving:
        month = month_of(self._clock().utc, self._zone)
        wanted = SessionFilter(
            site_ids=(self._site_id,), start=month.start, end=month.end, statuses=(SessionStatus.ENDED,)
        )
        saving, offset, total = Saving(), 0, 1
        while offset < total:
            total, sessions = await asked(
                self._ledger.sessions_page(wanted, order=Order.OLDEST, limit=_AT_ONCE, offset=offset)
            )
            offset += _AT_ONCE
            mine = [one for one in sessions if one.session.start >= month.start]
            given = await self._recosting.async_given(mine, self._memory(), after=_NEXT_DAY)
            saving = saving.plus(await self._recosting.hass.async_add_executor_job(self._saved, given))
        return saving

    def _saved(self, given: Sequence[Given]) -> Saving:
        saving = Saving()
        for one in given:
            if one.tariff.currency == self._currency:
                saving = saving.plus(saved(one, self._zone))
        return saving


def saved(one: Given, zone: ZoneInfo) -> Saving:
    """Return what a session saved; nothing of one whose price is not known."""
    paid = one.cost()
    if paid.unpriced_mwh:
        return Saving()
    cost = Money.from_nano(paid.total_nano, one.tariff.currency).amount
    sun = by_time = None
    if has_sun_price(one.tariff):
        otherwise = replace(one, periods=from_grid(one.periods)).cost()
        if not otherwise.unpriced_mwh:
            sun = subtract(Money.from_nano(otherwise.total_nano, one.tariff.currency).amount, cost)
    read = one.tariff.timeline_price
    timeline = None if read is None else one.timelines.get(read.source)
    mean = None if timeline is None else mean_of_next_day(one.tariff, one.stored.session.start, zone, timeline)
    if mean is not None:
        by_time = Decimal(0)
        for place, period in enumerate(one.periods):
            price = paid.prices[place].price_per_kwh
            if price is not None:
                by_time = add(by_time, cost_of(period.energy_mwh, subtract(mean, price)))
    return Saving(sun=sun, time=by_time)
