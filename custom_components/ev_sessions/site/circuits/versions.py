"""What circuits were and are: dated versions in the ledger, and those that are gone."""

from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntry

from ...const import CONF_PARENT, SUBENTRY_CIRCUIT
from ...store import Kind, Ledger
from ..config.site import SiteConfig
from ..ledger.ledger import asked


async def async_keep_versions(
    ledger: Ledger, entry: ConfigEntry[Any], site: SiteConfig, now: datetime
) -> dict[str, str | None]:
    """Keep what a site's circuits are from now on; return on what the ones hung that are gone."""
    present = entry.get_subentries_of_type(SUBENTRY_CIRCUIT)
    for subentry in present:
        await asked(
            ledger.put_version(
                Kind.CIRCUIT,
                site_id=entry.entry_id,
                subentry_id=subentry.subentry_id,
                name=subentry.title,
                time_zone=site.time_zone,
                data=dict(subentry.data),
                valid_from=now,
            )
        )
    ids = {subentry.subentry_id for subentry in present}
    newest = [
        one for one in await asked(ledger.versions(Kind.CIRCUIT, newest_only=True)) if one.site_id == entry.entry_id
    ]
    gone = [one for one in newest if one.subentry_id not in ids]
    for one in gone:
        if one.archived_at is None:
            await asked(ledger.archive_thing(Kind.CIRCUIT, one.subentry_id, now))
    return {one.subentry_id: one.data.get(CONF_PARENT) for one in gone}
