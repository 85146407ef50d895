"""ENTSO-e (HACS): prices, or prices_today and prices_tomorrow, with time and price, in the entity's unit.

They hang on the sensor of the day's average.
"""

from collections.abc import Mapping
from typing import Any

from .rows import Keys, RawInterval, ShapeContext, read_rows

_KEYS = Keys(start="time", price="price")


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return all intervals that are known."""
    if found := read_rows((attributes.get("prices"),), _KEYS, context.zone):
        return found
    return read_rows((attributes.get("prices_today"), attributes.get("prices_tomorrow")), _KEYS, context.zone)
