"""The forms of a circuit: what they ask, what may be wrong with an answer, and what is kept of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio as vol

from ..const import (
    CONF_CONTINUOUS,
    CONF_DIMMING,
    CONF_ENTITY_ID,
    CONF_FACTORS,
    CONF_INTERVAL_ENTITY,
    CONF_INTERVAL_MIN,
    CONF_LARGE_KW,
    CONF_LIMIT_A,
    CONF_LIMIT_ENTITY,
    CONF_LIMIT_KW,
    CONF_MEAN_ENTITY,
    CONF_METER,
    CONF_MONTH_PEAK_ENTITY,
    CONF_NAME,
    CONF_OTHER_DEVICES,
    CONF_OTHER_POWER,
    CONF_PARENT,
    CONF_PEAK,
    CONF_TARGET_KW,
    CONF_UNBALANCE_A,
    CONF_UNIT,
    CONF_VALUE,
    DEFAULT_MIN_A,
)
from ..core.balancing.circuits.circuit import Circuit, Wiring
from ..core.balancing.circuits.tree import below, outline
from ..core.balancing.limits.dimming import SIMULTANEITY, Dimming
from ..site.config.circuits import CircuitConfig
from ..sources.value import Quantity
from . import checks
from .fields import SECTION_ADVANCED, amperes, any_number, choice, entity, kilowatts, optional, whole

FIELD_EXTRAS = "extras"
#: What a circuit may have beside its limits.
EXTRAS = (CONF_METER, CONF_LIMIT_ENTITY, CONF_PEAK)

_ON_OFF = ("binary_sensor", "input_boolean", "switch")
_NUMBERS = ("input_number", "number", "sensor")
_UNITS = ("A", "kW")
_INTERVALS_MIN = ("15", "30", "60")


def _line_fields(wiring: Wiring) -> list[str]:
    return [f"limit_{line.lower()}" for line in wiring.lines]


def _advanced() -> dict[Any, Any]:
    return {
        optional(CONF_UNBALANCE_A): amperes(least=1),
        vol.Required(CONF_CONTINUOUS, default=False): bool,
    }


def _extras(options: Sequence[str]) -> dict[Any, Any]:
    config = SelectSelectorConfig(
        options=list(options), translation_key="circuit_extras", multiple=True, mode=SelectSelectorMode.LIST
    )
    return {vol.Optional(FIELD_EXTRAS, default=[]): SelectSelector(config)}


# The grid connection, and circuits behind it
# (A section has no default of its own: a browser takes that for all that is in it, and forgets what is kept.)


def root_schema(wiring: Wiring, name: str) -> vol.Schema:
    """Ask for the fuses of the grid connection."""
    advanced = {
        optional(CONF_LIMIT_KW): kilowatts(),
        **_advanced(),
        **_extras((CONF_LIMIT_ENTITY, CONF_PEAK)),
    }
    return vol.Schema(
        {
            vol.Required(CONF_NAME, default=name): TextSelector(),
            **{vol.Required(field): amperes(least=1) for field in _line_fields(wiring)},
            vol.Optional(SECTION_ADVANCED): section(vol.Schema(advanced), {"collapsed": True}),
        }
    )


def branch_schema(wiring: Wiring, circuits: Sequence[CircuitConfig], mine: str | None) -> vol.Schema:
    """Ask on what a circuit hangs and what it carries; `circuits` are those of the site."""
    options = circuit_options(circuits, mine)
    return vol.Schema(
        {
            vol.Required(CONF_NAME): TextSelector(),
            vol.Required(CONF_PARENT, default=circuits[0].id): SelectSelector(SelectSelectorConfig(options=options)),
            **{optional(field): amperes(least=1) for field in _line_fields(wiring)},
            optional(CONF_LIMIT_KW): kilowatts(),
            **_extras(EXTRAS),
            vol.Optional(SECTION_ADVANCED): section(vol.Schema(_advanced()), {"collapsed": True}),
        }
    )


def circuit_options(circuits: Sequence[CircuitConfig], mine: str | None = None) -> list[SelectOptionDict]:
    """Return the circuits of a site to choose from, but for one, with what hangs on each below it."""
    return [
        SelectOptionDict(value=circuit.id, label=f"{'– ' * depth}{circuit.name}")
        for depth, circuit in outline(_bare(circuits))
        if circuit.id != mine
    ]


def _bare(circuits: Sequence[CircuitConfig]) -> list[Circuit]:
    """Return the circuits as they hang on each other; what lost its own hangs on the grid connection."""
    known = {circuit.id for circuit in circuits}
    return [
        Circuit(
            id=circuit.id,
            name=circuit.name,
            limit_a=(),
            parent_id=None if circuit.is_root else circuit.parent_id if circuit.parent_id in known else circuits[0].id,
        )
        for circuit in circuits
    ]


def branch_errors(
    answers: Mapping[str, Any], circuits: Sequence[CircuitConfig], mine: str | None, wiring: Wiring
) -> dict[str, str]:
    """Tell what is wrong with a circuit behind the grid connection."""
    name = answers[CONF_NAME].strip().casefold()
    if any(circuit.name.strip().casefold() == name for circuit in circuits if circuit.id != mine):
        return {CONF_NAME: "circuit_name_used"}
    if answers[CONF_PARENT] not in {circuit.id for circuit in circuits}:
        return {CONF_PARENT: "circuit_unknown"}
    if mine is not None and answers[CONF_PARENT] in below(_bare(circuits), mine):
        return {CONF_PARENT: "circuit_on_itself"}
    error = _limit_error(answers, wiring)
    return {} if error is None else {"base": error}


def _limit_error(answers: Mapping[str, Any], wiring: Wiring) -> str | None:
    given = [answers[field] for field in _line_fields(wiring) if answers.get(field) is not None]
    if 0 < len(given) < wiring.line_count:
        return "limit_incomplete"
    if given and min(given) < DEFAULT_MIN_A:
        return "fuse_below_minimum"
    limits = (answers.get(CONF_LIMIT_KW), answers.get(CONF_UNBALANCE_A))
    outside = {CONF_LIMIT_ENTITY, CONF_PEAK} & set(answers.get(FIELD_EXTRAS, ()))
    unlimited = not given and not outside and all(limit is None for limit in limits)
    return "circuit_without_limit" if unlimited else None


def limits_data(answers: Mapping[str, Any], wiring: Wiring) -> dict[str, Any]:
    """Return what is kept of a circuit's limits."""
    given = [answers.get(field) for field in _line_fields(wiring)]
    limit_a = [float(limit) for limit in given if limit is not None]
    kept = {key: answers.get(key) for key in (CONF_LIMIT_KW, CONF_UNBALANCE_A)}
    return {
        CONF_LIMIT_A: limit_a or None,
        **{key: None if value is None else float(value) for key, value in kept.items()},
        CONF_CONTINUOUS: bool(answers.get(CONF_CONTINUOUS, False)),
    }


