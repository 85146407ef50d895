"""The switches: may this EVSE charge, and is it (or the whole site) balanced."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import EvEvseEntity, EvSiteEntity, Shown
from .site.evse import EvseRuntime
from .site.runtime import SiteConfigEntry, SiteRuntime
from .site.view import EvseView, SiteView

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class EvseSwitchDescription(SwitchEntityDescription, Shown[EvseView, bool]):
    """A switch of an EVSE."""

    set_fn: Callable[[EvseRuntime, bool], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class SiteSwitchDescription(SwitchEntityDescription, Shown[SiteView, bool]):
    """A switch of a site."""

    set_fn: Callable[[SiteRuntime, bool], Awaitable[None]]


EVSE_SWITCHES: tuple[EvseSwitchDescription, ...] = (
    EvseSwitchDescription(
        key="charging_allowed",
        translation_key="charging_allowed",
        value_fn=lambda view: view.charging_allowed,
        set_fn=lambda evse, on: evse.async_set_charging_allowed(allowed=on),
    ),
    EvseSwitchDescription(
        key="balancing",
        translation_key="balancing",
        entity_category=EntityCategory.CONFIG,
        value_fn=lambda view: view.balancing,
        set_fn=lambda evse, on: evse.async_set_balancing(on=on),
    ),
)

SITE_SWITCHES: tuple[SiteSwitchDescription, ...] = (
    SiteSwitchDescription(
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
    """Set up the switches of a site and of its chargers that can be controlled."""
    site = entry.runtime_data
    if site.has_meter:
        async_add_entities(SiteSwitch(site, description, description) for description in SITE_SWITCHES)
    for charger_id, evses in site.evses_by_charger().items():
        async_add_entities(
            [
                EvseSwitch(evse, description, description)
                for evse in evses
                if evse.controllable
                for description in EVSE_SWITCHES
            ],
            config_subentry_id=charger_id,
        )


class EvseSwitch(EvEvseEntity[bool], SwitchEntity):
    """A switch of one EVSE."""

    entity_description: EvseSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.shown_value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.entity_description.set_fn(self.evse, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.entity_description.set_fn(self.evse, False)


class SiteSwitch(EvSiteEntity[bool], SwitchEntity):
    """A switch of the site."""

    entity_description: SiteSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.shown_value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.entity_description.set_fn(self.site, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.entity_description.set_fn(self.site, False)
