"""Amber Electric (Home Assistant's own): forecasts with start_time, end_time and per_kwh, in the major unit per kWh."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .rows import Keys, RawInterval, ShapeContext, in_major_unit, read_rows

_KEYS = Keys(start="start_time", end="end_time", price="per_kwh")


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return the forecast; an interval of Amber begins a second after the one before has ended."""
    found = in_major_unit(read_rows((attributes.get("forecasts"),), _KEYS, context.zone))
    return tuple(replace(one, start=one.start.replace(second=0)) if one.start.second == 1 else one for one in found)
