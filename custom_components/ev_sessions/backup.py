"""Backups: the ledger's file is whole, and still while it is copied."""

from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .site.ledger.backup import async_hold_ledger, async_release_held
from .site.refusal import failed
from .site.runtime import SiteConfigEntry


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Bring all that is known into the file; later writes wait in memory."""
    entries: list[SiteConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        await entry.runtime_data.async_flush()
    await async_hold_ledger(hass)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Write again what waited; say so where the copy may have been taken while the ledger was written."""
    if not async_release_held(hass):
        raise failed("backup_not_whole")
