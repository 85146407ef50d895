"""What was changed in a station, so that it can be put back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A setting as the wire calls it: its value before we ever changed it (None: not told), and ours."""

    name: str
    before: str | None
    after: str


class SettingsMemory(Protocol):
    """Remembers the changes in one station's settings for as long as we have it."""

    async def async_changes(self) -> Mapping[str, SettingChange]:
        """Return all changes by their names."""
        ...

    async def async_remember(self, name: str, *, before: str | None, after: str) -> None:
        """Keep a change before it is sent; the `before` of an earlier change of the same setting stays."""
        ...

    async def async_forget(self, name: str) -> None:
        """Forget a change that was put back, or that the station never took."""
        ...
