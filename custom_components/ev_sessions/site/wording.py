"""Reasons, happenings and names in the language of Home Assistant."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN
from ..core.balancing.history import Decided
from ..core.balancing.reasons import Reason, words

_PREFIX = f"component.{DOMAIN}.common."

#: What happened to a session by which it is worth a line how much was charged.
_SUMMED_UP = frozenset({"completed", "disconnected", "limit_reached"})


def reason_text(hass: HomeAssistant, reason: Reason) -> str:
    """Return a reason as a sentence, in English where the language has none for it."""
    sentence = _text(hass, f"reason_{reason.key.value}")
    return words(reason, {} if sentence is None else {reason.key: sentence})


def decided_json(hass: HomeAssistant, decided: Decided, zone: ZoneInfo) -> dict[str, Any]:
    """Return one decision as JSON values."""
    return {
        "at": decided.at.astimezone(zone).isoformat(timespec="seconds"),
        "limit_a": decided.limit_a,
        "reason": reason_text(hass, decided.reason),
        "reason_key": decided.reason.key.value,
    }


def happening_text(hass: HomeAssistant, happening: Mapping[str, Any]) -> str:
    """Return what happened to a session as the end of a sentence that begins with its charger."""
    kind = str(happening.get("type"))
    said = _text(hass, f"logbook_{kind}") or kind.replace("_", " ")
    if kind not in _SUMMED_UP or "energy_kwh" not in happening:
        return said
    figures = f"{happening['energy_kwh']:.1f} kWh"
    if "cost" in happening:
        figures = f"{figures}, {happening['cost']} {happening.get('currency')}"
    return f"{said}: {figures}"


def statistic_name(hass: HomeAssistant, kind: str, charger: str) -> str:
    """Return what the statistic of a charger is called: "Garage energy"."""
    return (_text(hass, f"statistic_{kind}") or f"{{charger}} {kind}").format(charger=charger)


def ask_text(hass: HomeAssistant, *, charger: str, time: str, vehicles: str) -> tuple[str, str]:
    """Return title and text of the question whose a session is."""
    title = _text(hass, "ask_title") or "Which car is at {charger}?"
    said = _text(hass, "ask_text") or "Since {time} a car has been plugged in that nobody knows: {vehicles}?"
    return title.format(charger=charger), said.format(charger=charger, time=time, vehicles=vehicles)


def elsewhere_name(hass: HomeAssistant) -> str:
    """Return what the place is called that is no charger of a site."""
    return _text(hass, "elsewhere") or "Elsewhere"


def _text(hass: HomeAssistant, key: str) -> str | None:
    # Loaded by Home Assistant before it sets up the first entry, and again with another language.
    return async_get_cached_translations(hass, hass.config.language, "common", DOMAIN).get(f"{_PREFIX}{key}")
