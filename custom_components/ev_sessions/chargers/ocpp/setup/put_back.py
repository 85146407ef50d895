"""Leave a station as it was found."""

from .calls import GoneError
from .dialect import Dialect
from .memory import SettingsMemory
from .told import Told


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
