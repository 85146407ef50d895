"""Look up in Home Assistant's registries whether a device is a charger, or a car, of a known integration."""

from collections.abc import Iterator

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .presets.library import async_presets
from .presets.matching import PresetMatch, RegistryEntity, match


async def async_known_charger(hass: HomeAssistant, device_id: str | None) -> PresetMatch | None:
    """Return what a device is to the preset that fits it; without a device, what its entities without one are."""
    chargers = [preset for preset in await async_presets(hass) if not preset.is_car]
    return match(chargers, _entities_of(hass, device_id), device_id)


async def async_known_car(hass: HomeAssistant, device_id: str) -> PresetMatch | None:
    """Return by what a car's device can be commanded; None where that is not known."""
    cars = [preset for preset in await async_presets(hass) if preset.is_car]
    return match(cars, _entities_of(hass, device_id), device_id)


async def async_car_integrations(hass: HomeAssistant) -> tuple[str, ...]:
    """Return the domains of the integrations by which cars can be commanded."""
    return tuple(preset.domain for preset in await async_presets(hass) if preset.is_car)


@callback
def _entities_of(hass: HomeAssistant, device_id: str | None) -> list[RegistryEntity]:
    registry = er.async_get(hass)
    if device_id is None:
        return [_entity(entry) for entry in registry.entities.values() if entry.device_id is None]
    own = er.async_entries_for_device(registry, device_id, include_disabled_entities=True)
    return [*(_entity(entry) for entry in own), *_of_parent(hass, registry, device_id)]


def _of_parent(hass: HomeAssistant, registry: er.EntityRegistry, device_id: str) -> Iterator[RegistryEntity]:
    """Yield the entities of the device through which this one is reached: an installation's, for its chargers."""
    device = dr.async_get(hass).async_get(device_id)
    parent_id = device.via_device_id if isinstance(device, dr.DeviceEntry) else None
    if parent_id is not None:
        for entry in er.async_entries_for_device(registry, parent_id, include_disabled_entities=True):
            yield _entity(entry, of_parent=True)


def _entity(entry: er.RegistryEntry, *, of_parent: bool = False) -> RegistryEntity:
    return RegistryEntity(
        entity_id=entry.entity_id,
        unique_id=entry.unique_id,
        integration=entry.platform,
        disabled=entry.disabled,
        of_parent=of_parent,
    )
