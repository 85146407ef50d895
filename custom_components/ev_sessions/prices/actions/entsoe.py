"""ENTSO-e (HACS): prices of a span with timestamp and price, in the unit of its sensors.

Its sensor of the mean carries them as attributes; that of the current price does not.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from ...core.prices.refresh import Rhythm
from ..shapes.rows import Keys, RawInterval, read_rows
from .action import Chosen, PriceAction, Way

_KEYS = Keys(start="timestamp", price="price")
_DUE = time(13, 30)


def action(chosen: Chosen) -> PriceAction | None:
    """Return how the prices of the entity's entry are asked for."""
    if "current_price" not in chosen.unique_id:
        return None

    def data(day: date) -> dict[str, Any]:
        start, end = (datetime.combine(at, time(0), chosen.zone) for at in (day, day + timedelta(days=1)))
        return {"config_entry": chosen.entry_id, "start": start.isoformat(), "end": end.isoformat()}

    way = Way(name="get_energy_prices", data=data, read=_read)
    return PriceAction(domain="entsoe", ways=(way,), rhythm=Rhythm(zone=chosen.zone, due=_DUE))


def _read(answer: Mapping[str, Any], zone: tzinfo) -> tuple[RawInterval, ...]:
    return read_rows((answer.get("prices"),), _KEYS, zone)
