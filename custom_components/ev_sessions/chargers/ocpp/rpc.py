"""What two sides of OCPP-J say of calls: errors and their codes, as each version spells them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from ocpp.v16.enums import Action as Action16
from ocpp.v21.enums import Action as Action21
from ocpp.v201.enums import Action as Action201

from .version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a call came: by which id, and when its frame was read (UTC), however long it waits for its turn then."""

    message_id: str
    at: datetime


#: Serves one call of a station: (action, payload, how it came) to the answer's payload; raises CallError.
type IncomingHandler = Callable[[str, dict[str, Any], Arrival], Awaitable[dict[str, Any]]]


@runtime_checkable
class TakesReports(Protocol):
    """An IncomingHandler that may take a report after it was answered."""

    def async_take_report(self, action: str, payload: dict[str, Any]) -> bool:
        """Take a call whose answer says nothing; False where it has to be served as any other."""
        ...


#: RPC framework, "errorDescription": string[255].
_LONGEST_DESCRIPTION = 255


class ErrorCode(StrEnum):
    """The errors of OCPP-J as 2.1 spells them; `spelled` tells how the other versions do."""

    FORMAT_VIOLATION = "FormatViolation"
    GENERIC_ERROR = "GenericError"
    INTERNAL_ERROR = "InternalError"
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    NOT_IMPLEMENTED = "NotImplemented"  # the action is not known
    NOT_SUPPORTED = "NotSupported"  # the action is known, and not served
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    PROTOCOL_ERROR = "ProtocolError"
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"
    SECURITY_ERROR = "SecurityError"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"


#: OCPP-J 1.6, 4.2.3: two typing errors that became the standard, and two codes that came later.
_SPELLED_16 = {
    ErrorCode.FORMAT_VIOLATION: "FormationViolation",
    ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",
    ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED: "GenericError",
    ErrorCode.RPC_FRAMEWORK_ERROR: "GenericError",
}

_ACTIONS: dict[Version, frozenset[str]] = {
    Version.V16: frozenset(Action16),
    Version.V201: frozenset(Action201),
    Version.V21: frozenset(Action21),
}


class CallError(Exception):
    """A call that is answered with a CALLERROR; raise it in a handler. `code` is best an ErrorCode."""

    def __init__(self, code: str, description: str = "", details: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {description}" if description else code)
        self.code = code
        self.description = description[:_LONGEST_DESCRIPTION]
        self.details = details or {}


class CallFailedError(Exception):
    """A call of ours that brought no answer."""


class NotConnectedError(CallFailedError):
    """The station is not there, or went away before it answered."""


class TimedOutError(CallFailedError):
    """The station did not answer in time."""


class QueueFullError(CallFailedError):
    """Too many calls wait for this station already."""


class InvalidCallError(CallFailedError, ValueError):
    """What was to be sent is not what the schema of the action asks for; nothing was sent."""


class RefusedError(CallFailedError, CallError):
    """The station answered with a CALLERROR."""


def spelled(code: str, version: Version | None) -> str:
    """Return how a version of OCPP-J spells an error code."""
    if version is Version.V16 and code in ErrorCode:
        return _SPELLED_16.get(ErrorCode(code), code)
    return code


def is_known_action(action: str, version: Version) -> bool:
    """Tell whether a version of OCPP knows an action at all."""
    return action in _ACTIONS[version]


def not_served(action: str, version: Version) -> CallError:
    """Return the answer to an action that nobody serves here."""
    if is_known_action(action, version):
        return CallError(ErrorCode.NOT_SUPPORTED, "this action is not served here")
    return CallError(ErrorCode.NOT_IMPLEMENTED, "this action is not known here")
