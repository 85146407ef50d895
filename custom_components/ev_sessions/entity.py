"""What all entities share: identity, device, and writing a state only when it changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from .const import DOMAIN
from .site.evse import EvseRuntime
from .site.runtime import SiteRuntime
from .site.view import EvseView, SiteView


@dataclass(frozen=True, kw_only=True)
class Shown[ViewT, ValueT]:
    """How an entity reads a view: its value, its attributes, and when it has any."""

    value_fn: Callable[[ViewT], ValueT | None]
    attributes_fn: Callable[[ViewT], Mapping[str, Any]] | None = None
    # Most values are our own and stay when the source is silent.
    available_fn: Callable[[ViewT], bool] = lambda _: True


class ViewEntity[ValueT](Entity):
    """An entity that shows a part of a view."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    shown_value: ValueT | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Show what is known, and follow the view."""
        await super().async_added_to_hass()
        self.async_on_remove(self.subscribe(self._view_changed))
        self.take_view()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called at each change of the view; return how to stop that."""
        raise NotImplementedError

    def read_view(self) -> tuple[ValueT | None, Mapping[str, Any] | None, bool]:
        """Return value, attributes and availability as the view has them now."""
        raise NotImplementedError

    @callback
    def take_view(self) -> bool:
        """Take over what the view shows; return whether anything changed."""
        before = (self.shown_value, self._attr_extra_state_attributes, self._attr_available)
        value, attributes, available = self.read_view()
        self.shown_value = value
        self._attr_extra_state_attributes = dict(attributes) if attributes else {}
        self._attr_available = available
        return before != (value, self._attr_extra_state_attributes, available)

    @callback
    def _view_changed(self) -> None:
        if self.take_view():
            self.async_write_ha_state()


class EvEvseEntity[ValueT](ViewEntity[ValueT]):
    """An entity of one EVSE."""

    def __init__(
        self,
        evse: EvseRuntime,
        description: EntityDescription,
        shown: Shown[EvseView, ValueT],
    ) -> None:
        """Bind the entity to its EVSE; identity outlives the way the charger is reached."""
        self.evse = evse
        self.entity_description = description
        self._shown = shown
        self._attr_unique_id = f"{evse.charger_id}_{evse.evse}_{description.key}"
        self._attr_device_info = evse_device_info(evse)
        self._attr_extra_state_attributes = {}

    @override
    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        return self.evse.subscribe(listener)

    @override
    def read_view(self) -> tuple[ValueT | None, Mapping[str, Any] | None, bool]:
        view, shown = self.evse.view, self._shown
        attributes = shown.attributes_fn(view) if shown.attributes_fn else None
        return shown.value_fn(view), attributes, shown.available_fn(view)


class EvSiteEntity[ValueT](ViewEntity[ValueT]):
    """An entity of the site."""

    def __init__(
        self,
        site: SiteRuntime,
        description: EntityDescription,
        shown: Shown[SiteView, ValueT],
    ) -> None:
        """Bind the entity to its site."""
        self.site = site
        self.entity_description = description
        self._shown = shown
        self._attr_unique_id = f"{site.entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, site.entry_id)})
        self._attr_extra_state_attributes = {}

    @override
    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        return self.site.subscribe(listener)

    @override
    def read_view(self) -> tuple[ValueT | None, Mapping[str, Any] | None, bool]:
        view, shown = self.site.view, self._shown
        attributes = shown.attributes_fn(view) if shown.attributes_fn else None
        return shown.value_fn(view), attributes, shown.available_fn(view)


def evse_device_info(evse: EvseRuntime) -> DeviceInfo | ChildDeviceInfo:
    """Return the device of an EVSE: the charger's, or a child where it has several."""
    if not evse.is_child:
        return DeviceInfo(identifiers={(DOMAIN, evse.charger_id)})
    return ChildDeviceInfo(
        identifiers={(DOMAIN, f"{evse.charger_id}_{evse.evse}")},
        parent_device_id=evse.charger_device_id,
        translation_key="evse",
        translation_placeholders={"evse": str(evse.evse)},
    )
