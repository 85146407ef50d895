"""Holds what chargers take when nobody speaks to them against the fuses: at the start, and when one fails its proof."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import callback

from ...core.balancing.circuits.circuit import Wiring
from ...core.balancing.circuits.fallback import Excess, FallbackCheck
from ...core.balancing.evse.draw import PerLine
from ...store import ChargerRecord, Ledger
from ..clock import Clock
from ..config.circuits import Tree
from ..config.site import ChargerConfig
from ..evse.evse import EvseRuntime
from ..issues import IssueBook
from .fallbacks import check_fallbacks, told_of

#: Where the ledger has that an EVSE was seen not to fall back by itself.
LACKS_FALLBACK = "lacks_fallback"


def lacking_in(entry: ConfigEntry[Any]) -> frozenset[str]:
    """Return the chargers of a site that were seen not to fall back by themselves, by their subentries."""
    if entry.state is not ConfigEntryState.LOADED:
        return frozenset()
    watch: FallbackWatch = entry.runtime_data.fallbacks
    return watch.lacking


class FallbackWatch:
    """Knows which chargers do not fall back although they should, and tells the owner what that means for the fuses."""

    def __init__(
        self, entry: ConfigEntry[Any], issues: IssueBook, ledger: Ledger, *, name: str, wiring: Wiring, clock: Clock
    ) -> None:
        self._entry = entry
        self._issues = issues
        self._ledger = ledger
        self._name = name
        self._wiring = wiring
        self._clock = clock
        self._evses: Sequence[EvseRuntime] = ()
        self._tree: Tree | None = None
        self._worst_a: PerLine | None = None
        self._configs: tuple[ChargerConfig, ...] = ()
        self._lacking: dict[str, str] = {}  # EVSE to charger

    @property
    def lacking(self) -> frozenset[str]:
        """The chargers that were seen not to fall back by themselves."""
        return frozenset(self._lacking.values())

    def begin(self, known: Iterable[ChargerRecord], settings: Mapping[str, Mapping[str, Any]]) -> None:
        """Take up what was seen before."""
        self._lacking = {
            evse_id: record.subentry_id
            for record in known
            for evse_id in record.evse_ids.values()
            if settings.get(evse_id, {}).get(LACKS_FALLBACK)
        }

    def check(
        self, configs: tuple[ChargerConfig, ...], tree: Tree | None, worst_a: PerLine | None
    ) -> FallbackCheck | None:
        """Return whether the chargers can be left alone beside a house at its worst, and tell the owner."""
        self._configs, self._tree, self._worst_a = configs, tree, worst_a
        return self._check()

    def _check(self) -> FallbackCheck | None:
        check = check_fallbacks(
            self._entry, self._configs, worst_a=self._worst_a, tree=self._tree, lacking=self.lacking
        )
        told, alone = (None, None) if check is None else (check.told, check.alone)
        fitting, hardware = ({}, {}) if check is None else (check.fallbacks_a, check.hardware_a)
        self._issues.fallbacks(self._name, self._told(told, fitting), self._told(alone, hardware))
        return check

    def _told(self, excess: Excess | None, fitting_a: Mapping[str, float]) -> Mapping[str, str] | None:
        return None if excess is None else told_of(excess, self._configs, fitting_a, self._wiring)

    @callback
    def async_start(self, evses: Sequence[EvseRuntime]) -> None:
        """Look at the chargers from now on."""
        self._evses = evses

    @callback
    def async_look(self, _at: datetime) -> None:
        """See whether a charger was shown not to fall back, or to do so after all."""
        changed = [one for one in self._evses if one.commands.lacks_fallback is not (one.evse_id in self._lacking)]
        for evse in changed:
            lacks = evse.commands.lacks_fallback
            if lacks:
                self._lacking[evse.evse_id] = evse.charger_id
            else:
                del self._lacking[evse.evse_id]
            self._ledger.put_setting(evse.evse_id, LACKS_FALLBACK, lacks or None, self._clock().utc)
        if changed:
            self._check()
