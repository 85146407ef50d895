"""Nord Pool (Home Assistant's own): prices per MWh by area, for a day of Central European time.

The unique id of its price sensor is the area with `-current_price`.
"""

from collections.abc import Mapping
from datetime import date, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ...core.prices.refresh import Rhythm
from ..shapes.rows import Keys, RawInterval, in_major_unit, read_rows
from .action import Chosen, PriceAction, Way

_OF = "-current_price"
_KEYS = Keys(start="start", end="end", price="price")
#: The auction's results are out at 12:45; its data portal has them some minutes later.
_RHYTHM = Rhythm(zone=ZoneInfo("Europe/Brussels"), due=time(13, 0))


def action(chosen: Chosen) -> PriceAction | None:
    """Return how the prices of the entity's area are asked for."""
    if not chosen.unique_id.endswith(_OF):
        return None
    area = chosen.unique_id.removesuffix(_OF)

    def data(day: date) -> dict[str, Any]:
        return {"config_entry": chosen.entry_id, "date": day.isoformat(), "areas": [area]}

    def read(answer: Mapping[str, Any], zone: tzinfo) -> tuple[RawInterval, ...]:
        return in_major_unit(read_rows((answer.get(area),), _KEYS, zone), kwh=1000)

    return PriceAction(domain="nordpool", ways=(Way(name="get_prices_for_date", data=data, read=read),), rhythm=_RHYTHM)
