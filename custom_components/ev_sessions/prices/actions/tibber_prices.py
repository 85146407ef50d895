"""Tibber Prices (HACS): prices of a span with startsAt and total, in the major unit per kWh.

Its price sensor may show the minor unit.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from ...core.prices.refresh import Rhythm
from ..shapes.rows import Keys, RawInterval, in_major_unit, read_rows
from .action import Chosen, PriceAction, Way

_OF = "_current_interval_price"
_KEYS = Keys(start="startsAt", price="total")
_DUE = time(13, 15)


def action(chosen: Chosen) -> PriceAction | None:
    """Return how the prices of the entity's home are asked for; an entry has one home."""
    if not chosen.unique_id.endswith(_OF):
        return None

    def data(day: date) -> dict[str, Any]:
        start, end = (datetime.combine(at, time(0), chosen.zone) for at in (day, day + timedelta(days=1)))
        return {"entry_id": chosen.entry_id, "start_time": start.isoformat(), "end_time": end.isoformat()}

    way = Way(name="get_price", data=data, read=_read)
    return PriceAction(domain="tibber_prices", ways=(way,), rhythm=Rhythm(zone=chosen.zone, due=_DUE))


def _read(answer: Mapping[str, Any], zone: tzinfo) -> tuple[RawInterval, ...]:
    return in_major_unit(read_rows((answer.get("price_info"),), _KEYS, zone))
