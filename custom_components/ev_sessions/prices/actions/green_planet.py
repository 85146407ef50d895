"""Green Planet Energy (Home Assistant's own): quarter hours of the next 24 hours, in EUR/kWh."""

from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from ...core.prices.refresh import Rhythm
from ..shapes.rows import Keys, RawInterval, in_major_unit, read_rows
from .action import Chosen, PriceAction, Way

_KEYS = Keys(start="start", end="end", price="price")
#: The action tells what the integration has already, and never more than a day ahead.
_EVERY_S = 3600.0


def action(chosen: Chosen) -> PriceAction | None:
    """Return how the prices are asked for."""
    if chosen.unique_id != "gpe_current_price":
        return None

    def data(_day: date) -> dict[str, Any]:
        return {"config_entry_id": chosen.entry_id, "hours": 24}

    way = Way(name="get_prices", data=data, read=_read)
    rhythm = Rhythm(zone=chosen.zone, every_s=_EVERY_S)
    return PriceAction(domain="green_planet_energy", ways=(way,), rhythm=rhythm, currency="EUR")


def _read(answer: Mapping[str, Any], zone: tzinfo) -> tuple[RawInterval, ...]:
    return in_major_unit(read_rows((answer.get("prices"),), _KEYS, zone))
