"""EPEX Spot (HACS): data with start_time, end_time and price_per_kwh, in the major unit per kWh."""

from collections.abc import Mapping
from typing import Any

from .rows import Keys, RawInterval, ShapeContext, in_major_unit, read_rows

_KEYS = Keys(start="start_time", end="end_time", price="price_per_kwh")


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return all intervals of the list, whatever unit the entity's state has."""
    return in_major_unit(read_rows((attributes.get("data"),), _KEYS, context.zone))
