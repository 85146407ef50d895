"""What is shown of one station: a frozen snapshot, as of EVSEs and sites."""

from dataclasses import dataclass
from datetime import datetime

from ....chargers.ocpp.station import Station
from ....core.station.firmware import FirmwareState
from .facts import StationFacts


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
    signal_dbm: float | None = None
    learning: bool = False


def station_view(
    station: Station,
    facts: StationFacts,
    *,
    drift_s: float | None,
    firmware_state: FirmwareState | None,
    signal_dbm: float | None,
    learning: bool,
) -> StationView:
    """Return a station as it is shown now."""
    seen = station.last_seen
    return StationView(
        connected=station.connected,
        connected_since=station.connected_since,
        # To the minute: more only fills the recorder.
        last_seen=None if seen is None else seen.replace(second=0, microsecond=0),
        clock_drift_s=None if drift_s is None else round(drift_s),
        version=facts.version,
        security_profile=station.security_profile if station.connected else None,
        address=station.address,
        firmware=facts.firmware,
        firmware_state=firmware_state,
        signal_dbm=signal_dbm if station.connected else None,
        learning=learning,
    )
