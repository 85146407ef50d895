"""The section in which an owner says otherwise of a station than what is known of its brand."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig, SelectSelectorMode, TextSelector
import probatio as vol

from ..site.ocpp.station.brand import MEASURANDS, Brand
from .fields import choice, optional, seconds, whole

SECTION_BRAND: Final = "brand"

_REMOTE_START: Final = "needs_remote_start"
_RATE_UNITS: Final = "rate_units"
_STACK_LEVEL: Final = "stack_level"
_SAMPLES: Final = "least_sample_interval_s"
_CONNECTION: Final = "connection_timeout_s"
_WITHOUT: Final = "unwanted_measurands"
_VENDOR_LIMIT: Final = "vendor_limit"
_LIMIT_KEY: Final = "limit_key"
_LIMIT_PER_A: Final = "limit_per_a"

_YES_NO: Final = {"yes": True, "no": False}
_UNITS: Final = {"amperes": ["A"], "watts": ["W"], "both": ["A", "W"]}
#: What the section asks for; other overrides that are there stay.
_ASKED: Final = (_REMOTE_START, _RATE_UNITS, _STACK_LEVEL, _SAMPLES, _CONNECTION, _WITHOUT, _VENDOR_LIMIT)


def quirk_section() -> dict[Any, Any]:
    """Return the section; what is left empty is as it is known of the brand."""
    measurands = SelectSelectorConfig(options=list(MEASURANDS), multiple=True, mode=SelectSelectorMode.DROPDOWN)
    asked = vol.Schema(
        {
            optional(_REMOTE_START): choice(list(_YES_NO), "yes_no"),
            optional(_RATE_UNITS): choice(list(_UNITS), "rate_units"),
            optional(_STACK_LEVEL): whole(0, 99),
            optional(_SAMPLES): seconds(),
            optional(_CONNECTION): seconds(),
            optional(_WITHOUT): SelectSelector(measurands),
            optional(_LIMIT_KEY): TextSelector(),
            optional(_LIMIT_PER_A): whole(1, 1000),
        }
    )
    return {vol.Required(SECTION_BRAND): section(asked, {"collapsed": True})}


def overrides_from(answers: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the owner says otherwise, in the words of the brands' data."""
    said: dict[str, Any] = {name: value for name, value in before.items() if name not in _ASKED}
    if (start := answers.get(_REMOTE_START)) is not None:
        said[_REMOTE_START] = _YES_NO[start]
    if (units := answers.get(_RATE_UNITS)) is not None:
        said[_RATE_UNITS] = _UNITS[units]
    said |= {
        name: int(answers[name]) for name in (_STACK_LEVEL, _SAMPLES, _CONNECTION) if answers.get(name) is not None
    }
    if without := answers.get(_WITHOUT):
        said[_WITHOUT] = list(without)
    if key := (answers.get(_LIMIT_KEY) or "").strip():
        said[_VENDOR_LIMIT] = {"key": key, "per_a": int(answers.get(_LIMIT_PER_A) or 1)}
    return said


def answers_from(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers that were given."""
    answers = {name: overrides[name] for name in (_STACK_LEVEL, _SAMPLES, _CONNECTION, _WITHOUT) if name in overrides}
    if _REMOTE_START in overrides:
        answers[_REMOTE_START] = "yes" if overrides[_REMOTE_START] else "no"
    units = overrides.get(_RATE_UNITS)
    if (name := next((name for name, said in _UNITS.items() if said == units), None)) is not None:
        answers[_RATE_UNITS] = name
    if limit := overrides.get(_VENDOR_LIMIT):
        answers |= {_LIMIT_KEY: limit["key"], _LIMIT_PER_A: limit.get("per_a", 1)}
    return answers


def told(brand: Brand, texts: Mapping[str, str]) -> str:
    """Return what is known of a brand as sentences."""
    words = "selector.ocpp_quirk.options."
    if not brand.facts:
        return texts[f"{words}nothing"]
    lines = [texts[f"{words}known"].format(brand=", ".join(brand.names))]
    lines += [f"- {texts[words + name].format(value=value)}" for name, value in brand.facts.items()]
    return "\n".join(lines)
