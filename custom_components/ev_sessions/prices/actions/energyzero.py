"""EnergyZero (Home Assistant's own): market or all-in prices in EUR/kWh, by the hour or the quarter.

Its sensors show them with tax; where the answer disagrees with the entity, the next way is tried.
"""

from collections.abc import Mapping
from datetime import date, time, tzinfo
from itertools import product
from typing import Any

from ...core.prices.refresh import Rhythm
from ..shapes.rows import Keys, RawInterval, in_major_unit, read_rows
from .action import Chosen, PriceAction, Way

_KINDS = {"_today_energy_current_hour_price": "market", "_today_energy_all_in_current_price": "all_in"}
_KEYS = Keys(start="start", end="end", price="price")
_DUE = time(14, 0)


def action(chosen: Chosen) -> PriceAction | None:
    """Return how prices of the entity's kind are asked for."""
    kind = next((kind for end, kind in _KINDS.items() if chosen.unique_id.endswith(end)), None)
    if kind is None:
        return None
    ways = tuple(
        Way(name="get_energy_prices", data=_Data(chosen.entry_id, kind, incl_vat, interval), read=_read)
        for incl_vat, interval in product((True, False), ("hour", "quarter"))
    )
    return PriceAction(domain="energyzero", ways=ways, rhythm=Rhythm(zone=chosen.zone, due=_DUE), currency="EUR")


class _Data:
    """What the action is asked with, for a day."""

    def __init__(self, entry_id: str, kind: str, incl_vat: bool, interval: str) -> None:  # noqa: FBT001
        self._fixed = {"config_entry": entry_id, "price_type": kind, "incl_vat": incl_vat, "interval": interval}

    def __call__(self, day: date) -> dict[str, Any]:
        return {**self._fixed, "start": day.isoformat(), "end": day.isoformat()}


def _read(answer: Mapping[str, Any], zone: tzinfo) -> tuple[RawInterval, ...]:
    return in_major_unit(read_rows((answer.get("prices"),), _KEYS, zone))
