"""Entities that carry the prices of another one: Octopus Energy has an event for each day beside its sensor."""

import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

_PLATFORM = "octopus_energy"
#: The price of now, or one of the days; what comes before it names meter and point.
_PRICE = re.compile(
    r"(octopus_energy_electricity_.+?)_(?:(?:current|next|previous)_rate|(?:previous|current|next)_day_rates)"
)
_CURRENCY = "GBP"
_DAYS = ("previous", "current", "next")


def companions_of(hass: HomeAssistant, entity_id: str) -> tuple[str, ...]:
    """Return the other entities of the same price; none for most."""
    registry = er.async_get(hass)
    entry = registry.async_get(entity_id)
    if entry is None or entry.platform != _PLATFORM or (match := _PRICE.fullmatch(entry.unique_id)) is None:
        return ()
    of_days = (f"{match[1]}_{day}_day_rates" for day in _DAYS)
    found = (registry.async_get_entity_id("event", _PLATFORM, unique_id) for unique_id in of_days)
    return tuple(one for one in found if one is not None and one != entity_id)


def carried_currency(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the currency of prices that an event carries; None for what shows a price of its own."""
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None or entry.domain != "event" or entry.platform != _PLATFORM:
        return None
    return _CURRENCY if _PRICE.fullmatch(entry.unique_id) else None
