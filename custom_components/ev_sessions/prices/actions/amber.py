"""Amber Electric (Home Assistant's own): a forecast per channel that moves all day, in AUD/kWh.

The unique id of its price sensor is the site, `current` and the channel.
"""

from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from ...core.prices.refresh import Rhythm
from ..shapes import amber as shape
from ..shapes.rows import RawInterval, ShapeContext
from .action import Chosen, PriceAction, Way

_OF = "-current-"
_CHANNELS = ("general", "controlled_load", "feed_in")
#: The integration looks every minute and prices move every five; the action gives what it has.
_EVERY_S = 300.0


def action(chosen: Chosen) -> PriceAction | None:
    """Return how the forecast of the entity's channel is asked for."""
    _, found, channel = chosen.unique_id.rpartition(_OF)
    if not found or channel not in _CHANNELS:
        return None

    def data(_day: date) -> dict[str, Any]:
        return {"config_entry_id": chosen.entry_id, "channel_type": channel}

    way = Way(name="get_forecasts", data=data, read=_read)
    rhythm = Rhythm(zone=chosen.zone, every_s=_EVERY_S)
    return PriceAction(domain="amberelectric", ways=(way,), rhythm=rhythm, currency="AUD")


def _read(answer: Mapping[str, Any], zone: tzinfo) -> tuple[RawInterval, ...]:
    return shape.intervals(answer, ShapeContext(zone=zone, today=date.min))
