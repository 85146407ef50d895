"""What people press at a charger that speaks OCPP: let go of the cable, start anew, send its log."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.button.const import ButtonDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .entity import Shown, ViewEntity, evse_device_info
from .site.actions.station_requests import async_learn_card, async_request_log, async_restart, async_unlock
from .site.evse.evse import EvseRuntime
from .site.runtime import SiteConfigEntry
from .site.view import EvseView

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class StationButtonDescription(ButtonEntityDescription):
    """What a press asks of the station."""

    press_fn: Callable[[HomeAssistant, EvseRuntime], Awaitable[None]]


EVSE_BUTTONS: tuple[StationButtonDescription, ...] = (
    StationButtonDescription(
        key="unlock",
        translation_key="unlock",
        press_fn=lambda _, evse: async_unlock(evse),
    ),
)

STATION_BUTTONS: tuple[StationButtonDescription, ...] = (
    StationButtonDescription(
        key="restart",
        translation_key="restart",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        press_fn=lambda _, evse: async_restart(evse),
    ),
    StationButtonDescription(
        key="learn_card",
        translation_key="learn_card",
        entity_category=EntityCategory.CONFIG,
        press_fn=lambda _, evse: async_learn_card(evse),
    ),
    StationButtonDescription(
        key="request_log",
        translation_key="request_log",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        press_fn=async_request_log,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of the chargers that speak OCPP."""
    for charger_id, evses in entry.runtime_data.evses_by_charger().items():
        stations = [evse for evse in evses if evse.station is not None]
        async_add_entities(
            [
                *(EvseButton(evse, description) for evse in stations for description in EVSE_BUTTONS),
                *(StationButton(evse, description) for evse in stations[:1] for description in STATION_BUTTONS),
            ],
            config_subentry_id=charger_id,
        )


class EvseButton(ViewEntity[EvseView, None], ButtonEntity):
    """A button of one EVSE, there while its station is."""

    entity_description: StationButtonDescription

    def __init__(self, evse: EvseRuntime, description: StationButtonDescription) -> None:
        """Bind the button to its EVSE."""
        shown: Shown[EvseView, None] = Shown(value_fn=lambda _: None, available_fn=lambda view: view.available)
        super().__init__(evse, description, shown, evse_device_info(evse))
        self._evse = evse

    @override
    async def async_press(self) -> None:
        await self.entity_description.press_fn(self.hass, self._evse)


class StationButton(EvseButton):
    """A button of the whole station, on the charger's own device."""

    def __init__(self, evse: EvseRuntime, description: StationButtonDescription) -> None:
        """Bind the button to the station, by any EVSE of it."""
        super().__init__(evse, description)
        # EVSE 0 is the station as a whole.
        self._attr_unique_id = f"{evse.charger_id}_0_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, evse.charger_id)})
