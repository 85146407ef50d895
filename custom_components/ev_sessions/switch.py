"""The switches: may this EVSE charge, is it in service, and is it (or the whole site) balanced."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.reading import Activity
from .entity import Owner, Shown, ViewEntity, evse_device_info, site_device_info
from .site.actions.station_requests import async_set_in_service
from .site.evse.evse import EvseRuntime
from .site.refusal import ledger_errors
from .site.runtime import SiteConfigEntry, SiteRuntime
from .site.view import EvseView, SiteView

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class ViewSwitchDescription[OwnerT, ViewT](SwitchEntityDescription, Shown[ViewT, bool]):
    """A switch over a view."""

    set_fn: Callable[[OwnerT, bool], Awaitable[None]]


EVSE_SWITCHES: tuple[ViewSwitchDescription[EvseRuntime, EvseView], ...] = (
    ViewSwitchDescription(
        key="charging_allowed",
        translation_key="charging_allowed",
        value_fn=lambda view: view.charging_allowed,
        set_fn=lambda evse, on: evse.wishes.async_set_charging_allowed(allowed=on),
    ),
    ViewSwitchDescription(
        key="balancing",
        translation_key="balancing",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda view: view.balancing,
        set_fn=lambda evse, on: evse.wishes.async_set_balancing(on=on),
    ),
)

STATION_SWITCHES: tuple[ViewSwitchDescription[EvseRuntime, EvseView], ...] = (
    ViewSwitchDescription(
        key="in_service",
        translation_key="in_service",
        entity_category=EntityCategory.CONFIG,
        available_fn=lambda view: view.available,
        value_fn=lambda view: None if view.activity is None else view.activity is not Activity.UNAVAILABLE,
        set_fn=lambda evse, on: async_set_in_service(evse, in_service=on),
    ),
)

SITE_SWITCHES: tuple[ViewSwitchDescription[SiteRuntime, SiteView], ...] = (
    ViewSwitchDescription(
        key="balancing",
        translation_key="balancing",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda view: view.balancing,
        set_fn=lambda site, on: site.async_set_balancing(on=on),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SiteConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches of a site and of its chargers, as far as these can be told anything."""
    site = entry.runtime_data
    if site.balances:
        async_add_entities(ViewSwitch(site, description, site_device_info(site)) for description in SITE_SWITCHES)
    for charger_id, evses in site.evses_by_charger().items():
        async_add_entities(
            [
                ViewSwitch(evse, description, evse_device_info(evse))
                for evse in evses
                for description in (
                    *(EVSE_SWITCHES if evse.controllable else ()),
                    *(STATION_SWITCHES if evse.station is not None else ()),
                )
            ],
            config_subentry_id=charger_id,
        )


class ViewSwitch[OwnerT: Owner[Any], ViewT](ViewEntity[ViewT, bool], SwitchEntity):
    """A switch that shows a part of a view, and asks its owner to change it."""

    entity_description: ViewSwitchDescription[OwnerT, ViewT]

    def __init__(
        self, owner: OwnerT, description: ViewSwitchDescription[OwnerT, ViewT], device: DeviceInfo | ChildDeviceInfo
    ) -> None:
        """Bind the switch to its owner."""
        super().__init__(owner, description, description, device)
        self._asked = owner

    @property
    @override
    def is_on(self) -> bool | None:
        return self.shown_value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        with ledger_errors():
            await self.entity_description.set_fn(self._asked, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        with ledger_errors():
            await self.entity_description.set_fn(self._asked, False)
