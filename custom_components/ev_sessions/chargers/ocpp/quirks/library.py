"""The data file of quirks, read once, when it is first asked for."""

from functools import cache
import json
from pathlib import Path

from homeassistant.core import HomeAssistant

from .quirk import Entry

DATA = Path(__file__).parent / "quirks.json"


@cache
def read_quirks() -> tuple[Entry, ...]:
    """Return the entries in the order of the file. Reads the first time: not in the event loop."""
    return tuple(Entry.from_data(entry) for entry in json.loads(DATA.read_text(encoding="utf-8")))


async def async_quirks(hass: HomeAssistant) -> tuple[Entry, ...]:
    """Return the entries in the order of the file."""
    return await hass.async_add_executor_job(read_quirks)
