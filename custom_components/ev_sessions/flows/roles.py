"""Which entities make up a charger: the answers, and what may be wrong with them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant, valid_entity_id

from ..const import (
    CONF_CURRENTS,
    CONF_ENABLE,
    CONF_ENERGY,
    CONF_LIMIT,
    CONF_PHASES,
    CONF_PLUGGED,
    CONF_POWER,
    CONF_SESSION_ENERGY,
    CONF_SOC,
    CONF_STATUS,
)
from ..site.choices import Proposal
from ..sources.reference import ATTRIBUTE
from ..sources.value import Quantity
from . import checks
from .fields import entity, optional

_DOMAINS = {
    CONF_STATUS: ("sensor", "binary_sensor"),
    CONF_PLUGGED: ("binary_sensor", "input_boolean"),
    CONF_POWER: ("sensor",),
    CONF_ENERGY: ("sensor",),
    CONF_SESSION_ENERGY: ("sensor",),
    CONF_LIMIT: ("number", "input_number"),
    CONF_ENABLE: ("switch", "input_boolean"),
    CONF_SOC: ("sensor",),
}
_QUANTITIES = {
    CONF_POWER: Quantity.POWER_W,
    CONF_ENERGY: Quantity.ENERGY_MWH,
    CONF_SESSION_ENERGY: Quantity.ENERGY_MWH,
    CONF_SOC: Quantity.SOC_PERCENT,
    CONF_CURRENTS: Quantity.CURRENT_A,
}
#: Without any of these no session would ever be seen.
_OBSERVING = (CONF_STATUS, CONF_PLUGGED, CONF_POWER, CONF_ENERGY, CONF_SESSION_ENERGY)
#: All that one EVSE can have.
_MOST_LINES = 3

ROLES = tuple(_DOMAINS)
_OWN = tuple(role for role in ROLES if role != CONF_SOC)


def roles_schema() -> dict[Any, Any]:
    """Return a field per role; all of them may stay empty."""
    fields: dict[Any, Any] = {optional(role): entity(*domains) for role, domains in _DOMAINS.items()}
    fields[optional(CONF_CURRENTS)] = entity("sensor", multiple=True)
    return fields


def proposed(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as answers to the form."""
    answers: dict[str, Any] = {role.value: entity_id for role, entity_id in proposal.roles.items()}
    return {**answers, CONF_CURRENTS: list(proposal.currents)} if proposal.currents else answers


def references_of(value: Any) -> list[str]:
    """Return what one or several answers of a role read: entities, or attributes of them."""
    return [value] if isinstance(value, str) else list(value or ())


def spoken(value: Any) -> str:
    """Return how the entities of a role are named to a person."""
    return ", ".join(references_of(value))


def entities_of(answers: Mapping[str, Any]) -> list[str]:
    """Return the charger's own entities of the answers; one that stands in two roles is there twice.

    The battery is the car's, which may charge elsewhere too.
    """
    named = (_named(answers.get(key)) for key in (*_OWN, CONF_PHASES, CONF_CURRENTS))
    return [reference.partition(ATTRIBUTE)[0] for references in named for reference in references]


def _named(value: Any) -> list[str]:
    """Return the entities that an answer, or a binding, names."""
    if isinstance(value, Mapping):
        return [name for part in value.values() for name in _named(part) if valid_entity_id(name)]
    return references_of(value if isinstance(value, str | list | tuple) else None)


def roles_errors(hass: HomeAssistant, answers: Mapping[str, Any], line_count: int, used: set[str]) -> dict[str, str]:
    """Tell what is wrong with the entities; `used` are those of other chargers."""
    for role in (*ROLES, CONF_CURRENTS):
        # A binding was made of entities that are there.
        for reference in () if isinstance(answers.get(role), Mapping) else references_of(answers.get(role)):
            if (error := _role_error(hass, role, reference)) is not None:
                return {role: error}
    if len(references_of(answers.get(CONF_CURRENTS))) > min(line_count, _MOST_LINES):
        return {CONF_CURRENTS: "too_many_currents"}
    if not any(answers.get(role) for role in _OBSERVING):
        return {"base": "no_session_source"}
    plain = [reference for role in (*_OWN, CONF_CURRENTS) for reference in _plain(answers.get(role))]
    if len(set(plain)) < len(plain):
        return {"base": "same_entity_twice"}
    return {"base": "entity_used"} if not used.isdisjoint(entities_of(answers)) else {}


def _plain(value: Any) -> list[str]:
    """Return what is read of a role; not what is commanded, which may be shown by the same entity."""
    return [] if isinstance(value, Mapping) else references_of(value)


def _role_error(hass: HomeAssistant, role: str, reference: str) -> str | None:
    entity_id, _, attribute = reference.partition(ATTRIBUTE)
    if role in _QUANTITIES and not attribute:
        return checks.measurement_error(hass, entity_id, _QUANTITIES[role])
    if role == CONF_LIMIT:
        return checks.limit_error(hass, entity_id)
    return checks.entity_error(hass, entity_id)
