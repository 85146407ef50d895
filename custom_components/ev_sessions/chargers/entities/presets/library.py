"""All presets, read from the files beside this module once, when they are first asked for."""

from functools import cache
import json
from pathlib import Path

from homeassistant.core import HomeAssistant

from .preset import Preset

_DATA = Path(__file__).parent / "data"


@cache
def read_presets() -> tuple[Preset, ...]:
    """Return the presets, in the order of their ids. Reads files the first time: not in the event loop."""
    paths = sorted(_DATA.glob("*.json"))
    return tuple(Preset.from_data(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in paths)


async def async_presets(hass: HomeAssistant) -> tuple[Preset, ...]:
    """Return the presets, in the order of their ids."""
    return await hass.async_add_executor_job(read_presets)
