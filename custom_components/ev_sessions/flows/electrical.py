"""How a charger hangs on the lines, and which currents it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig, SelectSelectorMode
import probatio as vol

from ..const import (
    CONF_CIRCUIT,
    CONF_CONNECTION,
    CONF_CONTROLLABLE,
    CONF_EVSES,
    CONF_FALLBACK_A,
    CONF_HARDWARE_LIMIT_A,
    CONF_LINES,
    CONF_MAX_A,
    CONF_MIN_A,
    CONF_OTHER_CONTROLLER,
    CONF_PAYER,
    CONF_PRIORITY,
    CONF_QUIET_S,
    CONF_START_ABOVE_W,
    CONF_STAYS_AT_LIMIT,
    CONF_STEP_A,
    CONF_VEHICLE,
    CONF_WAKE_ENTITY,
    DEFAULT_MAX_A,
    DEFAULT_MIN_A,
    DEFAULT_PRIORITY,
    DEFAULT_QUIET_S,
    DEFAULT_START_ABOVE_W,
    DEFAULT_STEP_A,
)
from ..core.balancing.circuits.circuit import Connection, LineUse, Wiring
from ..core.balancing.override import OtherController
from ..site.choices import LimitRange
from ..site.config.circuits import CircuitConfig
from ..site.evse.car_call import WAKES
from . import checks, wired
from .circuit_forms import circuit_options
from .fields import SECTION_ADVANCED, amperes, choice, entity, optional, seconds, watts, whole

FIELD_TRY = "try_controls"
FIELD_WIRED_TO = "wired_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a charger, beside what is asked of all.

    `of_entities`: entities command it, so that it may stay at its last limit, and can be tried.
    """

    can_control: bool
    of_entities: bool = True
    power_only: bool = False


#: Any charger that speaks OCPP may take a limit; whether it does is seen when it has connected.
OF_STATION = Asked(can_control=True, of_entities=False)


def electrical_schema(
    wiring: Wiring,
    limits: LimitRange,
    asked: Asked,
    circuits: Sequence[CircuitConfig] = (),
    owners: Mapping[Any, Any] | None = None,
) -> vol.Schema:
    """Return the form; what the limit takes is filled in. Where there are several `circuits` one is to be chosen.

    `owners` are fields for whose sessions are where nothing says otherwise.
    """
    ways = list(wired.choices(wiring))
    control: dict[Any, Any] = {}
    if asked.can_control:
        control[vol.Required(CONF_CONTROLLABLE, default=True)] = bool
    if asked.can_control and asked.of_entities:
        control |= {vol.Required(CONF_STAYS_AT_LIMIT, default=True): bool, optional(FIELD_TRY): bool}
    power: dict[Any, Any] = {}
    if asked.power_only:
        power = {
            vol.Required(CONF_START_ABOVE_W, default=DEFAULT_START_ABOVE_W): watts(),
            vol.Required(CONF_QUIET_S, default=DEFAULT_QUIET_S): seconds(),
        }
    advanced: dict[Any, Any] = {
        vol.Required(CONF_STEP_A, default=limits.step_a or DEFAULT_STEP_A): amperes(least=0.1, greatest=10),
        optional(CONF_FALLBACK_A): amperes(),
    }
    if asked.can_control:
        ways_of = [way.value for way in OtherController]
        advanced[vol.Required(CONF_OTHER_CONTROLLER, default=ways_of[0])] = choice(ways_of, CONF_OTHER_CONTROLLER)
        advanced[optional(CONF_WAKE_ENTITY)] = entity(*WAKES)
    advanced |= owners or {}
    hangs_on: dict[Any, Any] = {}
    if len(circuits) > 1:
        config = SelectSelectorConfig(options=circuit_options(circuits), mode=SelectSelectorMode.DROPDOWN)
        hangs_on = {vol.Required(CONF_CIRCUIT, default=circuits[0].id): SelectSelector(config)}
    return vol.Schema(
        {
            **control,
            **hangs_on,
            vol.Required(FIELD_WIRED_TO, default=ways[0]): choice(ways, "wired_to"),
            vol.Required(CONF_MIN_A, default=max(limits.least_a or 0.0, DEFAULT_MIN_A)): amperes(least=1),
            vol.Required(CONF_MAX_A, default=limits.greatest_a or DEFAULT_MAX_A): amperes(least=1),
            optional(CONF_HARDWARE_LIMIT_A): amperes(least=1),
            vol.Required(CONF_PRIORITY, default=DEFAULT_PRIORITY): whole(1, 10),
            **power,
            vol.Required(SECTION_ADVANCED): section(vol.Schema(advanced), {"collapsed": True}),
        }
    )


