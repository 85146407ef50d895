"""Fields that few need: what stands in an attribute of an entity, and a status that several entities tell together."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig
import probatio as vol

from ..const import (
    CONF_CURRENTS,
    CONF_ENERGY,
    CONF_PLUGGED,
    CONF_POWER,
    CONF_SESSION_ENERGY,
    CONF_STATUS,
)
from ..sources.reference import ATTRIBUTE
from .fields import entity, optional

SECTION_ATTRIBUTES: Final = "attributes"
FIELD_MORE_STATUS: Final = "more_status"
FIELD_CURRENTS: Final = "currents_attributes"
#: The field that names an attribute, by role.
_FIELDS: Final = {
    CONF_STATUS: "status_attribute",
    CONF_PLUGGED: "plugged_attribute",
    CONF_POWER: "power_attribute",
    CONF_ENERGY: "energy_attribute",
    CONF_SESSION_ENERGY: "session_energy_attribute",
}


def attributes_schema() -> dict[Any, Any]:
    """Return the section with all of these fields, folded away."""
    fields: dict[Any, Any] = {
        optional(FIELD_MORE_STATUS): entity("sensor", "binary_sensor", "switch", multiple=True),
        **{optional(field): TextSelector() for field in _FIELDS.values()},
        optional(FIELD_CURRENTS): TextSelector(TextSelectorConfig(multiple=True)),
    }
    return {vol.Optional(SECTION_ATTRIBUTES): section(vol.Schema(fields), {"collapsed": True})}


def with_attributes(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's answers with what the fields of the section add to the roles."""
    ours = {*_FIELDS.values(), FIELD_MORE_STATUS, FIELD_CURRENTS}
    roles = {key: value for key, value in answers.items() if key not in ours}
    for role, field in _FIELDS.items():
        if roles.get(role) and (attribute := (answers.get(field) or "").strip()):
            roles[role] = f"{roles[role]}{ATTRIBUTE}{attribute}"
    if roles.get(CONF_STATUS) and (more := answers.get(FIELD_MORE_STATUS)):
        roles[CONF_STATUS] = [roles[CONF_STATUS], *more]
    if roles.get(CONF_CURRENTS) and (attributes := answers.get(FIELD_CURRENTS)):
        roles[CONF_CURRENTS] = _currents(roles[CONF_CURRENTS], attributes)
    return roles


def _currents(entity_ids: list[str], attributes: list[str]) -> list[str]:
    """Return the lines: attributes of one entity, or one of each."""
    if len(entity_ids) == 1:
        return [f"{entity_ids[0]}{ATTRIBUTE}{attribute}" for attribute in attributes]
    pairs = zip_longest(entity_ids, attributes[: len(entity_ids)])
    return [entity_id if attribute is None else f"{entity_id}{ATTRIBUTE}{attribute}" for entity_id, attribute in pairs]


def fields_of(role: str, value: Any) -> dict[str, Any] | None:
    """Return the fields that show what a role reads; None where they cannot."""
    if role == CONF_CURRENTS:
        return _fields_of_currents(list(value))
    first, *more = [value] if isinstance(value, str) else value
    entity_id, *attribute = first.split(ATTRIBUTE, 1)
    if (attribute and role not in _FIELDS) or any(ATTRIBUTE in reference for reference in more):
        return None
    return {
        role: entity_id,
        **({_FIELDS[role]: attribute[0]} if attribute else {}),
        **({FIELD_MORE_STATUS: more} if more else {}),
    }


def _fields_of_currents(references: list[str]) -> dict[str, Any] | None:
    parts = [reference.split(ATTRIBUTE, 1) for reference in references]
    entity_ids, attributes = [part[0] for part in parts], [part[1] for part in parts if len(part) > 1]
    if not attributes:
        return {CONF_CURRENTS: entity_ids}
    if len(attributes) < len(references) or len(set(entity_ids)) not in {1, len(references)}:
        return None
    return {CONF_CURRENTS: list(dict.fromkeys(entity_ids)), FIELD_CURRENTS: attributes}
