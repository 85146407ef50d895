"""Whether a station belonged to a charger that was removed: then it does not come back by itself."""

from homeassistant.core import HomeAssistant

from ..ledger.ledger import SHARED_LEDGER, LedgerError, asked
from .found import unique_id_of


async def async_was_removed(hass: HomeAssistant, identity: str) -> bool:
    """Tell whether the ledger knows a charger of this identity that is out of use, and none that is in use."""
    shared = hass.data.get(SHARED_LEDGER)
    if shared is None or shared.ledger is None:
        return False
    try:
        known = await asked(shared.ledger.chargers(identity=unique_id_of(identity)))
    except LedgerError:
        return False
    return bool(known) and all(charger.archived_at is not None for charger in known)