def electrical_errors(
    answers: Mapping[str, Any], wiring: Wiring, fuse_a: tuple[float, ...], limits: LimitRange
) -> dict[str, str]:
    """Tell what is wrong with the currents of a charger behind fuses of `fuse_a` per line."""
    least_a, greatest_a = answers[CONF_MIN_A], answers[CONF_MAX_A]
    connection, lines = wired.choices(wiring)[answers[FIELD_WIRED_TO]]
    loads = LineUse.of(connection, lines).per_line(least_a, wiring.line_count)
    fallback_a = answers.get(CONF_FALLBACK_A)
    wrong = {
        "min_below_standard": least_a < DEFAULT_MIN_A,
        "min_above_max": least_a > greatest_a,
        "min_below_entity": limits.least_a is not None and least_a < limits.least_a,
        "fuse_below_charger": any(load > fuse for load, fuse in zip(loads, fuse_a, strict=False)),
    }
    for error, holds in wrong.items():
        if holds:
            return {CONF_MIN_A: error}
    if limits.greatest_a is not None and greatest_a > limits.greatest_a:
        return {CONF_MAX_A: "max_above_entity"}
    fallback = None if fallback_a is None else checks.fallback_error(fallback_a, least_a, greatest_a)
    return {} if fallback is None else {"base": fallback}


def electrical_data(answers: Mapping[str, Any], wiring: Wiring) -> dict[str, Any]:
    """Return the part of the subentry that is the charger's, not its EVSE's."""
    connection, lines = wired.choices(wiring)[answers[FIELD_WIRED_TO]]
    fallback_a, hardware_limit_a = answers.get(CONF_FALLBACK_A), answers.get(CONF_HARDWARE_LIMIT_A)
    other = answers.get(CONF_OTHER_CONTROLLER, OtherController.NONE.value)
    return {
        CONF_CONTROLLABLE: answers.get(CONF_CONTROLLABLE, False),
        CONF_CONNECTION: connection.value,
        CONF_LINES: list(lines),
        CONF_MIN_A: float(answers[CONF_MIN_A]),
        CONF_MAX_A: float(answers[CONF_MAX_A]),
        CONF_STEP_A: float(answers[CONF_STEP_A]),
        CONF_PRIORITY: int(answers[CONF_PRIORITY]),
        CONF_FALLBACK_A: None if fallback_a is None else float(fallback_a),
        CONF_HARDWARE_LIMIT_A: None if hardware_limit_a is None else float(hardware_limit_a),
        CONF_STAYS_AT_LIMIT: answers.get(CONF_STAYS_AT_LIMIT, True),
        CONF_CIRCUIT: answers.get(CONF_CIRCUIT),
        **({} if other == OtherController.NONE else {CONF_OTHER_CONTROLLER: other}),
        **({} if (wakes := answers.get(CONF_WAKE_ENTITY)) is None else {CONF_WAKE_ENTITY: wakes}),
        **{key: answers[key] for key in (CONF_VEHICLE, CONF_PAYER) if answers.get(key)},
    }


def electrical_answers(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the subentry holds as answers to the form."""
    evse = data[CONF_EVSES][0]
    kept = (CONF_STEP_A, CONF_FALLBACK_A, CONF_OTHER_CONTROLLER, CONF_WAKE_ENTITY)
    advanced = {key: data[key] for key in kept if data.get(key) is not None}
    circuit = {} if data.get(CONF_CIRCUIT) is None else {CONF_CIRCUIT: data[CONF_CIRCUIT]}
    advanced |= {key: data[key] for key in (CONF_VEHICLE, CONF_PAYER) if data.get(key)}
    same = (CONF_CONTROLLABLE, CONF_STAYS_AT_LIMIT, CONF_MIN_A, CONF_MAX_A, CONF_PRIORITY)
    return {
        **{key: data[key] for key in same},
        **({} if data.get(CONF_HARDWARE_LIMIT_A) is None else {CONF_HARDWARE_LIMIT_A: data[CONF_HARDWARE_LIMIT_A]}),
        **circuit,
        **{key: evse[key] for key in (CONF_START_ABOVE_W, CONF_QUIET_S) if key in evse},
        FIELD_WIRED_TO: wired.key_of(Connection(data[CONF_CONNECTION]), tuple(data[CONF_LINES])),
        SECTION_ADVANCED: advanced,
    }