def _given(now: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: now[key] for key in keys if now.get(key) is not None}


def _extras_now(now: Mapping[str, Any]) -> dict[str, Any]:
    return {FIELD_EXTRAS: [key for key in EXTRAS if now.get(key) is not None]}


def root_answers(now: Mapping[str, Any] | None, wiring: Wiring) -> dict[str, Any]:
    """Return what is kept of the grid connection as answers to its form."""
    if now is None:
        return {}
    limits = dict(zip(_line_fields(wiring), now[CONF_LIMIT_A], strict=False))
    advanced = {**_given(now, CONF_LIMIT_KW, CONF_UNBALANCE_A, CONF_CONTINUOUS), **_extras_now(now)}
    return {CONF_NAME: now[CONF_NAME], **limits, SECTION_ADVANCED: advanced}


def branch_answers(now: Mapping[str, Any] | None, wiring: Wiring) -> dict[str, Any]:
    """Return what is kept of a circuit as answers to its form."""
    if now is None:
        return {}
    limits = dict(zip(_line_fields(wiring), now[CONF_LIMIT_A] or (), strict=False))
    return {
        **_given(now, CONF_NAME, CONF_PARENT, CONF_LIMIT_KW),
        **limits,
        **_extras_now(now),
        SECTION_ADVANCED: _given(now, CONF_UNBALANCE_A, CONF_CONTINUOUS),
    }


# The limit from outside


def outside_schema() -> vol.Schema:
    """Ask for the entity that limits a circuit, and what its states mean."""
    advanced = {
        optional(CONF_OTHER_POWER): entity("sensor", multiple=True),
        optional(CONF_OTHER_DEVICES): whole(0, 50),
        optional(CONF_LARGE_KW): kilowatts(greatest=1000),
        optional(CONF_FACTORS): TextSelector(),
    }
    return vol.Schema(
        {
            vol.Required(CONF_ENTITY_ID): entity(*_ON_OFF, *_NUMBERS),
            vol.Required(CONF_DIMMING, default=Dimming.NONE.value): choice(
                [dimming.value for dimming in Dimming], "dimming", as_list=True
            ),
            optional(CONF_VALUE): any_number(),
            vol.Required(CONF_UNIT, default=_UNITS[1]): SelectSelector(SelectSelectorConfig(options=list(_UNITS))),
            vol.Optional(SECTION_ADVANCED): section(vol.Schema(advanced), {"collapsed": True}),
        }
    )


