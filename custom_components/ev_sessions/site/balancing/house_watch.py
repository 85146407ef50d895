"""Watches what the house takes without the chargers, and keeps the greatest of the last weeks in the ledger."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import callback

from ...core.balancing.evse.draw import PerLine
from ...core.balancing.limits.house_peak import HousePeak
from ...store import Ledger
from ..clock import Clock

HOUSE_PEAK = "house_peak"


def house_worst_of(entry: ConfigEntry[Any]) -> PerLine | None:
    """Return the greatest load of a site's house in the last weeks; None where nobody watches it."""
    if entry.state is not ConfigEntryState.LOADED:
        return None
    watch: HouseWatch = entry.runtime_data.house
    return watch.worst_a


class HouseWatch:
    """Looks at the house now and then. `house_a` tells what it draws per line, None where nobody knows."""

    def __init__(
        self, ledger: Ledger, *, site_id: str, zone: ZoneInfo, clock: Clock, house_a: Callable[[], PerLine | None]
    ) -> None:
        self._ledger = ledger
        self._site_id = site_id
        self._zone = zone
        self._clock = clock
        self._house_a = house_a
        self._peak = HousePeak()

    @property
    def worst_a(self) -> PerLine | None:
        """The greatest load of each line in the last weeks, in A; None where too little was seen."""
        return self._peak.worst_a

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Take up what was seen before."""
        self._peak = HousePeak.from_data(settings.get(HOUSE_PEAK) or {})

    @callback
    def async_look(self, _at: datetime) -> None:
        """Look at the house; what is new is kept."""
        now = self._clock()
        before = self._peak
        self._peak = before.look(self._house_a(), now.monotonic_s, now.utc.astimezone(self._zone).date())
        if self._peak.spans != before.spans and self._peak.to_data() != before.to_data():
            self._ledger.put_setting(self._site_id, HOUSE_PEAK, self._peak.to_data(), now.utc)
