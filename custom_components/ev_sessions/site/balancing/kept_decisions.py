"""Keeps what was decided for each EVSE, and why, over a restart: now and then, and at the stop."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.core import callback

from ...core.balancing.history import kept_history, revived_history
from ...store import Ledger
from ..clock import Clock
from ..evse.evse import EvseRuntime

_LOGGER = logging.getLogger(__name__)

DECISIONS = "decisions"
#: It is written so rarely: a crash costs the reasons of some minutes.
PACE = timedelta(minutes=15)


class KeptDecisions:
    """The newest decisions of a site's EVSEs in the ledger."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._evses: Sequence[EvseRuntime] = ()
        self._written: dict[str, str] = {}

    @callback
    def async_begin(self, evses: Sequence[EvseRuntime], settings: Mapping[str, Mapping[str, Any]]) -> None:
        """Take up what was decided before the start; `settings` are those of all owners, as they were read then."""
        self._evses = evses
        for evse in evses:
            text = settings.get(evse.evse_id, {}).get(DECISIONS)
            if not isinstance(text, str):
                continue
            try:
                evse.decided.async_take_up(revived_history(text))
            except ValueError as err:
                _LOGGER.warning("%s: what was decided before the start cannot be read: %s", evse.name, err)
            else:
                self._written[evse.evse_id] = text

    @callback
    def async_keep(self, _at: datetime | None = None) -> None:
        """Write what is new."""
        for evse in self._evses:
            text = kept_history(evse.decided.history)
            if self._written.get(evse.evse_id) != text:
                self._written[evse.evse_id] = text
                self._ledger.put_setting(evse.evse_id, DECISIONS, text, self._clock().utc)
