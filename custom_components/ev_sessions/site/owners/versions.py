"""What vehicles and payers were and are: dated versions in the ledger, to which sessions refer."""

from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

from ...const import SUBENTRY_PAYER, SUBENTRY_VEHICLE
from ...store import Kind, Ledger
from ..ledger.ledger import asked

_KINDS: Final = {SUBENTRY_VEHICLE: Kind.VEHICLE, SUBENTRY_PAYER: Kind.PAYER}


async def async_keep_owners(ledger: Ledger, entry: ConfigEntry[Any], time_zone: str, now: datetime) -> None:
    """Keep what a site's vehicles and payers are from now on; those that are gone are out of use."""
    for name, kind in _KINDS.items():
        present = entry.get_subentries_of_type(name)
        ids = set()
        for subentry in present:
            ids.add(subentry.subentry_id)
            await asked(
                ledger.put_version(
                    kind,
                    site_id=entry.entry_id,
                    subentry_id=subentry.subentry_id,
                    name=subentry.title,
                    time_zone=time_zone,
                    data=dict(subentry.data),
                    valid_from=now,
                    thing_id=subentry.unique_id,
                )
            )
        for one in await asked(ledger.versions(kind, newest_only=True)):
            if one.site_id == entry.entry_id and one.subentry_id not in ids and one.archived_at is None:
                await asked(ledger.archive_thing(kind, one.subentry_id, now))


async def async_archive_owners(ledger: Ledger, site_id: str, now: datetime) -> None:
    """Take the vehicles and payers of a removed site out of use; their sessions stay."""
    for kind in _KINDS.values():
        for one in await asked(ledger.versions(kind, newest_only=True)):
            if one.site_id == site_id and one.archived_at is None:
                await asked(ledger.archive_thing(kind, one.subentry_id, now))
