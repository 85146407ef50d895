"""What commands a charger, as answers to a form: which fields each kind has, what they make, what may be wrong."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.const import PERCENTAGE
from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.helpers.selector import (
    ObjectSelector,
    ObjectSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio as vol

from ..const import CONF_ENABLE, CONF_ENTITY_ID, CONF_KIND, CONF_LIMIT, CONF_PHASES, CONF_UNIT
from ..site.choices import options_of, placeholders_in, unit_of
from ..sources.value import Quantity, unit_factor
from . import checks
from .fields import amperes, any_number, choice, entity, optional

CONF_ACTION: Final = "action"
CONF_ATTRIBUTE: Final = "readback_attribute"
CONF_DATA: Final = "data"
CONF_FULL_A: Final = "full_a"
CONF_INVERTED: Final = "inverted"
CONF_MAX_A: Final = "max_a"
CONF_MIN_A: Final = "min_a"
CONF_OFF: Final = "off"
CONF_ON: Final = "on"
CONF_ONE: Final = "one"
CONF_ON_PHASES: Final = "on_phases"
CONF_OPTIONS: Final = "options"
CONF_PAUSE: Final = "pause"
CONF_READBACK: Final = "readback"
CONF_STEP_A: Final = "step_a"
CONF_TARGET: Final = "target"
CONF_THREE: Final = "three"

ACTION: Final = "action"
BUTTONS: Final = "buttons"
LOCK: Final = "lock"
NONE: Final = "none"
NUMBER: Final = "number"
SELECT: Final = "select"
SWITCH: Final = "switch"

#: What can play each part; what most chargers have comes first.
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    CONF_LIMIT: (NONE, NUMBER, SELECT, ACTION),
    CONF_ENABLE: (NONE, SWITCH, SELECT, BUTTONS, LOCK, ACTION),
    CONF_PHASES: (NONE, SELECT, SWITCH, NUMBER, ACTION),
}
#: The kind of an entity that stands alone, as older entries have it.
_PLAIN: Final = {CONF_LIMIT: NUMBER, CONF_ENABLE: SWITCH}
_DOMAINS: Final = {
    BUTTONS: ("button", "input_button"),
    LOCK: ("lock",),
    NUMBER: ("number", "input_number"),
    SELECT: ("select", "input_select"),
    SWITCH: ("switch", "input_boolean"),
}
_PAIRS: Final[Mapping[str, tuple[str, ...]]] = {CONF_ENABLE: (CONF_ON, CONF_OFF), CONF_PHASES: (CONF_ONE, CONF_THREE)}
_PLACEHOLDER: Final = {CONF_LIMIT: "limit_a", CONF_PHASES: "phases"}
_UNITS: Final = ["A", "mA", "W", "kW", PERCENTAGE]
_ACTION_KEYS: Final = frozenset({CONF_ACTION, CONF_DATA, CONF_TARGET, "metadata"})


def kind_of(part: str, binding: str | Mapping[str, Any] | None) -> str:
    """Return of which kind a part of the subentry is."""
    if not binding:
        return NONE
    return _PLAIN[part] if isinstance(binding, str) else str(binding[CONF_KIND])


# The form


def binding_schema(hass: HomeAssistant, part: str, kind: str, answers: Mapping[str, Any]) -> vol.Schema:
    """Return the fields of a kind; options are asked for as soon as the entity that has them is chosen."""
    fields: dict[Any, Any] = {}
    if kind == ACTION and part == CONF_ENABLE:
        fields = {vol.Required(CONF_ON): _action(), vol.Required(CONF_OFF): _action()}
    elif kind == ACTION:
        fields = {vol.Required(CONF_ACTION): _action()}
    elif kind == BUTTONS:
        fields = {vol.Required(key): entity(*_DOMAINS[BUTTONS]) for key in _PAIRS[part]}
    else:
        fields = {vol.Required(CONF_ENTITY_ID): entity(*_DOMAINS[kind])}
    fields |= _own_fields(hass, part, kind, answers)
    if part == CONF_PHASES:
        fields[vol.Required(CONF_PAUSE, default=True)] = bool
    else:
        fields[optional(CONF_READBACK)] = entity("sensor", "binary_sensor", "number", "switch", "input_boolean")
        fields[optional(CONF_ATTRIBUTE)] = TextSelector()
    return vol.Schema(fields)


def _own_fields(hass: HomeAssistant, part: str, kind: str, answers: Mapping[str, Any]) -> dict[Any, Any]:
    fields: dict[tuple[str, str], dict[Any, Any]] = {
        (CONF_LIMIT, NUMBER): {
            optional(CONF_UNIT): _one_of(_UNITS),
            optional(CONF_FULL_A): amperes(least=1),
        },
        (CONF_LIMIT, ACTION): {
            optional(CONF_MIN_A): amperes(),
            optional(CONF_MAX_A): amperes(),
            vol.Required(CONF_STEP_A, default=1.0): amperes(),
        },
        (CONF_ENABLE, SWITCH): {vol.Required(CONF_INVERTED, default=False): bool},
        (CONF_PHASES, SWITCH): {vol.Required(CONF_ON_PHASES, default="3"): choice(["1", "3"], "on_phases")},
        (CONF_PHASES, NUMBER): {
            vol.Required(CONF_ONE, default=1): any_number(),
            vol.Required(CONF_THREE, default=3): any_number(),
        },
    }
    if kind == SELECT and part in _PAIRS and (entity_id := answers.get(CONF_ENTITY_ID)):
        return {vol.Required(key): _one_of(options_of(hass, entity_id)) for key in _PAIRS[part]}
    return fields.get((part, kind), {})


def _action() -> ObjectSelector:
    return ObjectSelector(ObjectSelectorConfig())


def _one_of(options: Sequence[str]) -> SelectSelector:
    """Ask for a word that is nobody's to translate."""
    config = SelectSelectorConfig(options=list(options), custom_value=True, mode=SelectSelectorMode.DROPDOWN)
    return SelectSelector(config)


