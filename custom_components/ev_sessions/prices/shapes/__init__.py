"""Price intervals that an entity carries in its attributes, one small parser for each shape.

Home Assistant has no standard for them, so each source has its own. A parser knows its
shape by the attributes alone and says nothing of others; the first that knows counts.
"""

from collections.abc import Callable, Mapping
from typing import Any

from . import amber, energidataservice, entsoe, epex, ge_spot, nordpool, octopus, pvpc, template_list
from .rows import RawInterval, ShapeContext

__all__ = ["RawInterval", "ShapeContext", "intervals_in"]

type _Parser = Callable[[Mapping[str, Any], ShapeContext], tuple[RawInterval, ...]]

#: What has marks of its own before what only looks like a list of prices.
_PARSERS: tuple[_Parser, ...] = (
    nordpool.intervals,
    ge_spot.intervals,
    energidataservice.intervals,
    epex.intervals,
    octopus.intervals,
    amber.intervals,
    entsoe.intervals,
    pvpc.intervals,
    template_list.intervals,
)


def intervals_in(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return the intervals that an entity's attributes carry, in order; none where there are none."""
    for parser in _PARSERS:
        if found := parser(attributes, context):
            return found
    return ()
