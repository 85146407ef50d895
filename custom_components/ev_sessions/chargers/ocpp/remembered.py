"""What one EVSE's control remembers, and when that is kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from homeassistant.util import dt as dt_util

from ...core.station.control_memory import ControlMemory

#: A count is kept so often: it is no more than a figure to look at.
_KEEP_EVERY = 20


@dataclass(slots=True)
class Remembered:
    """What is remembered of one EVSE; `keep` is called where it changes."""

    memory: ControlMemory
    keep: Callable[[ControlMemory], None]

    def update(self, **changes: Any) -> None:
        """Change it, and have that kept."""
        changed = replace(self.memory, **changes)
        if changed != self.memory:
            self.memory = changed
            self.keep(changed)

    def heard_firmware(self, firmware: str | None) -> None:
        """Forget what another firmware did."""
        self.memory = self.memory.with_firmware(firmware)

    def count(self) -> None:
        """Count a command."""
        before, day = self.memory.count, dt_util.now().date().isoformat()
        self.memory = replace(self.memory, count=before.counted(day))
        if before.day != day or self.memory.count.today % _KEEP_EVERY == 0:
            self.keep(self.memory)
