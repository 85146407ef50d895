"""What is sent is checked against the schemas of the `ocpp` package; what comes in is not: real stations would fail."""

from collections.abc import Callable
from decimal import Decimal
from enum import IntEnum
import json
import re
from typing import Any

from homeassistant.core import HomeAssistant
from ocpp.messages import get_validator

from .rpc import is_known_action
from .version import Version

_ACTION = re.compile(r"[A-Za-z0-9]{1,64}")
#: 1.6 wants one decimal at most, which no binary float has: these are compared as decimals.
_DECIMALS = {(Version.V16, "SetChargingProfile"), (Version.V16, "RemoteStartTransaction")}


class Kind(IntEnum):
    """Which of an action's two schemas, by its message type."""

    CALL = 2
    RESULT = 3


type _Key = tuple[Version, Kind, str]
#: None: there is no such schema.
_loaded: dict[_Key, Any] = {}
#: What is wrong with an answer that says nothing, which is the answer to almost every report.
_empty: dict[_Key, str | None] = {}


def is_foreign(action: str, version: Version) -> bool:
    """Tell whether an action has a name that one could have, and is none of this version."""
    return _ACTION.fullmatch(action) is not None and not is_known_action(action, version)


async def async_fault(
    hass: HomeAssistant, version: Version, kind: Kind, action: str, payload: dict[str, Any]
) -> str | None:
    """Return what is wrong with a payload, without its values; None where nothing is.

    An action without a schema is at fault as a call. As an answer it is not: the station asked for it.
    """
    key = (version, kind, action)
    if not payload and key in _empty:
        return _empty[key]
    fault = await _async_fault(hass, key, payload)
    if not payload and key in _loaded:
        _empty[key] = fault
    return fault


async def _async_fault(hass: HomeAssistant, key: _Key, payload: dict[str, Any]) -> str | None:
    version, kind, action = key
    if key not in _loaded:
        await hass.async_add_executor_job(_load, key)
    if (validator := _loaded.get(key)) is None:
        return f"OCPP {version} has no action {action[:64]!r}" if kind is Kind.CALL else None
    if kind is Kind.CALL and (version, action) in _DECIMALS:
        try:
            payload = json.loads(json.dumps(payload, allow_nan=False), parse_float=Decimal)
        except (TypeError, ValueError) as bug:
            return str(bug)
    for error in validator.iter_errors(payload):
        # The message of a schema's error quotes the value, which may be a secret.
        where = ".".join(str(step) for step in error.absolute_path)
        return f"{where or action}: {error.validator} {_rule(error.validator, error.validator_value)}".rstrip()
    return None


def _rule(name: Any, value: Any) -> str:
    return str(value)[:200] if name in {"required", "type", "maxLength", "enum", "multipleOf", "maxItems"} else ""


def _own_validator(kind: Kind, action: str, version: Version, parse_float: Callable[[str], Any]) -> Any:
    """Return a validator whose numbers are what we ask for.

    The package keeps the first that anybody asked for: a decimal cannot be held to a schema with floats.
    """
    shared = get_validator(kind, action, version, parse_float)
    return type(shared)(json.loads(json.dumps(shared.schema, default=float), parse_float=parse_float))


def _load(key: _Key) -> None:
    """Read a schema from the disk; blocks."""
    version, kind, action = key
    if len(_loaded) > 1024:
        # Names that somebody made up; the real ones are some four hundred.
        _loaded.clear()
        _empty.clear()
    try:
        if not _ACTION.fullmatch(action):
            raise FileNotFoundError
        parse_float = Decimal if kind is Kind.CALL and (version, action) in _DECIMALS else float
        _loaded[key] = _own_validator(kind, action, version, parse_float)
    except OSError:
        _loaded[key] = None
