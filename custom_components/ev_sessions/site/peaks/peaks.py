"""The peaks of a site: what the grid's mean power was, quarter hour by quarter hour, and what that costs."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ...store import Ledger
from ..clock import Clock
from ..config.capacity import capacity_of
from ..parts import SiteParts
from ..view import CapacityView
from .capacity import CapacityService
from .interval_means import IntervalMeans


class Peaks:
    """Sees the means, and counts them where the site has a capacity tariff."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        ledger: Ledger,
        *,
        zone: ZoneInfo,
        clock: Clock,
        parts: SiteParts,
        changed: Callable[[], None],
        run: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._parts = parts
        self._means = IntervalMeans(
            ledger, site_id=entry.entry_id, clock=clock, grid_w=self._grid_w, cars_w=self._cars_w
        )
        self.capacity: CapacityService | None = None
        config = capacity_of(entry)
        if config is not None:
            self.capacity = CapacityService(
                hass,
                ledger,
                site_id=entry.entry_id,
                config=config,
                zone=zone,
                clock=clock,
                circuits=lambda: parts.circuits,
                changed=changed,
                run=run,
            )
            self._means.ended = self.capacity.async_ended

    @property
    def view(self) -> CapacityView | None:
        """How the capacity tariff stands; None where there is none, or nothing is known yet."""
        return None if self.capacity is None else self.capacity.view

    async def async_begin(self) -> None:
        """Take up what the ledger knows."""
        if self._parts.meter is None:
            return
        await self._means.async_begin()
        if self.capacity is not None:
            await self.capacity.async_begin()

    @callback
    def async_look(self, _at: datetime | None = None) -> None:
        """Look at the grid once more."""
        if self._parts.meter is not None:
            self._means.async_look()

    @callback
    def async_stop(self) -> None:
        """Keep what was seen."""
        self._means.async_stop()

    def _grid_w(self) -> float | None:
        return None if self._parts.load is None else self._parts.load.grid_w

    def _cars_w(self) -> float:
        return sum(evse.view.power_w or 0.0 for evse in self._parts.evses)
