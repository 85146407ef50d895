"""A template sensor, or any other, with one attribute that is a list of rows with a start and a price.

Others have the same under other words: Frank Energie (HACS) has from, till and price.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

from .rows import Keys, RawInterval, ShapeContext, read_rows

_SPANS = (("start", "end"), ("from", "till"), ("start_time", "end_time"))
_PRICES = ("price", "value", "total", "price_per_kwh")
_KEYS = tuple(Keys(start=start, end=end, price=price) for (start, end), price in product(_SPANS, _PRICES))


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return the intervals of the first attribute, by name, that is such a list."""
    lists = [attributes[name] for name in sorted(attributes) if isinstance(attributes[name], list)]
    for values, keys in product(lists, _KEYS):
        if found := read_rows((values,), keys, context.zone):
            return found
    return ()
