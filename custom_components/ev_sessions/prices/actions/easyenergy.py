"""easyEnergy (Home Assistant's own): prices of use and of return in EUR/kWh, by the hour or the quarter."""

from collections.abc import Mapping
from datetime import date, time, tzinfo
from typing import Any

from ...core.prices.refresh import Rhythm
from ..shapes.rows import Keys, RawInterval, in_major_unit, read_rows
from .action import Chosen, PriceAction, Way

_USAGE, _RETURN = "_today_energy_usage_current_hour_price", "_today_energy_return_current_hour_price"
_KEYS = Keys(start="timestamp", price="price")
#: The integration itself looks for tomorrow after 14:00 UTC.
_DUE = time(15, 0)


def action(chosen: Chosen) -> PriceAction | None:
    """Return how prices of the entity's kind are asked for."""
    entry_id = chosen.entry_id
    if chosen.unique_id.endswith(_USAGE):
        asked = ({"incl_vat": True}, {"incl_vat": False}, {"incl_vat": True, "price_type": "invoice"})
        ways = tuple(_way("get_energy_usage_prices", {"config_entry": entry_id, **more}) for more in asked)
    elif chosen.unique_id.endswith(_RETURN):
        ways = (_way("get_energy_return_prices", {"config_entry": entry_id}),)
    else:
        return None
    return PriceAction(domain="easyenergy", ways=ways, rhythm=Rhythm(zone=chosen.zone, due=_DUE), currency="EUR")


def _way(name: str, fixed: dict[str, Any]) -> Way:
    def data(day: date) -> dict[str, Any]:
        return {**fixed, "start": day.isoformat(), "end": day.isoformat()}

    return Way(name=name, data=data, read=_read)


def _read(answer: Mapping[str, Any], zone: tzinfo) -> tuple[RawInterval, ...]:
    return in_major_unit(read_rows((answer.get("prices"),), _KEYS, zone))
