"""Keeps what the balancer learned of the house's loads in the ledger: now and then, and at the stop."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import callback

from ...core.balancing.appliances.appliance import Appliance
from ...core.balancing.appliances.as_data import from_data, to_data
from ...core.balancing.appliances.learned_loads import LearnedLoads
from ...core.moment import Now
from ...store import Ledger

LEARNED_LOADS = "learned_loads"
#: It is written so rarely. What was learned since then is soon learned again.
_PACE_S = 900.0


class KeptLoads:
    """The learned loads of a site in the ledger; `settings` are the site's as they were read at the start."""

    def __init__(self, ledger: Ledger, *, site_id: str, settings: Mapping[str, Any], now: Now) -> None:
        self._ledger = ledger
        self._site_id = site_id
        self.before = from_data(settings.get(LEARNED_LOADS) or {}, now)
        self._written: tuple[Appliance, ...] = self.before.appliances
        self._due_s = now.monotonic_s + _PACE_S

    @callback
    def async_look(self, loads: LearnedLoads, now: Now) -> None:
        """See whether it is time to write them."""
        if now.monotonic_s >= self._due_s:
            self.async_keep(loads, now)

    @callback
    def async_keep(self, loads: LearnedLoads, now: Now) -> None:
        """Write them, where they are something else than what was written last."""
        self._due_s = now.monotonic_s + _PACE_S
        if loads.appliances != self._written:
            self._written = loads.appliances
            self._ledger.put_setting(self._site_id, LEARNED_LOADS, to_data(loads, now), now.utc)
