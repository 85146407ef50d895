"""Octopus Energy (HACS): rates with start, end and value_inc_vat, in the major unit per kWh.

They hang on event entities, one each for the rates of yesterday, today and tomorrow.
"""

from collections.abc import Mapping
from typing import Any

from .rows import Keys, RawInterval, ShapeContext, in_major_unit, read_rows

_KEYS = Keys(start="start", end="end", price="value_inc_vat")


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return the rates of the event's day, whatever unit other entities have."""
    return in_major_unit(read_rows((attributes.get("rates"),), _KEYS, context.zone))
