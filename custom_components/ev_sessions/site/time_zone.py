"""Time zones by the name that somebody gives."""

from datetime import tzinfo

from homeassistant.util import dt as dt_util


async def async_time_zone(name: str) -> tzinfo | None:
    """Return a time zone; None where there is none of that name, whatever stands there."""
    try:
        return await dt_util.async_get_time_zone(name)
    except ValueError, OSError:
        # No name, but a path, or as long as no name is.
        return None
