"""Chargers that were removed: their sessions stay in the ledger, and go on with one of the same identity."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState

from ...store import ChargerRecord, Ledger, LedgerError
from .ledger import asked_or_closed


async def async_removed_charger(entry: ConfigEntry[Any], identity: str) -> ChargerRecord | None:
    """Return the site's charger of this identity that was removed last; None where there is none."""
    if entry.state is not ConfigEntryState.LOADED:
        return None
    ledger: Ledger = entry.runtime_data.ledger
    in_use = {subentry.subentry_id for subentry in entry.subentries.values()}
    try:
        found = await asked_or_closed(ledger.chargers(site_id=entry.entry_id, identity=identity))
    except LedgerError:
        return None  # as while the site starts anew
    # A removal that the site has not taken in yet counts as one.
    removed = [record for record in found if record.subentry_id not in in_use]
    return removed[-1] if removed else None
