"""What the flows may ask the rooms: proposals for a charger, words of a status, the price that energy is known by."""

from dataclasses import dataclass

from homeassistant.components.energy.const import DOMAIN as ENERGY
from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant

from ..chargers.entities.bindings.action import PLACEHOLDERS, placeholders_in
from ..chargers.entities.bindings.binding import LimitRange
from ..chargers.entities.candidates import (
    MOST_WORDS,
    async_words_of,
    binding_range,
    candidates_of_device,
    integration_of,
    limit_range,
    options_of,
    unit_of,
)
from ..chargers.entities.known import async_car_integrations, async_known_car, async_known_charger
from ..chargers.entities.presets.matching import EvseMatch, PresetMatch
from ..chargers.entities.proposal import Proposal, Role, propose
from ..chargers.entities.status_words import NOTHING, OF_ACTIVITY, Meaning, known_meaning, unknown_words
from ..prices.companions import carried_currency

__all__ = [
    "MOST_WORDS",
    "NOTHING",
    "OF_ACTIVITY",
    "PLACEHOLDERS",
    "EvseMatch",
    "LimitRange",
    "Meaning",
    "PresetMatch",
    "PriceSuggestion",
    "Proposal",
    "Role",
    "async_car_integrations",
    "async_known_car",
    "async_known_charger",
    "async_price_suggestion",
    "async_words_of",
    "binding_range",
    "carried_currency",
    "integration_of",
    "known_meaning",
    "limit_range",
    "options_of",
    "placeholders_in",
    "propose_for_device",
    "unit_of",
    "unknown_words",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSuggestion:
    """What Home Assistant's energy preferences know of the price: an entity, a number, or neither."""

    entity_id: str | None = None
    per_kwh: float | None = None


def propose_for_device(hass: HomeAssistant, device_id: str) -> Proposal:
    """Return which entities of a device most likely make up a charger."""
    return propose(candidates_of_device(hass, device_id))


async def async_price_suggestion(hass: HomeAssistant) -> PriceSuggestion:
    """Return the price of the first grid connection that has one in the energy preferences."""
    if ENERGY not in hass.config.components:
        return PriceSuggestion()
    preferences = (await async_get_manager(hass)).data
    for source in preferences["energy_sources"] if preferences else ():
        if source["type"] != "grid":
            continue
        entity_id, per_kwh = source.get("entity_energy_price"), source.get("number_energy_price")
        if entity_id is not None or per_kwh is not None:
            return PriceSuggestion(entity_id=entity_id, per_kwh=per_kwh)
    return PriceSuggestion()
