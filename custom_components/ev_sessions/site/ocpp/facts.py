"""What is known of a station for good: what it told when it last started, and how it spoke."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from ...chargers.ocpp.station import BootInfo

#: The key of a charger's settings under which the ledger has them.
STATION_FACTS = "station"
#: The last of what a station told of its own security.
_MOST_EVENTS = 100
_LONGEST = 255


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


class SecurityLog:
    """What was told of the security of a station: by itself, and by those who came in its name."""

    def __init__(self) -> None:
        self._events: deque[dict[str, str]] = deque(maxlen=_MOST_EVENTS)

    def __len__(self) -> int:
        return len(self._events)

    def add(self, at: datetime, kind: str, detail: str) -> None:
        """Keep an event; a station is a stranger, so its words are cut."""
        self._events.append({"at": at.isoformat(), "type": kind[:_LONGEST], "detail": detail[:_LONGEST]})

    def to_json(self) -> list[dict[str, str]]:
        """Return the events, oldest first."""
        return list(self._events)
