"""Whether it charges, and on how many lines."""

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import Charger, ChargerConfigEntry
from simulator.component.entities import ChargerSwitch, ChargerSwitchDescription

from .const import LEAST_A, LIMIT, MOST_A

PARALLEL_UPDATES = 1


async def _charge(charger: Charger, on: bool) -> None:  # noqa: FBT001
    """Write the limit: that of before, or none."""
    if on:
        await charger.command("set_limit", limit_a=charger.kept.get(LIMIT, MOST_A))
    await charger.command("set_enabled", enabled=on)


SWITCHES = (
    ChargerSwitchDescription(
        key="charge",
        translation_key="charge",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda charger: bool(charger.message["enabled"]) and charger.message["limit_a"] >= LEAST_A,
        set_fn=_charge,
    ),
    ChargerSwitchDescription(
        key="force_single_phase",
        translation_key="force_single_phase",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda charger: bool(charger.message["single_line"]),
        set_fn=lambda charger, on: charger.command("set_single_line", single_line=on),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerSwitch(entry.runtime_data, description) for description in SWITCHES)
