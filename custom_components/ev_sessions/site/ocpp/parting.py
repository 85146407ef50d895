"""A station that belongs to no charger any more is left as it was found."""

import logging
from typing import Any

from homeassistant.core import HomeAssistant

from ...chargers.ocpp.rpc import Arrival, CallError, ErrorCode
from ...chargers.ocpp.setup.put_back import async_leave_as_found
from ...chargers.ocpp.station import Station
from ...chargers.ocpp.unlimiting import async_take_limits_out
from ..clock import Clock
from ..ledger.ledger import LedgerError, asked, async_acquire_ledger, async_release_ledger
from .found import unique_id_of
from .memory import LedgerSettings

_LOGGER = logging.getLogger(__name__)


async def async_part(hass: HomeAssistant, station: Station, clock: Clock) -> None:
    """Put back what was changed in a station, if it is there; what could not be put back is logged."""
    version = station.version
    if not station.connected or version is None:
        return
    # Nobody else serves it now, and while a call of its own is open it answers none of ours.
    station.handler = _refuse
    try:
        ledger = await async_acquire_ledger(hass)
    except LedgerError:
        return
    try:
        for charger in await asked(ledger.chargers(identity=unique_id_of(station.identity))):
            await async_take_limits_out(station, charger.evse_ids)
            left = await async_leave_as_found(station, version, LedgerSettings(ledger, charger.id, clock))
            if left:
                _LOGGER.warning(
                    "%s keeps settings that were made for its sessions: %s", station.identity, ", ".join(left)
                )
    except LedgerError:
        _LOGGER.warning("What was changed in %s is not known at the moment and stays", station.identity)
    finally:
        await async_release_ledger(hass)


async def _refuse(_action: str, _payload: dict[str, Any], _arrival: Arrival) -> dict[str, Any]:
    raise CallError(ErrorCode.INTERNAL_ERROR, "this station belongs to nobody here")
