"""Keeps what the balancer knows of chargers, cars and meter: at each pause, now and then, and at the stop."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
import logging
from typing import Any

from homeassistant.core import callback

from ...core.balancing.balancer_state import BalancerState
from ...core.balancing.evse.kept_evse import KeptEvse, kept_evse
from ...core.balancing.kept_site import KeptSite, kept_site, revived_state
from ...core.balancing.load import EvseLoad
from ...core.moment import Now
from ...core.plain import from_plain, to_plain
from ...store import Ledger
from .kept_loads import KeptLoads

_LOGGER = logging.getLogger(__name__)

BALANCED = "balanced"
_VERSION = 1
#: What changes slowly is written so rarely.
_PACE_S = 900.0


class KeptBalance:
    """What was known before the start, and what is to be known after the next one.

    `settings` are those of all owners, as they were read at the start; `meter` tells one grid meter from another.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        site_id: str,
        evse_ids: Sequence[str],
        settings: Mapping[str, Mapping[str, Any]],
        meter: str,
        line_count: int,
        now: Now,
    ) -> None:
        self._ledger = ledger
        self._site_id = site_id
        self._meter = meter
        self._loads = KeptLoads(ledger, site_id=site_id, settings=settings.get(site_id, {}), now=now)
        self._written = {
            owner: text
            for owner in (site_id, *evse_ids)
            if isinstance(text := settings.get(owner, {}).get(BALANCED), str)
        }
        self._due_s = now.monotonic_s + _PACE_S
        site = _read(KeptSite, self._written.get(site_id)) or KeptSite()
        evses = {evse_id: _read(KeptEvse, self._written.get(evse_id)) for evse_id in evse_ids}
        self.before = replace(
            revived_state(site, meter, line_count, now),
            loads=self._loads.before,
            kept={evse_id: kept for evse_id, kept in evses.items() if kept is not None},
        )

    @callback
    def async_look(self, state: BalancerState, loads: Sequence[EvseLoad], now: Now) -> None:
        """Keep a pause at once, and the rest when it is time."""
        self._loads.async_look(state.loads, now)
        due = now.monotonic_s >= self._due_s
        for load in loads:
            memory = state.memories[load.id]
            if due or memory.paused_s == now.monotonic_s:
                self._write(load.id, to_plain(kept_evse(memory, load, now), _VERSION), now)
        if due:
            self._due_s = now.monotonic_s + _PACE_S
            self._write(self._site_id, to_plain(kept_site(state, self._meter, now), _VERSION), now)

    @callback
    def async_keep(self, state: BalancerState, loads: Sequence[EvseLoad], now: Now) -> None:
        """Write all for a stop: every charger is left at its fallback now."""
        self._loads.async_keep(state.loads, now)
        for load in loads:
            if (memory := state.memories.get(load.id)) is not None:
                self._write(load.id, to_plain(kept_evse(memory, load, now, leaves=True), _VERSION), now)
        self._write(self._site_id, to_plain(kept_site(state, self._meter, now), _VERSION), now)

    def _write(self, owner: str, text: str, now: Now) -> None:
        if self._written.get(owner) != text:
            self._written[owner] = text
            self._ledger.put_setting(owner, BALANCED, text, now.utc)


def _read[T](kind: type[T], text: str | None) -> T | None:
    """Return what was kept; what cannot be read was not known."""
    if text is None:
        return None
    try:
        return from_plain(kind, text, _VERSION)
    except ValueError as err:
        _LOGGER.warning("What the balancer knew before the start cannot be read, it begins anew: %s", err)
        return None
