"""Which entities make up a charger: the answers, and what may be wrong with them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant

from ..const import (
    CONF_CURRENTS,
    CONF_ENABLE,
    CONF_ENERGY,
    CONF_LIMIT,
    CONF_PLUGGED,
    CONF_POWER,
    CONF_SESSION_ENERGY,
    CONF_SOC,
    CONF_STATUS,
)
from ..site.choices import Proposal
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
}
#: Without any of these no session would ever be seen.
_OBSERVING = (CONF_STATUS, CONF_PLUGGED, CONF_POWER, CONF_ENERGY, CONF_SESSION_ENERGY)
#: All that one EVSE can have.
_MOST_LINES = 3

ROLES = tuple(_DOMAINS)


def roles_schema() -> dict[Any, Any]:
    """Return a field per role; all of them may stay empty."""
    fields: dict[Any, Any] = {optional(role): entity(*domains) for role, domains in _DOMAINS.items()}
    fields[optional(CONF_CURRENTS)] = entity("sensor", multiple=True)
    return fields


def proposed(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as answers to the form."""
    answers: dict[str, Any] = {role.value: entity_id for role, entity_id in proposal.roles.items()}
    return {**answers, CONF_CURRENTS: list(proposal.currents)} if proposal.currents else answers


def entities_of(answers: Mapping[str, Any]) -> list[str]:
    """Return the charger's own entities of the answers; one that stands in two roles is there twice.

    The battery is the car's, which may charge elsewhere too.
    """
    single = [answers[role] for role in ROLES if answers.get(role) and role != CONF_SOC]
    return [*single, *answers.get(CONF_CURRENTS, ())]


def roles_errors(hass: HomeAssistant, answers: Mapping[str, Any], line_count: int, used: set[str]) -> dict[str, str]:
    """Tell what is wrong with the entities; `used` are those of other chargers."""
    for role in ROLES:
        entity_id = answers.get(role)
        if entity_id and (error := _role_error(hass, role, entity_id)) is not None:
            return {role: error}
    for entity_id in answers.get(CONF_CURRENTS, ()):
        if (error := checks.measurement_error(hass, entity_id, Quantity.CURRENT_A)) is not None:
            return {CONF_CURRENTS: error}
    entity_ids = entities_of(answers)
    if len(answers.get(CONF_CURRENTS, ())) > min(line_count, _MOST_LINES):
        return {CONF_CURRENTS: "too_many_currents"}
    if not any(answers.get(role) for role in _OBSERVING):
        return {"base": "no_session_source"}
    if len(set(entity_ids)) < len(entity_ids):
        return {"base": "same_entity_twice"}
    return {"base": "entity_used"} if not used.isdisjoint(entity_ids) else {}


def _role_error(hass: HomeAssistant, role: str, entity_id: str) -> str | None:
    if role in _QUANTITIES:
        return checks.measurement_error(hass, entity_id, _QUANTITIES[role])
    if role == CONF_LIMIT:
        return checks.limit_error(hass, entity_id)
    return checks.entity_error(hass, entity_id)
