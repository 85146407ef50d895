"""Turn any charger into a metered, billed, load-balanced charging point."""

from homeassistant.const import Platform
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .services import async_setup_services
from .site.actions.reimbursement import async_keep_rates
from .site.chargers.charger_parts import async_give_up_chargers
from .site.issues import async_delete_issues
from .site.ledger.ledger import LedgerError, asked, async_acquire_ledger, async_release_ledger
from .site.ocpp.central import async_leave_central
from .site.ocpp.subentry import built_from
from .site.owners.versions import async_archive_owners
from .site.runtime import SiteConfigEntry, SiteRuntime

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.DATETIME,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions; sites come as config entries."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SiteConfigEntry) -> bool:
    """Start a site."""
    # First of all: a charger that is added while the site starts is not in what it starts with.
    before = built_from(entry)

    async def changed(hass: HomeAssistant, entry: SiteConfigEntry) -> None:
        if built_from(entry) != before:
            hass.config_entries.async_schedule_reload(entry.entry_id)

    entry.async_on_unload(entry.add_update_listener(changed))
    try:
        ledger = await async_acquire_ledger(hass)
    except LedgerError as err:
        raise _not_ready(err) from err
    site = SiteRuntime(hass, entry, ledger)

    async def close() -> None:
        if await site.async_stop():
            await async_release_ledger(hass)

    try:
        await site.async_start()
        entry.runtime_data = site
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        site.async_watch()
        entry.async_create_background_task(hass, async_keep_rates(hass, site), f"{DOMAIN} reimbursement rates")
    except LedgerError as err:
        await close()
        _leave_central(hass, entry)
        raise _not_ready(err) from err
    except BaseException:
        await close()
        _leave_central(hass, entry)
        raise
    # Awaited before other integrations close, so that the chargers still hear their fallback.
    entry.async_on_unload(hass.async_add_shutdown_job(HassJob(close, "ev_sessions fallback and ledger")))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SiteConfigEntry) -> bool:
    """Stop a site; its chargers are left at their fallback."""
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    if await entry.runtime_data.async_stop():
        await async_release_ledger(hass)
    _leave_central(hass, entry)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: SiteConfigEntry) -> None:
    """Take a removed site out of use; its sessions stay in the ledger."""
    async_delete_issues(hass, entry.entry_id)
    await async_give_up_chargers(hass, entry)
    try:
        ledger = await async_acquire_ledger(hass)
    except LedgerError:
        return
    try:
        known = {site.id for site in await asked(ledger.sites())}
        if entry.entry_id in known:
            await async_archive_owners(ledger, entry.entry_id, dt_util.utcnow())
            await asked(ledger.archive_site(entry.entry_id, dt_util.utcnow()))
    finally:
        await async_release_ledger(hass)


async def async_remove_config_entry_device(hass: HomeAssistant, entry: SiteConfigEntry, device: dr.DeviceEntry) -> bool:
    """Let a person remove a device that stands for nothing any more."""
    names = {name for domain, name in device.identifiers if domain == DOMAIN}
    present = {entry.entry_id, *entry.subentries}
    return not any(name.partition("_")[0] in present for name in names)


def _leave_central(hass: HomeAssistant, entry: SiteConfigEntry) -> None:
    # Not awaited: it waits until it is clear whether the site comes back at once.
    hass.async_create_task(async_leave_central(hass, entry), "ev_sessions central system")


def _not_ready(err: LedgerError) -> ConfigEntryNotReady:
    return ConfigEntryNotReady(
        translation_domain=DOMAIN, translation_key="ledger_failed", translation_placeholders={"reason": str(err)}
    )
