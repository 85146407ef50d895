"""Write an entity's new id into the configuration, so that it is found after the next start."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..sources.reference import entity_of


@callback
def async_entity_renamed(hass: HomeAssistant, entry: ConfigEntry[Any], old_id: str, new_id: str) -> None:
    """Replace the id in the entry and in all its subentries; what does not name it stays untouched."""
    data = _renamed(dict(entry.data), old_id, new_id)
    if data != entry.data:
        hass.config_entries.async_update_entry(entry, data=data)
    for subentry in tuple(entry.subentries.values()):
        data = _renamed(dict(subentry.data), old_id, new_id)
        if data != subentry.data:
            hass.config_entries.async_update_subentry(entry, subentry, data=data)


def _renamed(value: Any, old_id: str, new_id: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _renamed(part, old_id, new_id) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(part, old_id, new_id) for part in value]
    if isinstance(value, str) and entity_of(value) == old_id:
        return new_id + value.removeprefix(old_id)
    return value
