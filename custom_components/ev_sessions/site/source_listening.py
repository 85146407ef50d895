"""Who hears what happens to the entities of a site: its issues, its configuration, and the log."""

from functools import partial
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..sources.watch import SourceListener
from .issues import IssueBook
from .renames import async_entity_renamed

_LOGGER = logging.getLogger(__name__)


def source_listener(
    hass: HomeAssistant, entry: ConfigEntry[Any], issues: IssueBook, name: str, *, site: str | None = None
) -> SourceListener:
    """Return who hears of the entities of a charger, a circuit or the site that is called so."""
    return SourceListener(
        on_problem=lambda problem: issues.source_problem(problem, name),
        on_cured=issues.source_cured,
        on_renamed=partial(async_tell_renamed, hass, entry, site or name),
    )


@callback
def async_tell_renamed(hass: HomeAssistant, entry: ConfigEntry[Any], site: str, old_id: str, new_id: str) -> None:
    """Write an entity's new id into the configuration."""
    _LOGGER.info("%s: %s is called %s now", site, old_id, new_id)
    async_entity_renamed(hass, entry, old_id, new_id)
