"""Energi Data Service (HACS): raw_today and raw_tomorrow with hour and price, in the entity's unit.

Others have taken the shape over, with time for hour, so that planners can read them.
"""

from collections.abc import Mapping
from typing import Any

from .rows import Keys, RawInterval, ShapeContext, read_rows

_KEYS = (Keys(start="hour", price="price"), Keys(start="time", price="price"))


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return the intervals of today and, where they are known, of tomorrow."""
    lists = (attributes.get("raw_today"), attributes.get("raw_tomorrow"))
    for keys in _KEYS:
        if found := read_rows(lists, keys, context.zone):
            return found
    return ()
