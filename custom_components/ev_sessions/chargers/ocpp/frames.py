"""One frame of OCPP-J: read with leniency, written with none."""

from collections.abc import Callable
from dataclasses import dataclass, field
import json
import math
import re
from typing import Any

import orjson

from .rpc import CallError, ErrorCode, spelled
from .version import Version

#: As a station wrote it, to be echoed to the letter: some send numbers, nothing, or forty characters.
type MessageId = str | int | float | None

#: OCPP-J 2.x, 4.2.3: what stands for a message id that cannot be read.
UNREADABLE_ID = "-1"

_LONGEST_ID = 255
#: No message of any version nests deeper than 12; whoever walks a payload later shall not run out of stack.
_DEEPEST = 64
#: Escapes of what is no character (half of a pair) or what databases do not take (NUL).
_BAD_ESCAPE = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_BAD_CHARACTER = re.compile("[\ud800-\udfff\x00]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request. A SEND of 2.1 is one that wants no answer."""

    message_id: MessageId
    action: str
    payload: dict[str, Any]
    wants_answer: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The answer to a call."""

    message_id: MessageId
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A CALLERROR, or (`of_result`) the CALLRESULTERROR of 2.1: our answer was not understood."""

    message_id: MessageId
    code: str
    description: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    of_result: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """What is no frame of OCPP-J; `answer` is what the specification wants sent back, None: nothing."""

    reason: str
    answer: str | None = None


type Frame = Call | Result | Failure | Malformed


def read(text: str, version: Version) -> Frame:
    """Return what a frame says; never raises, whatever it holds.

    A missing or null payload is an empty one, a number in quotes is a number, and what comes
    after the last element is ignored: real stations do all of these.
    """
    try:
        content = _loads(text)
    except ValueError, RecursionError:
        return _unreadable("not JSON", version)
    if not isinstance(content, list) or not content:
        return _unreadable("not a list", version)
    if text.count("[") + text.count("{") > _DEEPEST and _is_too_deep(content):
        return _unreadable("nested too deeply", version)
    if _BAD_ESCAPE.search(text):
        content = _cleaned(content)
    message_type = _type_of(content[0])
    message_id: Any = content[1] if len(content) > 1 else ...
    reader = _READERS.get(message_type) if message_type is not None else None
    if reader is None or (message_type in _ONLY_21 and version is not Version.V21):
        return _unknown_type(message_id, version)
    if not _is_id(message_id):
        return _unreadable("no message id", version) if message_type == 2 else Malformed(reason="no message id")
    return reader(message_id, content[2:], version)


def write_call(message_id: str, action: str, payload: dict[str, Any]) -> str:
    """Return the frame of a request; ValueError for what is no JSON (NaN among it)."""
    return _dumps([2, message_id, action, payload])


def write_result(message_id: MessageId, payload: dict[str, Any]) -> str:
    """Return the frame of an answer; ValueError for what is no JSON."""
    return _dumps([3, message_id, payload])


def write_error(message_id: MessageId, error: CallError, version: Version | None) -> str:
    """Return the frame of a refusal, in the version's own words."""
    return _dumps([4, message_id, spelled(error.code, version), error.description, error.details])


def _loads(text: str) -> Any:
    """Read JSON; what only Python's own reader takes (NaN, half of a pair of characters) real stations send too."""
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
    if isinstance(content, list) and any(isinstance(element, float) for element in content[:2]):
        # A message id of more than 64 bits, which has to be echoed to the letter.
        return json.loads(text)
    return content


def _dumps(frame: list[Any]) -> str:
    try:
        return json.dumps(frame, separators=(",", ":"), allow_nan=False)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _type_of(element: Any) -> int | None:
    if isinstance(element, str) and len(element) == 1 and element.isascii() and element.isdigit():
        return int(element)
    if isinstance(element, bool) or not isinstance(element, int | float) or not math.isfinite(element):
        return None
    return int(element) if element == int(element) else None


def _is_id(element: Any) -> bool:
    if isinstance(element, str):
        return len(element) <= _LONGEST_ID
    if isinstance(element, bool):
        return False
    if isinstance(element, int):
        return element.bit_length() < _LONGEST_ID
    return element is None or (isinstance(element, float) and math.isfinite(element))


def _read_call(message_id: MessageId, rest: list[Any], version: Version, *, wants_answer: bool = True) -> Frame:
    action, payload = (*rest[:2], None, None)[:2]
    if not isinstance(action, str) or not action:
        reason, error = "no action", CallError(ErrorCode.FORMAT_VIOLATION, "the action is not a text")
    elif not isinstance(payload, dict | None):
        reason, error = "no payload", CallError(ErrorCode.FORMAT_VIOLATION, "the payload is not an object")
    else:
        return Call(message_id=message_id, action=action, payload=payload or {}, wants_answer=wants_answer)
    return Malformed(reason=reason, answer=write_error(message_id, error, version) if wants_answer else None)


def _read_send(message_id: MessageId, rest: list[Any], version: Version) -> Frame:
    return _read_call(message_id, rest, version, wants_answer=False)


def _read_result(message_id: MessageId, rest: list[Any], _version: Version) -> Frame:
    payload = rest[0] if rest else None
    if not isinstance(payload, dict | None):
        return Malformed(reason="an answer that is no object")
    return Result(message_id=message_id, payload=payload or {})


def _read_failure(message_id: MessageId, rest: list[Any], _version: Version, *, of_result: bool = False) -> Frame:
    code, description, details = (*rest[:3], None, None, None)[:3]
    return Failure(
        message_id=message_id,
        code=code if isinstance(code, str) and code else ErrorCode.GENERIC_ERROR,
        description=description if isinstance(description, str) else "",
        details=details if isinstance(details, dict) else {},
        of_result=of_result,
    )


def _read_result_failure(message_id: MessageId, rest: list[Any], version: Version) -> Frame:
    return _read_failure(message_id, rest, version, of_result=True)


_READERS: dict[int, Callable[[MessageId, list[Any], Version], Frame]] = {
    2: _read_call,
    3: _read_result,
    4: _read_failure,
    5: _read_result_failure,
    6: _read_send,
}
_ONLY_21 = (5, 6)


def _unreadable(reason: str, version: Version) -> Malformed:
    """Return what 2.x answers to what is no RPC frame; 1.6 knows no such answer."""
    if not version.is_2:
        return Malformed(reason=reason)
    error = CallError(ErrorCode.RPC_FRAMEWORK_ERROR, reason)
    return Malformed(reason=reason, answer=write_error(UNREADABLE_ID, error, version))


def _unknown_type(message_id: Any, version: Version) -> Malformed:
    """Return what 2.x answers to a message type that it does not know; 1.6 ignores it (OCPP-J 1.6, 4.1.3)."""
    if not version.is_2:
        return Malformed(reason="unknown message type")
    error = CallError(ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, "unknown message type")
    readable = message_id if _is_id(message_id) else UNREADABLE_ID
    return Malformed(reason="unknown message type", answer=write_error(readable, error, version))


def _is_too_deep(content: list[Any]) -> bool:
    level: list[Any] = content
    for _ in range(_DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, list | dict)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return True


def _cleaned(value: Any) -> Any:
    """Return the value without what no database and no other frame could take."""
    if isinstance(value, str):
        return _BAD_CHARACTER.sub("\ufffd", value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value