def binding_answers(part: str, binding: str | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a part of the subentry as answers to its form."""
    if not binding:
        return {}
    if isinstance(binding, str):
        return {CONF_ENTITY_ID: binding}
    answers = {key: value for key, value in binding.items() if key not in {CONF_KIND, CONF_READBACK, CONF_OPTIONS}}
    if binding[CONF_KIND] == ACTION and part != CONF_ENABLE:
        call = {key: answers.pop(key) for key in (CONF_ACTION, CONF_DATA, CONF_TARGET) if key in answers}
        answers[CONF_ACTION] = call
    if CONF_ON_PHASES in answers:
        answers[CONF_ON_PHASES] = str(answers[CONF_ON_PHASES])
    if readback := binding.get(CONF_READBACK):
        entity_id, _, attribute = readback.partition("|")
        answers |= {CONF_READBACK: entity_id, **({CONF_ATTRIBUTE: attribute} if attribute else {})}
    return answers


def is_whole(part: str, kind: str, answers: Mapping[str, Any]) -> bool:
    """Tell whether all fields were there to be answered: options come after their entity."""
    return kind != SELECT or part == CONF_LIMIT or all(key in answers for key in _PAIRS[part])


def binding_data(part: str, kind: str, answers: Mapping[str, Any]) -> str | dict[str, Any]:
    """Return the answers as the subentry holds them; a number or a switch alone is its entity."""
    data = {key: value for key, value in answers.items() if value is not None}
    if attribute := data.pop(CONF_ATTRIBUTE, None):
        data[CONF_READBACK] = f"{data[CONF_READBACK]}|{attribute}"
    if kind == _PLAIN.get(part) and data.keys() <= {CONF_ENTITY_ID, CONF_INVERTED} and not data.get(CONF_INVERTED):
        return str(data[CONF_ENTITY_ID])
    if kind == ACTION:
        keys = (CONF_ON, CONF_OFF) if part == CONF_ENABLE else (CONF_ACTION,)
        calls = {key: _call(data.pop(key)) for key in keys}
        data |= calls if part == CONF_ENABLE else calls[CONF_ACTION]
    if CONF_ON_PHASES in data:
        data[CONF_ON_PHASES] = int(data[CONF_ON_PHASES])
    return {CONF_KIND: kind, **data}


def _call(action: Mapping[str, Any]) -> dict[str, Any]:
    return {key: action[key] for key in (CONF_ACTION, CONF_DATA, CONF_TARGET) if action.get(key)}


# What may be wrong


def binding_errors(hass: HomeAssistant, part: str, kind: str, answers: Mapping[str, Any]) -> dict[str, str]:
    """Tell what keeps the answers from commanding a charger."""
    entities = [CONF_ENTITY_ID, CONF_READBACK, *(_PAIRS[part] if kind == BUTTONS else ())]
    for key in entities:
        if (entity_id := answers.get(key)) and (error := checks.entity_error(hass, entity_id)) is not None:
            return {key: error}
    if answers.get(CONF_ATTRIBUTE) and not answers.get(CONF_READBACK):
        return {CONF_ATTRIBUTE: "attribute_of_nothing"}
    if kind == ACTION:
        return _action_errors(hass, part, answers)
    if (part, kind) == (CONF_LIMIT, NUMBER):
        return _limit_unit_errors(hass, answers)
    return _pair_errors(hass, part, kind, answers)


def _limit_unit_errors(hass: HomeAssistant, answers: Mapping[str, Any]) -> dict[str, str]:
    unit = answers.get(CONF_UNIT) or unit_of(hass, answers[CONF_ENTITY_ID])
    if unit == PERCENTAGE:
        return {} if answers.get(CONF_FULL_A) else {CONF_FULL_A: "percent_without_full"}
    known = unit is None or any(
        unit_factor(quantity, unit) is not None for quantity in (Quantity.CURRENT_A, Quantity.POWER_W)
    )
    return {} if known else {CONF_ENTITY_ID: "limit_not_in_amperes"}


def _pair_errors(hass: HomeAssistant, part: str, kind: str, answers: Mapping[str, Any]) -> dict[str, str]:
    pair = _PAIRS.get(part, ())
    values = [answers[key] for key in pair if key in answers]
    if kind == SELECT and values:
        offered = options_of(hass, answers[CONF_ENTITY_ID])
        for key, value in zip(pair, values, strict=True):
            if value not in offered:
                return {key: "option_unknown"}
    if len(values) == 2 and values[0] == values[1]:
        return {pair[1]: "twice_the_same"}
    return {}


def _action_errors(hass: HomeAssistant, part: str, answers: Mapping[str, Any]) -> dict[str, str]:
    for key in (CONF_ON, CONF_OFF) if part == CONF_ENABLE else (CONF_ACTION,):
        if (error := _action_error(hass, answers[key], _PLACEHOLDER.get(part))) is not None:
            return {key: error}
    least_a, greatest_a = answers.get(CONF_MIN_A), answers.get(CONF_MAX_A)
    if least_a is not None and greatest_a is not None and least_a > greatest_a:
        return {CONF_MIN_A: "min_above_max"}
    if part == CONF_ENABLE and _call(answers[CONF_ON]) == _call(answers[CONF_OFF]):
        return {CONF_OFF: "twice_the_same"}
    return {}


def _action_error(hass: HomeAssistant, action: Any, placeholder: str | None) -> str | None:
    if not _is_action(action):
        return "action_malformed"
    if not hass.services.has_service(*action[CONF_ACTION].split(".")):
        return "action_unknown"
    if placeholder is not None and placeholder not in placeholders_in(action.get(CONF_DATA)):
        return f"no_{placeholder}_placeholder"
    named = (action.get(CONF_TARGET) or {}).get(CONF_ENTITY_ID) or ()
    for entity_id in [named] if isinstance(named, str) else named:
        if (error := checks.entity_error(hass, entity_id)) is not None:
            return error
    return None


def _is_action(action: Any) -> bool:
    if not isinstance(action, Mapping) or not action.keys() <= _ACTION_KEYS:
        return False
    parts = (action.get(CONF_DATA) or {}, action.get(CONF_TARGET) or {})
    name = action.get(CONF_ACTION)
    # The name of an action is formed like the id of an entity.
    return isinstance(name, str) and valid_entity_id(name) and all(isinstance(part, Mapping) for part in parts)


# The options of a select that are limits


def options_schema(options: tuple[str, ...]) -> vol.Schema:
    """Return a field per option, called like it: how many A it is."""
    return vol.Schema({optional(option): amperes() for option in options})


def options_answers(options: tuple[str, ...], known: Mapping[str, float]) -> dict[str, float]:
    """Return how many A the options are: as they were told, else as it stands in their names."""
    if told := {option: current_a for option, current_a in known.items() if option in options}:
        return told
    return {option: current for option in options if (current := _current_in(option)) is not None}


def _current_in(option: str) -> float | None:
    text = option.strip().casefold().removesuffix("amps").removesuffix("a").strip()
    try:
        current_a = float(text)
    except ValueError:
        return None
    return current_a if 0 <= current_a <= 1000 else None
