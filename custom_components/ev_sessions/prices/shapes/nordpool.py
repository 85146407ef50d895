"""Nord Pool (HACS): raw_today and raw_tomorrow with start, end and value, in the entity's unit."""

from collections.abc import Mapping
from typing import Any

from .rows import Keys, RawInterval, ShapeContext, read_rows

_KEYS = Keys(start="start", end="end", price="value")


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return the intervals of today and, where they are known, of tomorrow."""
    return read_rows((attributes.get("raw_today"), attributes.get("raw_tomorrow")), _KEYS, context.zone)
