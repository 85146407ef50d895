"""What is known of a station for good: what it told when it last started, and how it spoke."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from ....chargers.ocpp.station import BootInfo

#: The key of a charger's settings under which the ledger has them.
STATION_FACTS = "station"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFacts:
    """What a station is; None is "not told yet"."""

    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    version: str | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what the ledger has."""
        return cls(**{name: data.get(name) for name in ("vendor", "model", "serial", "firmware", "version")})

    def to_json(self) -> dict[str, Any]:
        """Return what the ledger keeps."""
        return asdict(self)

    def booted(self, boot: BootInfo) -> Self:
        """Return the facts after a start."""
        return replace(
            self,
            vendor=boot.vendor or self.vendor,
            model=boot.model or self.model,
            serial=boot.serial or self.serial,
            firmware=boot.firmware or self.firmware,
        )
