"""One line of the log of an EVSE: what happened, and what was known then."""

from dataclasses import dataclass
from datetime import datetime

from ..reading import EvseReading
from .events import StationEvent
from .evse_state import EvseState


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event, and what was known after it."""

    event: StationEvent
    state: EvseState
    reading: EvseReading


def instant_of(entry: Entry) -> datetime:
    """Return when it happened."""
    return entry.event.at
