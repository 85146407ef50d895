"""The greatest current that the owner lets an EVSE have."""

from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import Shown, ViewEntity, evse_device_info
from .site.evse import EvseRuntime
from .site.refusal import ledger_errors
from .site.runtime import SiteConfigEntry
from .site.view import EvseView

PARALLEL_UPDATES = 1

MAX_CURRENT = NumberEntityDescription(
    key="max_current",
    translation_key="max_current",
    device_class=NumberDeviceClass.CURRENT,
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    mode=NumberMode.SLIDER,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of the chargers that can be controlled."""
    for charger_id, evses in entry.runtime_data.evses_by_charger().items():
        async_add_entities(
            [MaxCurrent(evse) for evse in evses if evse.controllable],
            config_subentry_id=charger_id,
        )


class MaxCurrent(ViewEntity[EvseView, float], NumberEntity):
    """The greatest current of one EVSE, between its hardware's bounds."""

    def __init__(self, evse: EvseRuntime) -> None:
        """Take the bounds from the charger's configuration."""
        shown: Shown[EvseView, float] = Shown(value_fn=lambda view: view.max_current_a)
        super().__init__(evse, MAX_CURRENT, shown, evse_device_info(evse))
        self._evse = evse
        self._attr_native_min_value = evse.config.min_a
        self._attr_native_max_value = evse.config.max_a
        self._attr_native_step = evse.config.step_a

    @property
    @override
    def native_value(self) -> float | None:
        return self.shown_value

    @override
    async def async_set_native_value(self, value: float) -> None:
        with ledger_errors():
            await self._evse.async_set_max_current(value)
