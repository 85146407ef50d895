"""What is kept of one station beside its settings: facts, problems, events, in the ledger under its charger."""

from collections.abc import Mapping
from typing import Any

from ....store import Ledger
from ...clock import Clock


class StationKept:
    """The values that are kept of one charger, as they were when its site started, and a way to keep others."""

    def __init__(self, ledger: Ledger, record_id: str, clock: Clock, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._ledger = ledger
        self.record_id = record_id
        self._clock = clock
        self._before = settings.get(record_id, {})

    def before(self, key: str) -> Any:
        """Return what was kept under a key when the site started; None where there was nothing."""
        return self._before.get(key)

    def keep(self, key: str, value: Any) -> None:
        """Keep a value, without waiting for it."""
        self._ledger.put_setting(self.record_id, key, value, self._clock().utc)
