"""Holding the ledger still while its file is copied."""

import asyncio

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ...store import Ledger, LedgerError
from ..refusal import failed
from .ledger import SHARED_LEDGER, asked

#: What waits is written in moments; a database that takes no writes would hold up the backup for ever.
_PATIENCE_S = 60.0


#: The ledger that is held: another one may be open when the backup is over.
_HELD: HassKey[Ledger] = HassKey("ev_sessions_held_ledger")


async def async_hold_ledger(hass: HomeAssistant) -> None:
    """Bring all that waits into the file, and let later writes wait in memory."""
    shared = hass.data.get(SHARED_LEDGER)
    if shared is None or shared.ledger is None:
        return
    hass.data[_HELD] = shared.ledger
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await asked(shared.ledger.pause_for_backup())
    except LedgerError as err:
        async_release_held(hass)
        raise failed("ledger_failed", reason=str(err)) from err
    except TimeoutError as err:
        async_release_held(hass)
        raise failed("ledger_failed", reason=f"it took no writes for {_PATIENCE_S:.0f} s") from err


def async_release_held(hass: HomeAssistant) -> bool:
    """Let the ledger write again; return whether it was still all the time."""
    held = hass.data.pop(_HELD, None)
    return held is None or held.resume_after_backup()
