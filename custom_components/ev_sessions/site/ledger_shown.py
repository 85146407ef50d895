"""What a site shows of its ledger: brought there, read anew, and put back after damage."""

import asyncio
from collections.abc import Callable
import logging
from zoneinfo import ZoneInfo

from homeassistant.core import callback

from ..core.statistics.month import month_of
from ..store import Ledger, LedgerError
from .clock import Clock
from .config.site import SiteConfig
from .ledger.known import total_in
from .ledger.ledger import asked
from .parts import SiteParts
from .price_shown import PriceShown
from .statistics.uptime_watch import UptimeWatch

_LOGGER = logging.getLogger(__name__)

#: Home Assistant gives all its shutdown jobs 20 s together.
STOP_TIMEOUT_S = 15.0


class LedgerShown:
    """Keeps ledger and views together; `sums_changed` lets sums over many sessions be made anew."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        site_id: str,
        config: SiteConfig,
        zone: ZoneInfo,
        clock: Clock,
        parts: SiteParts,
        uptime: UptimeWatch,
        price_shown: PriceShown,
        sums_changed: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._site_id = site_id
        self._config = config
        self._zone = zone
        self._clock = clock
        self._parts = parts
        self._uptime = uptime
        self._price_shown = price_shown
        self._sums_changed = sums_changed

    async def async_flush(self) -> None:
        """Bring all that is known of sessions and outages into the ledger, within `STOP_TIMEOUT_S`."""
        now = self._clock()
        asked_for = [*(evse.recorder.async_flush(now) for evse in self._parts.evses), self._uptime.unanswered]
        commits = [commit for commit in asked_for if commit is not None]
        if commits:
            await asyncio.wait([asyncio.wrap_future(commit) for commit in commits], timeout=STOP_TIMEOUT_S)

    async def async_changed(self) -> None:
        """Show the ledger as it is now, after a correction, an import or a deletion."""
        before = {evse.evse_id: evse.recorder.month for evse in self._parts.evses}
        # What is not in the ledger yet would be missing in its totals.
        await self.async_flush()
        month = month_of(self._clock().utc, self._zone)
        totals = await asked(self._ledger.span_totals([(month.start, month.end)], site_id=self._site_id))
        for evse in self._parts.evses:
            mine = tuple(total for total in totals if total.evse_id == evse.evse_id)
            evse.recorder.async_set_month(total_in(mine, self._config.currency), month, before[evse.evse_id])
            evse.recorder.set_last_session(await asked(self._ledger.last_session(evse.evse_id)))
            evse.async_refresh()
        await self._price_shown.async_count()
        self._sums_changed()

    async def async_month_began(self) -> None:
        """Show the ledger as it is now, or say why it cannot be read."""
        try:
            await self.async_changed()
        except LedgerError as err:
            _LOGGER.warning("%s: the month's totals could not be read: %s", self._config.name, err)

    @callback
    def async_put_back(self) -> None:
        """Write again what memory has: a damaged page may have taken it."""
        for evse in self._parts.evses:
            evse.async_keep_all(self._clock())
