"""Sees the mean power of each quarter hour at the grid, and keeps it in the ledger."""

from collections.abc import Callable
from datetime import datetime, timedelta

from homeassistant.core import callback

from ...core.capacity import IntervalMean, MeanMeter
from ...core.capacity.interval import quarter_of
from ...store import Ledger
from ..clock import Clock
from ..ledger.ledger import asked


class IntervalMeans:
    """Looks at the grid and at what the chargers draw. `ended` hears of each quarter hour that is over.

    `grid_w` tells the import in W, None where nobody knows; `cars_w` what the chargers have of it.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        site_id: str,
        clock: Clock,
        grid_w: Callable[[], float | None],
        cars_w: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._site_id = site_id
        self._clock = clock
        self._grid_w = grid_w
        self._cars_w = cars_w
        self._meter = MeanMeter()
        self.ended: Callable[[tuple[IntervalMean, ...]], None] | None = None

    async def async_begin(self) -> None:
        """Go on with the quarter hour that was running when we stopped."""
        start = quarter_of(self._clock().utc)
        found = await asked(self._ledger.interval_means(self._site_id, start, start + timedelta(seconds=1)))
        if found:
            self._meter = MeanMeter(running=found[0])

    @callback
    def async_look(self, _at: datetime | None = None) -> None:
        """Look once more."""
        self._meter, done = self._meter.look(self._grid_w(), self._cars_w(), self._clock())
        seen = tuple(one for one in done if one.seen_s > 0)
        if seen:
            self._ledger.put_interval_means(self._site_id, seen)
            if self.ended is not None:
                self.ended(seen)

    @callback
    def async_stop(self) -> None:
        """Keep what was seen of the running quarter hour."""
        running = self._meter.running
        if running is not None and running.seen_s > 0:
            self._ledger.put_interval_means(self._site_id, (running,))
