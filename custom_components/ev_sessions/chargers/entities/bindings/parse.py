"""Read bindings from the charger's subentry; a plain entity id is a number, or a switch."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.const import CONF_ENTITY_ID

from ....sources.reference import Reference
from .action import ActionEnable, ActionLimit, ActionPhases, ActionTemplate
from .binding import EnableBinding, LimitBinding, PhasesBinding
from .buttons import ButtonsEnable
from .fail_safe import FailSafeBinding
from .lock import LockEnable
from .number import NumberLimit, NumberPhases
from .readback import parse_readback
from .select import SelectEnable, SelectLimit, SelectPhases
from .switch import SwitchEnable, SwitchPhases

CONF_KIND = "kind"
CONF_READBACK = "readback"
CONF_PAUSE = "pause"

type _Data = Mapping[str, Any]


def limit_from_data(data: str | _Data | None) -> LimitBinding | None:
    """Read an EVSE's `limit`."""
    if data is None:
        return None
    return NumberLimit(entity_id=data) if isinstance(data, str) else _LIMITS[data[CONF_KIND]](data)


def enable_from_data(data: str | _Data | None) -> EnableBinding | None:
    """Read an EVSE's `enable`."""
    if data is None:
        return None
    return SwitchEnable(entity_id=data) if isinstance(data, str) else _ENABLES[data[CONF_KIND]](data)


def phases_from_data(data: _Data | None) -> PhasesBinding | None:
    """Read an EVSE's `phases`."""
    return None if data is None else _PHASES[data[CONF_KIND]](data)


def fail_safe_from_data(data: _Data | None) -> FailSafeBinding | None:
    """Read an EVSE's `fail_safe_set`."""
    if data is None:
        return None
    return FailSafeBinding(
        template=template_from_data(data),
        timeout_s=float(data["timeout_s"]),
        timeout_shown=parse_readback(data.get("timeout_shown")),
        fallback_shown=parse_readback(data.get("fallback_shown")),
    )


def template_from_data(data: _Data) -> ActionTemplate:
    """Read an action with its data and its target."""
    return ActionTemplate(action=data["action"], data=data.get("data") or {}, target=data.get("target") or {})


def _readback(data: _Data) -> Reference | None:
    return parse_readback(data.get(CONF_READBACK))


def _float(data: _Data, key: str) -> float | None:
    value = data.get(key)
    return None if value is None else float(value)


def _number_limit(data: _Data) -> LimitBinding:
    return NumberLimit(
        entity_id=data[CONF_ENTITY_ID],
        unit=data.get("unit"),
        full_a=_float(data, "full_a"),
        readback=_readback(data),
    )


def _select_limit(data: _Data) -> LimitBinding:
    options = {str(option): float(limit_a) for option, limit_a in data["options"].items()}
    return SelectLimit(entity_id=data[CONF_ENTITY_ID], options=options, readback=_readback(data))


def _action_limit(data: _Data) -> LimitBinding:
    step_a = _float(data, "step_a")
    return ActionLimit(
        template=template_from_data(data),
        min_a=_float(data, "min_a"),
        max_a=_float(data, "max_a"),
        step_a=1.0 if step_a is None else step_a,
        readback=_readback(data),
    )


def _switch_enable(data: _Data) -> EnableBinding:
    return SwitchEnable(
        entity_id=data[CONF_ENTITY_ID], inverted=bool(data.get("inverted", False)), readback=_readback(data)
    )


def _select_enable(data: _Data) -> EnableBinding:
    return SelectEnable(entity_id=data[CONF_ENTITY_ID], on=data["on"], off=data["off"], readback=_readback(data))


def _buttons_enable(data: _Data) -> EnableBinding:
    return ButtonsEnable(on=data["on"], off=data["off"], readback=_readback(data))


def _lock_enable(data: _Data) -> EnableBinding:
    return LockEnable(entity_id=data[CONF_ENTITY_ID], readback=_readback(data))


def _action_enable(data: _Data) -> EnableBinding:
    return ActionEnable(
        on=template_from_data(data["on"]), off=template_from_data(data["off"]), readback=_readback(data)
    )


def _number_phases(data: _Data) -> PhasesBinding:
    return NumberPhases(
        entity_id=data[CONF_ENTITY_ID],
        one=float(data.get("one", 1)),
        three=float(data.get("three", 3)),
        pauses=_pauses(data),
    )


def _select_phases(data: _Data) -> PhasesBinding:
    return SelectPhases(entity_id=data[CONF_ENTITY_ID], one=data["one"], three=data["three"], pauses=_pauses(data))


def _switch_phases(data: _Data) -> PhasesBinding:
    on_phases = int(data.get("on_phases", 3))
    return SwitchPhases(entity_id=data[CONF_ENTITY_ID], on_phases=on_phases, pauses=_pauses(data))


def _action_phases(data: _Data) -> PhasesBinding:
    return ActionPhases(template=template_from_data(data), pauses=_pauses(data))


def _pauses(data: _Data) -> bool:
    # Contactors last longest where no current flows while they move.
    return bool(data.get(CONF_PAUSE, True))


_LIMITS: Mapping[str, Callable[[_Data], LimitBinding]] = {
    "number": _number_limit,
    "select": _select_limit,
    "action": _action_limit,
}
_ENABLES: Mapping[str, Callable[[_Data], EnableBinding]] = {
    "switch": _switch_enable,
    "select": _select_enable,
    "buttons": _buttons_enable,
    "lock": _lock_enable,
    "action": _action_enable,
}
_PHASES: Mapping[str, Callable[[_Data], PhasesBinding]] = {
    "number": _number_phases,
    "select": _select_phases,
    "switch": _switch_phases,
    "action": _action_phases,
}
