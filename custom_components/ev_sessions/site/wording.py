"""Reasons in the language of Home Assistant."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN
from ..core.reasons import Reason, words

_PREFIX = f"component.{DOMAIN}.common.reason_"


def reason_text(hass: HomeAssistant, reason: Reason) -> str:
    """Return a reason as a sentence, in English where the language has none for it."""
    # Loaded by Home Assistant before it sets up the first entry, and again with another language.
    texts = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    sentence = texts.get(f"{_PREFIX}{reason.key.value}")
    return words(reason, {} if sentence is None else {reason.key: sentence})
