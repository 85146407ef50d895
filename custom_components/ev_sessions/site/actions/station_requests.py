"""What people ask of a charger that speaks OCPP, with errors that they can read."""

from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util import dt as dt_util

from ...chargers.ocpp.actions import StationActions
from ...chargers.ocpp.rpc import CallFailedError, InvalidCallError, NotConnectedError, TimedOutError
from ...chargers.ocpp.uploads import async_uploads
from ...core.id_token import IdToken
from ..evse.evse import EvseRuntime
from ..refusal import command_errors, failed, refuse


def station_of(evse: EvseRuntime) -> StationActions:
    """Return what can be done with the station of an EVSE; raise where it is none."""
    if evse.station is None:
        raise refuse("not_ocpp", device_id=evse.charger_device_id)
    return evse.station


async def async_start_charging(evse: EvseRuntime) -> None:
    """Let an EVSE charge; a station begins a transaction, and needs no control for that."""
    if evse.controllable or evse.station is None:
        await evse.wishes.async_set_charging_allowed(allowed=True)
    if evse.station is not None:
        await evse.station.async_start_charge()


async def async_stop_charging(evse: EvseRuntime) -> None:
    """Hold this car back; a station ends the transaction that runs."""
    if evse.controllable or evse.station is None:
        await evse.wishes.async_set_charging_allowed(allowed=False, until_unplugged=True)
    if evse.station is not None:
        await evse.station.async_stop_charge()


async def async_unlock(evse: EvseRuntime) -> None:
    """Let go of the cable."""
    with command_errors(evse.name):
        await station_of(evse).async_unlock()


async def async_restart(evse: EvseRuntime) -> None:
    """Start the whole station anew, once its transactions are over or in order."""
    with command_errors(evse.config.name):
        await station_of(evse).async_reset()


async def async_learn_card(evse: EvseRuntime) -> None:
    """Put the next new card on the list that is held to the charger."""
    if evse.cards is None:
        raise refuse("not_ocpp", device_id=evse.charger_device_id)
    evse.cards.async_learn()


async def async_set_in_service(evse: EvseRuntime, *, in_service: bool) -> None:
    """Take an EVSE out of service, or back."""
    with command_errors(evse.name):
        await station_of(evse).async_set_in_service(in_service=in_service)


async def async_request_log(hass: HomeAssistant, evse: EvseRuntime) -> None:
    """Have the station send its log to us."""
    station = station_of(evse)
    try:
        # From a charger at home: its owner's address in the house, not the one of a cloud.
        base = get_url(hass, allow_cloud=False, prefer_external=False)
    except NoURLAvailableError as err:
        raise refuse("no_url", charger=evse.config.name) from err
    path = async_uploads(hass).async_expect(evse.config.name)
    with command_errors(evse.config.name):
        await station.async_upload_log(f"{base}{path}")


async def async_update_firmware(evse: EvseRuntime, url: str, retrieve_at: datetime) -> None:
    """Have the station get its firmware from somewhere, and install it."""
    with command_errors(evse.config.name):
        await station_of(evse).async_update_firmware(url, retrieve_at)


async def async_reserve(evse: EvseRuntime, id_token: str, until: datetime) -> None:
    """Keep an EVSE for a card or an app id."""
    if until <= dt_util.utcnow():
        raise refuse("reservation_over", charger=evse.name)
    with command_errors(evse.name):
        await station_of(evse).async_reserve(IdToken(value=id_token), until)


async def async_cancel_reservation(evse: EvseRuntime) -> None:
    """Keep an EVSE for nobody any more."""
    with command_errors(evse.name):
        await station_of(evse).async_cancel_reservation()


async def async_ocpp_call(evse: EvseRuntime, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Send any call; return its response or its error."""
    charger = evse.config.name
    try:
        return await station_of(evse).async_call(action, payload)
    except NotConnectedError as err:
        raise failed("station_not_connected", charger=charger) from err
    except TimedOutError as err:
        raise failed("station_silent", charger=charger, action=action) from err
    except InvalidCallError as err:
        raise refuse("ocpp_call_invalid", reason=str(err)) from err
    except CallFailedError as err:
        raise failed("command_failed", charger=charger, reason=str(err)) from err
