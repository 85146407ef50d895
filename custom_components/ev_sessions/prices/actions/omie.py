"""OMIE (Home Assistant's own): prices of Spain and Portugal in EUR/kWh, for a day of Central European time."""

from collections.abc import Mapping
from datetime import date, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ...core.prices.refresh import Rhythm
from ..shapes.rows import Keys, RawInterval, in_major_unit, read_rows
from .action import Chosen, PriceAction, Way

_COUNTRIES = {"es_spot_price": "es", "pt_spot_price": "pt"}
_KEYS = Keys(start="start", end="end", price="price")
#: Results of the Iberian auction are published at about 13:00.
_RHYTHM = Rhythm(zone=ZoneInfo("Europe/Madrid"), due=time(13, 30))


def action(chosen: Chosen) -> PriceAction | None:
    """Return how the prices of the entity's country are asked for."""
    country = _COUNTRIES.get(chosen.unique_id)
    if country is None:
        return None

    def data(day: date) -> dict[str, Any]:
        return {"date": day.isoformat(), "countries": [country]}

    def read(answer: Mapping[str, Any], zone: tzinfo) -> tuple[RawInterval, ...]:
        return in_major_unit(read_rows((answer.get(country),), _KEYS, zone))

    way = Way(name="get_prices_for_date", data=data, read=read)
    return PriceAction(domain="omie", ways=(way,), rhythm=_RHYTHM, currency="EUR")
