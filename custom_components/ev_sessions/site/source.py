"""Tell what an EVSE is read from, by names that outlive a renaming."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..chargers.entities.mapping import EvseMapping
from ..sources.reference import entity_of
from .settings import EvseSource


def source_of(hass: HomeAssistant, mapping: EvseMapping) -> EvseSource:
    """Return what the mapped entities are, by their ids in the registry where they have one."""
    return EvseSource(
        status=not mapping.power_only,
        register=_lasting_id(hass, mapping.energy),
        counter=_lasting_id(hass, mapping.session_energy),
    )


def _lasting_id(hass: HomeAssistant, reference: str | None) -> str | None:
    if reference is None:
        return None
    entity_id = entity_of(reference)
    entry = er.async_get(hass).async_get(entity_id)
    return reference if entry is None else entry.id + reference.removeprefix(entity_id)
