"""Leave a station as it was found."""

import asyncio
from typing import Final

from ..version import Version
from .calls import Caller, Calls, GoneError
from .dialect import Dialect
from .dialects import dialect_for
from .memory import SettingsMemory
from .told import Told

#: No removal waits for longer than that.
_MOST_S: Final = 120.0


async def async_leave_as_found(caller: Caller, version: Version, memory: SettingsMemory) -> tuple[str, ...]:
    """Set what we changed in a station to what it was; return the names of what could not be."""
    try:
        async with asyncio.timeout(_MOST_S):
            return await async_put_back(dialect_for(Calls(caller), version), memory)
    except TimeoutError:
        return tuple(await memory.async_changes())


async def async_put_back(dialect: Dialect, memory: SettingsMemory) -> tuple[str, ...]:
    """Set what we changed to what it was; return the names of what could not be.

    What somebody else has set since stays, and so does what the station never told the value of.
    """
    changes = await memory.async_changes()
    open_changes = dict(changes)
    try:
        told = await dialect.async_reread(list(changes)) if changes else {}
        for name, change in changes.items():
            if change.before is not None and not _is_other(told.get(name), change.after):
                written = await dialect.async_write({name: change.before})
                if not written[name].taken:
                    continue
            await memory.async_forget(name)
            del open_changes[name]
    except GoneError:
        pass
    return tuple(open_changes)


def _is_other(told: Told | None, after: str) -> bool:
    """Tell whether the station is known to hold something else than what we set."""
    return told is not None and told.value is not None and told.value.strip().lower() != after.strip().lower()
