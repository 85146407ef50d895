"""The last frames of a station, as its owner may see and send them on: without id tokens and secrets."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
import json
import re
from typing import Any

_FRAMES = 500
#: A longer frame is masked at once and cut; 500 of them are 2 MiB.
_LONGEST = 4096
MASK = "***"

_TOKENS = {"idtag", "parentidtag", "idtoken", "groupidtoken", "iddata", "emaid", "contractid"}
_SECRETS = {
    "password",
    "basicauthpassword",
    "authorizationkey",
    "key_secret",
    "sharedsecret",
    "privatekey",
    "apnpassword",
}
_PERSONAL = {
    "chargeboxserialnumber",
    "chargepointserialnumber",
    "iccid",
    "imsi",
    "meterserialnumber",
    "serialnumber",
}
#: Where signed readings are: they hold the id token of the session.
_SIGNED = {"signedmeterdata"}
#: Configuration keys and variables whose value is a secret, in whichever brand's spelling.
_SECRET_NAME = re.compile(
    r"password|passphrase|secret|authorizationkey|privatekey|token|credential|\bpin\b|apnauth", re.IGNORECASE
)
_URL_SECRETS = re.compile(r"(?<=//)[^/@\s\"]+(?=@)|(?<=\?)[^\s\"]+")
_LOOSE = re.compile(
    r'("(?:idTag|parentIdTag|idToken|groupIdToken|value|password|basicAuthPassword|attributeValue|'
    r'chargePointSerialNumber|chargeBoxSerialNumber|serialNumber|iccid|imsi|signedMeterData)"\s*:\s*")[^"]*',
    re.IGNORECASE,
)


class Direction(StrEnum):
    """Who said it."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedFrame:
    """One frame; `text` is masked."""

    at: datetime
    direction: Direction
    text: str


class Trace:
    """The last 500 frames of a station. They are masked when somebody asks: that costs more than to keep them."""

    def __init__(self) -> None:
        self._frames: deque[tuple[datetime, Direction, str]] = deque(maxlen=_FRAMES)

    def add(self, at: datetime, direction: Direction, text: str) -> None:
        """Keep a frame."""
        if len(text) > _LONGEST:
            text = f"{masked(text[: 16 * _LONGEST])[:_LONGEST]}… ({len(text)} characters)"
        self._frames.append((at, direction, text))

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[TracedFrame]:
        for at, direction, text in tuple(self._frames):
            yield TracedFrame(at=at, direction=direction, text=masked(text))


def masked(text: str) -> str:
    """Return a frame without id tokens, secrets and what names its owner."""
    try:
        content = json.loads(text)
        return _URL_SECRETS.sub(MASK, json.dumps(_mask(content, ""), ensure_ascii=False, separators=(",", ":")))
    except ValueError, RecursionError:
        return _URL_SECRETS.sub(MASK, _LOOSE.sub(rf"\g<1>{MASK}", text))


def _mask(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return _mask_object(value)
    if isinstance(value, list):
        return [_mask(item, name) for item in value]
    if isinstance(value, str) and value:
        return _mask_text(value, name)
    return value


def _mask_object(value: dict[str, Any]) -> dict[str, Any]:
    hidden = _holds_secret(value)
    return {
        key: MASK if hidden and key in {"value", "attributeValue"} and item else _mask(item, key.lower())
        for key, item in value.items()
    }


def _holds_secret(value: dict[str, Any]) -> bool:
    """Tell whether an object's `value` is that of a secret setting, or is signed."""
    if value.get("format") == "SignedData":
        return True
    named = value.get("key")
    variable = value.get("variable")
    if isinstance(variable, dict):
        named = variable.get("name")
    return isinstance(named, str) and _SECRET_NAME.search(named) is not None


def _mask_text(value: str, name: str) -> str:
    if name in _TOKENS or name in _SECRETS or name in _PERSONAL or name in _SIGNED:
        return MASK
    if value[:1] in "{[":
        # JSON in a text, as vendors' data transfers and signed readings have it.
        return masked(value)
    return value
