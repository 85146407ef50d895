"""The limit, which keeps its own value while the charge is switched off."""

from homeassistant.components.number import NumberDeviceClass
from homeassistant.const import EntityCategory, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.component.charger import Charger, ChargerConfigEntry
from simulator.component.entities import ChargerNumber, ChargerNumberDescription

from .const import LEAST_A, LIMIT, MOST_A

PARALLEL_UPDATES = 1


def _known_limit_a(charger: Charger) -> float:
    """Return the last limit that was one: the charger itself knows no other way to stop than a limit of nothing."""
    message = charger.message
    if message["enabled"] and message["limit_a"] >= LEAST_A:
        charger.kept[LIMIT] = float(message["limit_a"])
    return float(charger.kept.get(LIMIT, MOST_A))


async def _set_limit(charger: Charger, limit_a: float) -> None:
    charger.kept[LIMIT] = limit_a
    if charger.message["enabled"]:
        await charger.command("set_limit", limit_a=limit_a)


NUMBERS = (
    ChargerNumberDescription(
        key="charge_current_limit",
        translation_key="charge_current_limit",
        device_class=NumberDeviceClass.CURRENT,
        entity_category=EntityCategory.CONFIG,
        native_min_value=LEAST_A,
        native_max_value=MOST_A,
        native_step=1,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        value_fn=_known_limit_a,
        set_fn=_set_limit,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ChargerConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what the real one has of these."""
    async_add_entities(ChargerNumber(entry.runtime_data, description) for description in NUMBERS)