def outside_errors(hass: HomeAssistant, answers: Mapping[str, Any]) -> dict[str, str]:
    """Tell what is wrong with an entity that is to limit a circuit."""
    entity_id, value = answers[CONF_ENTITY_ID], answers.get(CONF_VALUE)
    if entity_id.partition(".")[0] in _ON_OFF:
        if (error := checks.entity_error(hass, entity_id)) is not None:
            return {CONF_ENTITY_ID: error}
        if value is None and answers[CONF_DIMMING] == Dimming.NONE:
            return {CONF_VALUE: "value_missing"}
    elif (error := checks.limit_error(hass, entity_id)) is not None:
        return {CONF_ENTITY_ID: error}
    if value is not None and value < 0:
        return {CONF_VALUE: "value_below_nothing"}
    for other in answers.get(CONF_OTHER_POWER) or ():
        if (error := checks.measurement_error(hass, other, Quantity.POWER_W)) is not None:
            return {"base": error}
    return {} if _factors(answers.get(CONF_FACTORS)) is not None else {"base": "factors_malformed"}


def _factors(text: str | None) -> list[float] | None:
    """Return simultaneity factors as somebody wrote them; None where they are none."""
    if not text or not text.strip():
        return list(SIMULTANEITY)
    try:
        factors = [float(part.replace(",", ".")) for part in text.replace(";", " ").split()]
    except ValueError:
        return None
    return factors if all(0 < factor <= 1 for factor in factors) else None


def outside_data(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of the entity that limits a circuit."""
    value = answers.get(CONF_VALUE)
    return {
        CONF_ENTITY_ID: answers[CONF_ENTITY_ID],
        CONF_DIMMING: answers[CONF_DIMMING],
        CONF_VALUE: None if value is None else float(value),
        CONF_UNIT: answers[CONF_UNIT],
        CONF_FACTORS: _factors(answers.get(CONF_FACTORS)),
        CONF_OTHER_DEVICES: int(answers.get(CONF_OTHER_DEVICES) or 0),
        CONF_OTHER_POWER: list(answers.get(CONF_OTHER_POWER) or ()),
        CONF_LARGE_KW: answers.get(CONF_LARGE_KW),
    }


def outside_answers(now: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is kept of it as answers to its form."""
    factors = SIMULTANEITY if now is None else now[CONF_FACTORS]
    advanced: dict[str, Any] = {CONF_FACTORS: " ".join(f"{factor:g}" for factor in factors)}
    if now is not None:
        asked = (CONF_OTHER_POWER, CONF_OTHER_DEVICES, CONF_LARGE_KW)
        advanced |= {key: now[key] for key in asked if now.get(key)}
    given = {} if now is None else _given(now, CONF_ENTITY_ID, CONF_DIMMING, CONF_VALUE, CONF_UNIT)
    return {**given, SECTION_ADVANCED: advanced}


# Peak demand


def peak_schema() -> vol.Schema:
    """Ask for the peak demand that is to be kept."""
    return vol.Schema(
        {
            vol.Required(CONF_TARGET_KW): kilowatts(),
            vol.Required(CONF_INTERVAL_MIN, default=_INTERVALS_MIN[0]): choice(list(_INTERVALS_MIN), "peak_interval"),
            optional(CONF_MEAN_ENTITY): entity("sensor"),
            optional(CONF_MONTH_PEAK_ENTITY): entity("sensor"),
            optional(CONF_INTERVAL_ENTITY): entity("sensor"),
        }
    )


def peak_errors(hass: HomeAssistant, answers: Mapping[str, Any], *, has_meter: bool) -> dict[str, str]:
    """Tell what is wrong with a peak demand."""
    if not has_meter:
        return {"base": "peak_without_meter"}
    for key in (CONF_MEAN_ENTITY, CONF_MONTH_PEAK_ENTITY):
        if (entity_id := answers.get(key)) is not None:
            error = checks.measurement_error(hass, entity_id, Quantity.POWER_W)
            if error is not None:
                return {key: error}
    if (entity_id := answers.get(CONF_INTERVAL_ENTITY)) is not None:
        error = checks.entity_error(hass, entity_id)
        return {} if error is None else {CONF_INTERVAL_ENTITY: error}
    return {}


def peak_data(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a peak demand."""
    return {
        CONF_TARGET_KW: float(answers[CONF_TARGET_KW]),
        CONF_INTERVAL_MIN: int(answers[CONF_INTERVAL_MIN]),
        CONF_MEAN_ENTITY: answers.get(CONF_MEAN_ENTITY),
        CONF_MONTH_PEAK_ENTITY: answers.get(CONF_MONTH_PEAK_ENTITY),
        CONF_INTERVAL_ENTITY: answers.get(CONF_INTERVAL_ENTITY),
    }


def peak_answers(now: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is kept of it as answers to its form."""
    if now is None:
        return {}
    given = _given(now, CONF_TARGET_KW, CONF_MEAN_ENTITY, CONF_MONTH_PEAK_ENTITY, CONF_INTERVAL_ENTITY)
    return {**given, CONF_INTERVAL_MIN: str(now[CONF_INTERVAL_MIN])}
