"""PVPC (Home Assistant's own): one attribute per local hour, price_00h to price_23h, and price_next_day_00h.

An hour that comes twice has _d at its second time.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
import re
from typing import Any

from ...core.prices.unit import parse_price
from .rows import RawInterval, ShapeContext

_HOUR = re.compile(r"price_(next_day_)?([01][0-9]|2[0-3])h(_d)?")


def intervals(attributes: Mapping[str, Any], context: ShapeContext) -> tuple[RawInterval, ...]:
    """Return the hours of today and, in the evening, of tomorrow."""
    found: list[RawInterval] = []
    for name, value in attributes.items():
        if (match := _HOUR.fullmatch(name)) is None or (raw := parse_price(value)) is None:
            continue
        tomorrow, hour, again = match.groups()
        day = context.today + timedelta(days=1 if tomorrow else 0)
        clock = time(int(hour), tzinfo=context.zone, fold=1 if again else 0)
        start = datetime.combine(day, clock).astimezone(UTC)
        found.append(RawInterval(start=start, end=start + timedelta(hours=1), raw=raw))
    return tuple(sorted(found, key=lambda interval: interval.start))
