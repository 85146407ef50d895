"""What all entities share: identity, device, and writing a state only when it changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from .const import DOMAIN
from .site.circuits.circuit import CircuitRuntime
from .site.evse.evse import EvseRuntime
from .site.ocpp.station.service import StationService
from .site.runtime import SiteRuntime


@dataclass(frozen=True, kw_only=True)
class Shown[ViewT, ValueT]:
    """How an entity reads a view: its value, its attributes, and when it has any."""

    value_fn: Callable[[ViewT], ValueT | None]
    attributes_fn: Callable[[ViewT], Mapping[str, Any]] | None = None
    # Most values are our own and stay when the source is silent.
    available_fn: Callable[[ViewT], bool] = lambda _: True


class Owner[ViewT](Protocol):
    """Who has a view: an EVSE or a site."""

    @property
    def view(self) -> ViewT:
        """What is shown now."""
        ...

    @property
    def currency(self) -> str:
        """The currency of its money, an ISO 4217 code."""
        ...

    @property
    def identity(self) -> str:
        """What its entities' unique ids begin with."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called at each change of the view; return how to stop that."""
        ...


class ViewEntity[ViewT, ValueT](Entity):
    """An entity that shows a part of its owner's view, and writes its state only when that changes."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    shown_value: ValueT | None = None

    def __init__(
        self,
        owner: Owner[ViewT],
        description: EntityDescription,
        shown: Shown[ViewT, ValueT],
        device: DeviceInfo | ChildDeviceInfo,
    ) -> None:
        """Bind the entity to its owner."""
        self._owner = owner
        self._shown = shown
        self.entity_description = description
        self._attr_unique_id = f"{owner.identity}_{description.key}"
        self._attr_device_info = device
        self._attr_extra_state_attributes = {}

    @override
    async def async_added_to_hass(self) -> None:
        """Show what is known, and follow the view."""
        await super().async_added_to_hass()
        self.async_on_remove(self._owner.subscribe(self._view_changed))
        self._take_view()

    @callback
    def _take_view(self) -> bool:
        """Take over what the view shows; return whether anything changed."""
        before = (self.shown_value, self._attr_extra_state_attributes, self._attr_available)
        view, shown = self._owner.view, self._shown
        self.shown_value = shown.value_fn(view)
        self._attr_extra_state_attributes = dict(shown.attributes_fn(view)) if shown.attributes_fn else {}
        self._attr_available = shown.available_fn(view)
        return before != (self.shown_value, self._attr_extra_state_attributes, self._attr_available)

    @callback
    def _view_changed(self) -> None:
        if self._take_view():
            self.async_write_ha_state()


def site_device_info(site: SiteRuntime) -> DeviceInfo:
    """Return the device of a site."""
    return DeviceInfo(identifiers={(DOMAIN, site.entry_id)})


def circuit_device_info(circuit: CircuitRuntime) -> DeviceInfo:
    """Return the device of a circuit: the site's for the grid connection."""
    return DeviceInfo(identifiers={(DOMAIN, circuit.identity)})


def station_device_info(station: StationService) -> DeviceInfo:
    """Return the device of a charger that speaks OCPP, whatever its EVSEs are."""
    return DeviceInfo(identifiers={(DOMAIN, station.charger_id)})


def evse_device_info(evse: EvseRuntime) -> DeviceInfo | ChildDeviceInfo:
    """Return the device of an EVSE: the charger's, or a child where it has several.

    Identity outlives the way in which the charger is reached.
    """
    if not evse.is_child:
        return DeviceInfo(identifiers={(DOMAIN, evse.charger_id)})
    return ChildDeviceInfo(
        identifiers={(DOMAIN, f"{evse.charger_id}_{evse.evse}")},
        parent_device_id=evse.charger_device_id,
        translation_key="evse",
        translation_placeholders={"evse": str(evse.evse)},
    )
