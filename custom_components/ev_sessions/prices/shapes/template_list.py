"""A template sensor, or any other, with one attribute that is a list of {start, end?, price or value}."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from .rows import Keys, RawInterval, ShapeContext, read_rows

_KEYS = tuple(Keys(start="start", end="end", price=price) for price in ("price", "value"))


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return the intervals of the first attribute, by name, that is such a list."""
    lists = [attributes[name] for name in sorted(attributes) if isinstance(attributes[name], list)]
    for values, keys in product(lists, _KEYS):
        if found := read_rows((values,), keys, context.zone):
            return found
    return ()
