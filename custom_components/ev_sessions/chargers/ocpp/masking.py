"""Frames without what is nobody else's business: id tokens, secrets, and what names a person or a device."""

import json
import re
from typing import Any

MASK = "***"

#: Names of properties, in small letters, whose text is masked wherever they stand.
_HIDDEN = {
    # id tokens
    "additionalidtoken",
    "emaid",
    "groupidtoken",
    "idtag",
    "idtoken",
    "parentidtag",
    # secrets
    "apnpassword",
    "authorizationkey",
    "basicauthpassword",
    "password",
    "privatekey",
    "sharedsecret",
    # who and which
    "chargeboxserialnumber",
    "chargepointserialnumber",
    "customeridentifier",
    "iccid",
    "imsi",
    "meterserialnumber",
    "serialnumber",
    # signed readings and ISO 15118 hold the id token of the session
    "exirequest",
    "exiresponse",
    "signedmeterdata",
}
#: Where files are fetched from or sent to: the path may be the permission.
_PLACES = {"firmwareurl", "location", "remotelocation", "uploadurl"}
#: Settings of 1.6 and variables of 2.x whose value is a secret, in whichever brand's spelling.
_SECRET_SETTING = re.compile(
    r"password|passphrase|passwd|pwd|secret|authorizationkey|privatekey|token|credential|\bpin\b|psk", re.IGNORECASE
)
_VALUES = {"attributeValue", "value"}

_URL_USER = re.compile(r"(?<=://)[^/@\s\"]+(?=@)")
_URL_QUERY = re.compile(r"(://[^\s\"?]+\?)[^\s\"\\]+")
_URL_PATH = re.compile(r"^(\w+://[^/]*/).*$", re.DOTALL)
#: What stands behind an equals sign or a colon, in a text that is no JSON.
_TOLD = re.compile(r"([=:]\s*[\"']?)[^\s\"',]+")
#: Characters that are half of one can be in no file.
_HALF = re.compile("[\ud800-\udfff]")


def masked(text: str) -> str:
    """Return a frame as it may be shown and sent on."""
    try:
        hidden = json.dumps(_mask(json.loads(text), ""), ensure_ascii=False, separators=(",", ":"))
    except ValueError, RecursionError:
        hidden = _beginning(text)
    return _HALF.sub("\ufffd", _URL_QUERY.sub(rf"\g<1>{MASK}", _URL_USER.sub(MASK, hidden)))


def _beginning(text: str) -> str:
    """Return what can be shown of what is no JSON: where names end and values begin is anybody's guess there."""
    head, brace, rest = text.partition("{")
    shown = _TOLD.sub(rf"\g<1>{MASK}", head[:200])
    return f"{shown}{brace}{MASK}" if rest or len(head) > len(shown) else shown


def _mask(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return _mask_object(value)
    if isinstance(value, list):
        return [_mask(item, name) for item in value]
    if name in _HIDDEN and value not in {None, ""}:
        return MASK
    return _mask_text(value, name) if isinstance(value, str) else value


def _mask_object(value: dict[str, Any]) -> dict[str, Any]:
    hidden = _has_secret_value(value)
    return {
        key: MASK if hidden and key in _VALUES and item else _mask(item, key.lower()) for key, item in value.items()
    }


def _has_secret_value(value: dict[str, Any]) -> bool:
    """Tell whether an object is a secret setting with its value, or a signed reading."""
    if value.get("format") == "SignedData":
        return True
    variable = value.get("variable")
    name = variable.get("name") if isinstance(variable, dict) else value.get("key")
    return isinstance(name, str) and _SECRET_SETTING.search(name) is not None


def _mask_text(value: str, name: str) -> str:
    if name in _PLACES:
        return _URL_PATH.sub(rf"\g<1>{MASK}", value)
    if value[:1] in {"{", "["}:
        # JSON in a text, as vendors' data transfers have it.
        return masked(value)
    return value
