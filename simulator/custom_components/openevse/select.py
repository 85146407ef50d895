"""Who decides whether it charges."""

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import Charger, ChargerConfigEntry
from simulator.component.entities import ChargerSelect, ChargerSelectDescription

PARALLEL_UPDATES = 0

_FORCED = "active"


def _override(charger: Charger) -> str:
    """Return what was chosen; the plant knows only whether it may charge."""
    if not charger.message["enabled"]:
        return "disabled"
    return "active" if charger.kept.get(_FORCED) else "auto"


async def _set_override(charger: Charger, option: str) -> None:
    charger.kept[_FORCED] = option == "active"
    await charger.command("set_enabled", enabled=option != "disabled")


SELECTS = (
    ChargerSelectDescription(
        key="override_state",
        translation_key="override_state",
        entity_category=EntityCategory.CONFIG,
        options=["auto", "active", "disabled"],
        value_fn=_override,
        set_fn=_set_override,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerSelect(entry.runtime_data, description) for description in SELECTS)
