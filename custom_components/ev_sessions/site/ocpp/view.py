"""What is shown of one station: a frozen snapshot, as of EVSEs and sites."""

from dataclasses import dataclass
from datetime import datetime

from ...core.station.firmware import FirmwareState


@dataclass(frozen=True, slots=True, kw_only=True)
class StationView:
    """A station as it is shown. None is "not known".

    `clock_drift_s`: by how much its clock is slow; negative where it is fast.
    """

    connected: bool = False
    connected_since: datetime | None = None
    last_seen: datetime | None = None
    clock_drift_s: float | None = None
    version: str | None = None
    security_profile: int | None = None
    address: str | None = None
    firmware: str | None = None
    firmware_state: FirmwareState | None = None
    learning: bool = False
