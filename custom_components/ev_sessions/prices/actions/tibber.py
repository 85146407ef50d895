"""Tibber (Home Assistant's own): prices by home, in the currency of the home per kWh.

The answer knows homes by their nicknames; the sensor's device has the same name.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from ...core.prices.refresh import Rhythm
from ..shapes.rows import Keys, RawInterval, in_major_unit, read_rows
from .action import Chosen, PriceAction, Way

_KEYS = Keys(start="start_time", price="price")
_DUE = time(13, 15)


def action(chosen: Chosen) -> PriceAction | None:
    """Return how the prices of the entity's home are asked for; other sensors have a longer id than the home."""
    if "_" in chosen.unique_id:
        return None

    def data(day: date) -> dict[str, Any]:
        start, end = (datetime.combine(at, time(0), chosen.zone) for at in (day, day + timedelta(days=1)))
        return {"start": start.isoformat(), "end": end.isoformat()}

    def read(answer: Mapping[str, Any], zone: tzinfo) -> tuple[RawInterval, ...]:
        homes = answer.get("prices")
        if not isinstance(homes, Mapping):
            return ()
        rows = next(iter(homes.values())) if len(homes) == 1 else homes.get(chosen.device)
        return in_major_unit(read_rows((rows,), _KEYS, zone))

    way = Way(name="get_prices", data=data, read=read)
    return PriceAction(domain="tibber", ways=(way,), rhythm=Rhythm(zone=chosen.zone, due=_DUE))
