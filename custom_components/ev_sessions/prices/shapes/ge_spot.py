"""GE-Spot (HACS): today_interval_prices and tomorrow_interval_prices with time and value.

`value` is in the entity's unit; `raw_value`, before tax and fees, is not what is paid.
"""

from collections.abc import Mapping
from typing import Any

from .rows import Keys, RawInterval, ShapeContext, read_rows

_KEYS = Keys(start="time", price="value")


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return the intervals of today and, where they are known, of tomorrow."""
    lists = (attributes.get("today_interval_prices"), attributes.get("tomorrow_interval_prices"))
    return read_rows(lists, _KEYS, context.zone)
