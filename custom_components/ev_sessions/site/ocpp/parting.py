"""A station that belongs to no charger any more: it is left as it was found, and forgotten."""

import asyncio

from homeassistant.core import HomeAssistant

from ...chargers.ocpp.quirks.quirk import Quirks
from ...chargers.ocpp.setup.calls import Calls
from ...chargers.ocpp.setup.put_back import async_put_back
from ...chargers.ocpp.station import Station
from ..clock import Clock
from ..ledger import SHARED_LEDGER, LedgerError, asked
from .found import unique_id_of
from .keeping import dialect_of
from .memory import LedgerSettings

#: A removed charger does not stay for longer than that.
_PUT_BACK_S = 60.0
_CALL_S = 10.0


async def async_leave_as_found(hass: HomeAssistant, station: Station, clock: Clock) -> None:
    """Set what we changed in a station to what it was, as far as it is there and takes it."""
    shared = hass.data.get(SHARED_LEDGER)
    version = station.version
    if shared is None or shared.ledger is None or not station.connected or version is None:
        return
    try:
        async with asyncio.timeout(_PUT_BACK_S):
            known = await asked(shared.ledger.chargers(identity=unique_id_of(station.identity)))
            if known:
                memory = LedgerSettings(shared.ledger, known[-1].id, clock)
                calls = Calls(station, timeout_s=_CALL_S)
                await async_put_back(dialect_of(version, calls, Quirks()), memory)
    except TimeoutError, LedgerError:
        return
