"""The least that a message has to say: one that says less could only be answered with a lie.

Much is missing or misspelt in what real stations send, and is taken all the same. But a start
at no connector is no start, and its sender (a test of a central system, as a rule) wants the
error of OCPP-J that names what is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .loose import text_of, whole_of
from .rpc import CallError, ErrorCode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """A property; `reads` is what is understood of it, `allows` what of that may be."""

    name: str
    reads: Callable[[Mapping[str, Any], str], Any]
    allows: Callable[[Any], bool] = lambda _: True


def _object(payload: Mapping[str, Any], name: str) -> Any:
    value = payload.get(name)
    return value if isinstance(value, dict) else None


def _any_text(payload: Mapping[str, Any], name: str) -> Any:
    # Empty and too long ones are texts as well: that no such card may charge is an answer.
    value = payload.get(name)
    return value if isinstance(value, str) else text_of(payload, name)


def _is_number_of_a_place(number: int) -> bool:
    return number >= 0


_CONNECTOR: Final = _Need(name="connectorId", reads=whole_of, allows=_is_number_of_a_place)
_EVENTS: Final = frozenset({"Started", "Updated", "Ended"})
_NEEDS_16: Final[Mapping[str, _Need]] = {
    "Authorize": _Need(name="idTag", reads=_any_text),
    "StartTransaction": _CONNECTOR,
    "StatusNotification": _CONNECTOR,
}
_NEEDS_2: Final[Mapping[str, _Need]] = {
    "Authorize": _Need(name="idToken", reads=_object),
    "StatusNotification": _Need(name="evseId", reads=whole_of, allows=_is_number_of_a_place),
    "TransactionEvent": _Need(name="eventType", reads=_any_text, allows=lambda word: word in _EVENTS),
}


def fault_of(action: str, payload: Mapping[str, Any], *, is_2: bool) -> CallError | None:
    """Return the error of a message that says too little to be answered; None where it says enough."""
    need = (_NEEDS_2 if is_2 else _NEEDS_16).get(action)
    if need is None:
        return None
    if payload.get(need.name) is None:
        return CallError(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, f"{need.name} is missing")
    if (value := need.reads(payload, need.name)) is None:
        return CallError(ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{need.name} is of another type")
    if not need.allows(value):
        return CallError(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"{need.name} is none that there is")
    return None
