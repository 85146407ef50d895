"""The order in which a site is plugged together when it starts."""

from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant

from ..core.statistics.month import month_of
from .building import SiteBuilder
from .clock import read_boot_id
from .ledger.known import async_beginning, async_register_chargers
from .ledger.ledger import asked

if TYPE_CHECKING:
    from .runtime import SiteRuntime


async def async_plug_together(hass: HomeAssistant, site: SiteRuntime, build: SiteBuilder) -> dict[str, Any]:
    """Take up what the ledger knows, and make the site's parts of it; return the site's own settings."""
    now, ledger = site.clock().utc, site.ledger
    site_device = await build.async_site()
    await site.owners.async_start(site.config.time_zone, site_device.id)
    boot_id = await hass.async_add_executor_job(read_boot_id)
    settings = await asked(ledger.settings())
    own = settings.get(site.entry_id, {})
    site.balancing = own.get("balancing", True)
    await build.async_tree()
    site.house.begin(own)
    chargers = await asked(ledger.chargers(site_id=site.entry_id))
    site.fallbacks.begin(chargers, settings)
    configs = build.charger_configs(site.fallbacks, site.house.worst_a)
    await build.async_central(configs)
    records = await async_register_chargers(ledger, site.entry_id, configs, now)
    snapshots = await asked(ledger.snapshots())
    await build.async_prices(records, snapshots)
    site.price_shown.begin(own)
    for config, record in zip(configs, records, strict=True):
        build.charger(config, record, settings, site_device_id=site_device.id, boot_id=boot_id)
    for evse in site.evses:
        month = month_of(site.clock().utc, site.zone)
        known = await async_beginning(ledger, evse.evse_id, snapshots.get(evse.evse_id), month, site.currency)
        before, source = evse.async_take_source()
        evse.recorder.async_begin(known, site.clock(), source=source, source_before=before)
        await site.owners.async_begin(evse, known)
    site.decisions.async_begin(site.evses, settings)
    site.alerts.async_begin(site.evses, settings)
    build.circuits(settings, site_device_id=site_device.id)
    build.load(settings, balancing=site.balancing)
    return own
