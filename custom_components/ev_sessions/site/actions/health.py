"""How the ledger and the chargers are, for Home Assistant's page on its own health."""

from typing import Any

from homeassistant.core import HomeAssistant

from ..ledger.ledger import SHARED_LEDGER, LedgerError, asked
from ..runtime import SiteRuntime

_MB = 1_000_000


async def async_health(hass: HomeAssistant, sites: list[SiteRuntime]) -> dict[str, Any]:
    """Return what is shown; a ledger that cannot be read says why."""
    evses = [evse for site in sites for evse in site.evses]
    chargers = {"chargers_online": f"{sum(evse.view.available for evse in evses)}/{len(evses)}"}
    shared = hass.data.get(SHARED_LEDGER)
    ledger = None if shared is None else shared.ledger
    if ledger is None:
        return chargers
    try:
        figures = await asked(ledger.figures())
    except LedgerError as err:
        return {**chargers, "ledger": str(err)}
    size = None if figures.size_bytes is None else f"{figures.size_bytes / _MB:.1f} MB"
    shown = {
        **chargers,
        "sessions": figures.sessions,
        "ledger_size": size,
        "ledger_version": figures.schema_version,
        "last_write": ledger.last_written_at,
        "waiting_writes": ledger.waiting_writes,
    }
    return {key: value for key, value in shown.items() if value is not None}
