"""Tell what an EVSE is read from, by names that outlive a renaming."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ...chargers.entities.mapping import EvseMapping
from ...sources.reference import entity_of
from ..ledger.settings import EvseSource

#: What divides the parts of a name that an integration gives; an entity id has none.
_MARK = ":"


def source_of(hass: HomeAssistant, mapping: EvseMapping, before: EvseSource | None = None) -> EvseSource:
    """Return what the mapped entities are, by the names that their integrations give them where they do.

    The registry's own ids do not outlive a power cut in the first seconds: it is saved a little
    later. Nor may it know the entities again when we start: they are then those of `before`, as
    long as they are called the same.
    """
    entities = (mapping.energy, mapping.session_energy)
    named = (None, None) if before is None else (before.register, before.counter)
    called = entities if before is None or before.entities is None else before.entities
    register, counter = (
        _or_before(_lasting_id(hass, entity), name if entity == then else None)
        for entity, name, then in zip(entities, named, called, strict=True)
    )
    return EvseSource(status=not mapping.power_only, register=register, counter=counter, entities=entities)


def _or_before(now: str | None, before: str | None) -> str | None:
    is_unknown = now is not None and _MARK not in now
    return before if is_unknown and before is not None and _MARK in before else now


def _lasting_id(hass: HomeAssistant, reference: str | None) -> str | None:
    if reference is None:
        return None
    entity_id = entity_of(reference)
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None:
        return reference
    name = _MARK.join((entry.domain, entry.platform, str(entry.unique_id)))
    return name + reference.removeprefix(entity_id)
