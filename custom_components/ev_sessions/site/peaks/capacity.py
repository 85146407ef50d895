"""How a site's capacity tariff stands: counted anew at each quarter hour, and held against by the peak target."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
import logging
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant, callback

from ...core.capacity import (
    BillingPeriod,
    IntervalMean,
    MonthPeak,
    PeakStanding,
    joined,
    month_peak,
    period_of,
    standing_of,
)
from ...store import Ledger, LedgerError
from ..circuits.circuits import Circuits
from ..clock import Clock
from ..config.capacity import CapacityConfig
from ..ledger.ledger import asked
from ..view import CapacityView

_LOGGER = logging.getLogger(__name__)

#: The target where nothing that is drawn now counts.
_NO_TARGET_KW = 1000.0


class CapacityService:
    """Counts the peaks of the billing month. `changed` shows them; `run` starts work in the background."""

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        site_id: str,
        config: CapacityConfig,
        zone: ZoneInfo,
        clock: Clock,
        circuits: Callable[[], Circuits | None],
        changed: Callable[[], None],
        run: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._site_id = site_id
        self.config = config
        self._zone = zone
        self._clock = clock
        self._circuits = circuits
        self._changed = changed
        self._run = run
        self._period: BillingPeriod | None = None
        self._quarters: dict[datetime, IntervalMean] = {}
        self._before: tuple[MonthPeak, ...] = ()
        self.view: CapacityView | None = None

    async def async_begin(self) -> None:
        """Count what the ledger has; what it cannot tell is counted later."""
        try:
            await self._async_read(self._period_now())
        except LedgerError as err:
            _LOGGER.warning("The peaks of the month could not be read: %s", err)

    @callback
    def async_ended(self, quarters: tuple[IntervalMean, ...]) -> None:
        """Take quarter hours that are over."""
        self._quarters |= {one.start: one for one in quarters}
        self._run(self._async_count(), "peaks")

    def _period_now(self) -> BillingPeriod:
        return period_of(self._clock().utc, self.config.scheme.billing_day, self._zone)

    async def _async_count(self) -> None:
        period = self._period_now()
        if period != self._period:
            try:
                await self._async_read(period)
            except LedgerError as err:
                _LOGGER.warning("The peaks of the month could not be read: %s", err)
            return
        self._quarters = {start: one for start, one in self._quarters.items() if start >= period.start}
        await self._async_stand(period)

    async def _async_read(self, period: BillingPeriod) -> None:
        """Read the months that count, the one of now last."""
        scheme = self.config.scheme
        before: list[MonthPeak] = []
        one = period
        for _ in range(scheme.months - 1):
            one = one.before(self._zone)
            quarters = await asked(self._ledger.interval_means(self._site_id, one.start, one.end))
            peak = await self._hass.async_add_executor_job(self._month_peak, quarters)
            if peak is None:
                # What is not known of a month before says nothing of those before it.
                break
            before.append(peak)
        self._before = tuple(reversed(before))
        found = await asked(self._ledger.interval_means(self._site_id, period.start, period.end))
        running = self._clock().utc - timedelta(seconds=found[-1].length_s) if found else period.start
        self._quarters = {one.start: one for one in found if one.start <= running}
        self._period = period
        await self._async_stand(period)

    def _month_peak(self, quarters: tuple[IntervalMean, ...]) -> MonthPeak | None:
        scheme = self.config.scheme
        return month_peak(scheme, joined(quarters, scheme.interval_min, self._zone), self._zone)

    async def _async_stand(self, period: BillingPeriod) -> None:
        quarters = [self._quarters[start] for start in sorted(self._quarters)]
        standing = await self._hass.async_add_executor_job(self._standing, quarters, self._clock().utc)
        self.view = CapacityView(period=period, standing=standing)
        self._async_set_target(standing.free_kw)
        self._changed()

    def _standing(self, quarters: list[IntervalMean], at: datetime) -> PeakStanding:
        scheme = self.config.scheme
        means = joined(quarters, scheme.interval_min, self._zone)
        # Of an hour that goes on the mean is not known yet.
        over = [one for one in means if one.start + timedelta(seconds=one.length_s) <= at]
        return standing_of(scheme, over, at, self._zone, self._before)

    @callback
    def _async_set_target(self, free_kw: float) -> None:
        """Let the chargers of the circuit draw what makes the month no dearer, and never less than was wished."""
        circuits = self._circuits()
        if circuits is None or self.config.circuit_id is None:
            return
        target_kw = _NO_TARGET_KW if free_kw == inf else max(free_kw, self.config.target_kw)
        for circuit in circuits.all:
            if circuit.config.id == self.config.circuit_id and target_kw > 0:
                circuit.set_target(round(min(target_kw, _NO_TARGET_KW), 3))
