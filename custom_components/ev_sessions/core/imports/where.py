"""Which charger the records of another program belong to, and whose clocks they show."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The zone of clocks without one, and the device that all records are of; None: whose name they have."""

    zone: ZoneInfo
    device_id: str | None = None

    def charger(self, name: str | None) -> dict[str, Any]:
        """Return how a record names its charger."""
        return {"charger": name} if self.device_id is None else {"charger_device_id": self.device_id}
