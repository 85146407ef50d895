"""Sentences that a form is filled with: chosen by us, written in the translations."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN


async def async_texts(hass: HomeAssistant) -> dict[str, str]:
    """Return our texts in the language of the house, by their keys without our name."""
    texts: dict[str, str] = {}
    for category in ("config_subentries", "selector"):
        texts |= await async_get_translations(hass, hass.config.language, category, [DOMAIN])
    return {key.removeprefix(f"component.{DOMAIN}."): text for key, text in texts.items()}
