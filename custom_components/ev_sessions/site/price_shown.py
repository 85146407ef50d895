"""What is shown of a site's price beside the one of now: what is ahead, and the energy that has none yet."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.core import callback

from ..core.prices.ahead import Ahead
from ..store import Ledger, LedgerError
from .clock import Clock
from .ledger.ledger import asked
from .parts import SiteParts

_LOGGER = logging.getLogger(__name__)

_SETTING = "cheapest_window_s"
DEFAULT_LENGTH_S = 3 * 3600.0
#: Energy without a price is counted so often; a price that comes late is counted at once.
COUNTED_EVERY = timedelta(minutes=5)


class PriceShown:
    """Knows how long the cheapest window is to be, and counts the energy that has no price.

    `changed` shows the site anew; `run` starts work in the background.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        site_id: str,
        clock: Clock,
        parts: SiteParts,
        changed: Callable[[], None],
        run: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._ledger = ledger
        self._site_id = site_id
        self._clock = clock
        self._parts = parts
        self._changed = changed
        self._run = run
        self.length_s = DEFAULT_LENGTH_S
        self.unpriced_mwh: int | None = None

    @property
    def ahead(self) -> Ahead:
        """The next price and the cheapest window."""
        return Ahead() if self._parts.prices is None else self._parts.prices.ahead

    @callback
    def begin(self, settings: Mapping[str, Any]) -> None:
        """Take up what was set before."""
        self.length_s = float(settings.get(_SETTING, DEFAULT_LENGTH_S))
        if self._parts.prices is not None:
            self._parts.prices.async_set_window(timedelta(seconds=self.length_s))

    async def async_set_length(self, length_s: float) -> None:
        """Look for windows of another length from now on."""
        await asked(self._ledger.put_setting(self._site_id, _SETTING, length_s, self._clock().utc))
        self.length_s = length_s
        if self._parts.prices is not None:
            self._parts.prices.async_set_window(timedelta(seconds=length_s))
        self._changed()

    @callback
    def async_look(self, _at: datetime) -> None:
        """Count in the background what has no price."""
        self._run(self.async_count(), "unpriced energy")

    async def async_count(self) -> None:
        """Count what has no price, and show it."""
        try:
            unpriced_mwh = await asked(self._ledger.unpriced_energy(self._site_id))
        except LedgerError as err:
            _LOGGER.debug("Energy without a price could not be counted: %s", err)
            return
        if unpriced_mwh != self.unpriced_mwh:
            self.unpriced_mwh = unpriced_mwh
            self._changed()
