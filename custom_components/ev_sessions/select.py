"""On how many phases an EVSE charges, where that can be chosen."""

from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import Shown, ViewEntity, evse_device_info
from .site.evse.evse import EvseRuntime
from .site.refusal import command_errors
from .site.runtime import SiteConfigEntry
from .site.view import EvseView

PARALLEL_UPDATES = 1

_AUTO = "auto"

PHASES = SelectEntityDescription(
    key="phases",
    translation_key="phases",
    entity_category=EntityCategory.CONFIG,
    options=[_AUTO, "1", "3"],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the phases of the chargers that can switch them."""
    for charger_id, evses in entry.runtime_data.evses_by_charger().items():
        async_add_entities(
            [Phases(evse) for evse in evses if evse.commands.can_switch_phases],
            config_subentry_id=charger_id,
        )


def _option(view: EvseView) -> str | None:
    if view.phases_auto:
        return _AUTO
    return None if view.phases is None else str(view.phases)


class Phases(ViewEntity[EvseView, str], SelectEntity):
    """One phase or three, as one EVSE is set."""

    def __init__(self, evse: EvseRuntime) -> None:
        """Bind the select to its EVSE."""
        shown: Shown[EvseView, str] = Shown(value_fn=_option, attributes_fn=lambda view: {"phases": view.phases})
        super().__init__(evse, PHASES, shown, evse_device_info(evse))
        self._evse = evse

    @property
    @override
    def current_option(self) -> str | None:
        return self.shown_value

    @override
    async def async_select_option(self, option: str) -> None:
        with command_errors(self._evse.name):
            if option == _AUTO:
                await self._evse.wishes.async_let_phases_be_switched()
            else:
                await self._evse.wishes.async_set_phases(int(option))
