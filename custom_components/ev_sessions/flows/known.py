"""A charger of a known integration: what was found of it as the subentry holds it, and what its owner is told."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.core import HomeAssistant

from ..const import (
    CONF_CURRENTS,
    CONF_ENABLE,
    CONF_EVSE,
    CONF_FAIL_SAFE,
    CONF_FAIL_SAFE_SET,
    CONF_FLASH_LIMIT,
    CONF_LEAST_INTERVAL_S,
    CONF_LIMIT,
    CONF_PHASES,
    CONF_PRESET,
    CONF_SOC,
    CONF_STATUS,
    CONF_STATUS_WORDS,
)
from ..site.choices import EvseMatch, PresetMatch
from .attributes import fields_of, with_attributes
from .roles import ROLES
from .texts import async_texts

_KIND: Final = "kind"
_ENTITY_ID: Final = "entity_id"
#: What a form's field can show: a binding of one of these with nothing but its entity.
_PLAIN: Final = {CONF_LIMIT: "number", CONF_ENABLE: "switch"}
_ROLE_NAMES: Final = "config_subentries.charger.step.entities.data"
_NOTES: Final = "selector.preset_note.options"
_FAIL_SAFES: Final = "selector.fail_safe.options"


def evse_data(evse: EvseMatch, line_count: int) -> dict[str, Any]:
    """Return what was found of an EVSE as the subentry's `evses` holds it."""
    status: str | list[str] | None = list(evse.status)
    if len(evse.status) < 2:
        status = evse.status[0] if evse.status else None
    return {
        CONF_EVSE: evse.evse,
        **dict.fromkeys(ROLES),
        **{role.value: reference for role, reference in evse.roles.items()},
        CONF_SOC: evse.soc,
        CONF_STATUS: status,
        CONF_STATUS_WORDS: {word: meaning.to_data() for word, meaning in evse.words.items()},
        CONF_CURRENTS: list(evse.currents[:line_count]),
        CONF_LIMIT: evse.limit,
        CONF_ENABLE: evse.enable,
        CONF_PHASES: evse.phases,
        CONF_FAIL_SAFE_SET: evse.fail_safe_set,
    }


def charger_data(match: PresetMatch | None) -> dict[str, Any]:
    """Return what a preset says of a charger as a whole, as the subentry holds it."""
    preset = None if match is None else match.preset
    return {
        CONF_PRESET: None if preset is None else preset.id,
        CONF_LEAST_INTERVAL_S: None if preset is None else preset.least_interval_s,
        CONF_FLASH_LIMIT: preset is not None and preset.flash_limit is True,
        CONF_FAIL_SAFE: None if preset is None else preset.fail_safe,
    }


def bindings_of(car: PresetMatch | None) -> dict[str, Any]:
    """Return by what a car is commanded, and its state of charge, as answers."""
    if car is None:
        return {}
    found = car.evses[0]
    return {CONF_LIMIT: found.limit, CONF_ENABLE: found.enable, CONF_SOC: found.soc}


def shown(evse: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an EVSE what the fields of the form can show."""
    fields: dict[str, Any] = {}
    for role in (*ROLES, CONF_CURRENTS):
        if value := evse.get(role):
            fields |= (_fields_of_binding(role, value) if isinstance(value, Mapping) else fields_of(role, value)) or {}
    return fields


def _fields_of_binding(role: str, binding: Mapping[str, Any]) -> dict[str, Any] | None:
    plain = {_KIND: _PLAIN.get(role), _ENTITY_ID: binding.get(_ENTITY_ID)}
    return {role: binding[_ENTITY_ID]} if dict(binding) == plain else None


def merged(answers: Mapping[str, Any], evse: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form's answers with all that no field could show, unless a field took its place."""
    given, before = with_attributes(answers), with_attributes(shown(evse))
    same = {role for role in (*ROLES, CONF_CURRENTS) if given.get(role) == before.get(role)}
    unseen = {key: evse.get(key) for key in (CONF_PHASES, CONF_FAIL_SAFE_SET)}
    return {**given, **{role: evse[role] for role in same if evse.get(role)}, **unseen}


async def async_told(hass: HomeAssistant, match: PresetMatch) -> dict[str, str]:
    """Return what the owner is told of a known charger before it is taken."""
    texts = await async_texts(hass)
    evse = match.evses[0]
    roles = [*([CONF_STATUS] if evse.status else []), *(role.value for role in evse.roles)]
    there = {
        CONF_CURRENTS: evse.currents,
        CONF_LIMIT: evse.limit,
        CONF_ENABLE: evse.enable,
        CONF_SOC: evse.soc,
    }
    roles += [role for role, part in there.items() if part]
    notes = [text for key, values in _notes_of(match, texts) if (text := texts.get(key, "").format(**values))]
    return {
        "integration": match.preset.name,
        "count": str(match.found),
        "found": _names(texts, roles),
        "notes": "\n".join(f"- {note}" for note in notes),
    }


def _notes_of(match: PresetMatch, texts: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """Return the keys of the texts that belong to a match, with what is filled in."""
    preset, evse = match.preset, match.evses[0]
    notes: list[tuple[str, dict[str, str]]] = [(f"{_NOTES}.{note}", {}) for note in preset.notes]
    if len(match.evses) > 1:
        notes.append((f"{_NOTES}.evses", {"count": str(len(match.evses))}))
    if preset.flash_limit:
        notes.append((f"{_NOTES}.flash", {}))
    if preset.least_interval_s is not None:
        notes.append((f"{_NOTES}.interval", {"seconds": f"{preset.least_interval_s:g}"}))
    if preset.fail_safe is not None:
        notes.append((f"{_FAIL_SAFES}.{preset.fail_safe}", {}))
    if evse.missing:
        notes.append((f"{_NOTES}.missing", {"missing": _names(texts, evse.missing)}))
    if match.disabled:
        notes.append((f"{_NOTES}.disabled", {"entities": ", ".join(match.disabled)}))
    return notes


def _names(texts: Mapping[str, str], roles: Sequence[str]) -> str:
    return ", ".join(texts.get(f"{_ROLE_NAMES}.{role}", role) for role in roles)
