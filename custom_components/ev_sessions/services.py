"""The actions: what each takes, and who does it. They find their sites when they are called."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import probatio as vol

from .action_fields import CHARGERS, GIVEN, SITE, SPAN, instant
from .const import DOMAIN
from .core.energy import mwh_from_kwh
from .core.vehicles.departure import Departure
from .price_services import async_setup_price_services
from .session_services import async_setup_session_services
from .site.actions.access import async_access
from .site.actions.circuit_limits import async_circuit_limits
from .site.actions.decisions import DecisionQuery, async_get_decisions
from .site.actions.station_requests import (
    async_cancel_reservation,
    async_reserve,
    async_start_charging,
    async_stop_charging,
)
from .site.evse.evse import EvseRuntime
from .site.evse.session_limits import session_limit
from .site.refusal import command_errors, ledger_errors, refuse
from .station_services import async_setup_station_services
from .targets import (
    async_asked_chargers,
    async_loaded_sites,
    async_targeted_evses,
)
from .tariff_services import async_setup_tariff_services

_GET_CIRCUIT_LIMITS = vol.Schema(
    {
        **SITE,
        **SPAN,
    }
)
_TARGET = vol.Schema(dict(cv.TARGET_SERVICE_FIELDS))
_START_CHARGING = _TARGET.extend(GIVEN)
_SET_CURRENT_LIMIT = _TARGET.extend(
    {
        vol.Required("current"): vol.All(vol.Coerce(float), vol.Range(min=0)),
        vol.Optional("duration"): vol.All(cv.positive_time_period, vol.Range(min=timedelta(seconds=1))),
    }
)
_PERCENT = vol.All(vol.Coerce(float), vol.Range(min=1, max=100))
_POSITIVE = vol.All(vol.Coerce(float), vol.Range(min=0, min_included=False, max=1_000_000))
_SET_SESSION_LIMIT = _TARGET.extend(
    {
        vol.Optional("energy_kwh"): _POSITIVE,
        vol.Optional("cost"): vol.All(_POSITIVE, lambda cost: Decimal(str(cost))),
        vol.Optional("minutes"): _POSITIVE,
        vol.Optional("soc"): _PERCENT,
    }
)


def _all_of_a_departure(asked: dict[str, Any]) -> dict[str, Any]:
    """Take an instant with either an energy or a state of charge, or none of them."""
    needs = [key for key in ("energy_kwh", "soc") if key in asked]
    if len(needs) != ("departure" in asked):
        raise vol.Invalid("a departure needs either an energy or a state of charge, and they need a departure")
    return asked


_SET_DEPARTURE = vol.All(
    _TARGET.extend(
        {
            vol.Optional("departure"): instant,
            vol.Optional("energy_kwh"): _POSITIVE,
            vol.Optional("soc"): _PERCENT,
        }
    ),
    _all_of_a_departure,
)
_GET_DECISIONS = vol.Schema(
    {
        **SITE,
        **CHARGERS,
        **SPAN,
    }
)
_RESERVE = _TARGET.extend(
    {
        vol.Required("id_token"): vol.All(cv.string, vol.Length(min=1, max=36)),
        vol.Required("until"): instant,
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    async_register_admin_service(
        hass, DOMAIN, "get_circuit_limits", _get_circuit_limits, _GET_CIRCUIT_LIMITS, SupportsResponse.ONLY
    )
    register(DOMAIN, "start_charging", _start_charging, _START_CHARGING)
    register(DOMAIN, "stop_charging", _stop_charging, _TARGET)
    register(DOMAIN, "set_current_limit", _set_current_limit, _SET_CURRENT_LIMIT)
    register(DOMAIN, "get_decisions", _get_decisions, _GET_DECISIONS, SupportsResponse.ONLY)
    register(DOMAIN, "set_departure", _set_departure, _SET_DEPARTURE)
    register(DOMAIN, "set_session_limit", _set_session_limit, _SET_SESSION_LIMIT)
    register(DOMAIN, "reserve_charger", _reserve, _RESERVE)
    register(DOMAIN, "cancel_reservation", _cancel_reservation, _TARGET)
    async_setup_tariff_services(hass)
    async_setup_price_services(hass)
    async_setup_session_services(hass)
    async_setup_station_services(hass)


async def _get_circuit_limits(call: ServiceCall) -> ServiceResponse:
    sites = async_loaded_sites(call.hass, call.data.get("config_entry_id"))
    with ledger_errors():
        return await async_circuit_limits(sites, call.data.get("start"), call.data.get("end"))


async def _start_charging(call: ServiceCall) -> None:
    codes, voucher = call.data.get("code", ()), call.data.get("voucher")
    if voucher and len(async_targeted_evses(call.hass, call)) != 1:
        raise refuse("voucher_for_several")

    async def start(evse: EvseRuntime) -> None:
        await async_start_charging(evse)
        if evse.whose is not None:
            evse.whose.async_starter(call.context.user_id)
            if codes or voucher:
                evse.whose.async_brought(codes, voucher)

    await _async_command(call, start)


async def _stop_charging(call: ServiceCall) -> None:
    await _async_command(call, async_stop_charging)


async def _set_current_limit(call: ServiceCall) -> None:
    current_a, duration = call.data["current"], call.data.get("duration")
    await _async_command(call, lambda evse: evse.wishes.async_set_current_limit(current_a, duration))


async def _get_decisions(call: ServiceCall) -> ServiceResponse:
    hass, asked = call.hass, call.data
    sites = async_loaded_sites(hass, asked.get("config_entry_id"))
    devices = asked.get("charger")
    query = DecisionQuery(
        chargers=None if devices is None else tuple(async_asked_chargers(hass, devices)),
        start=asked.get("start"),
        end=asked.get("end"),
    )
    return async_get_decisions(hass, sites, await async_access(hass, call.context), query)


async def _set_departure(call: ServiceCall) -> None:
    asked = call.data
    if "soc" in asked:
        await _async_command(call, lambda evse: evse.departures.async_set_soc(asked["departure"], asked["soc"]))
        return
    departure: Departure | None = None
    if "departure" in asked:
        departure = Departure(at=asked["departure"], energy_mwh=mwh_from_kwh(asked["energy_kwh"]))
    await _async_command(call, lambda evse: evse.departures.async_set(departure))


async def _set_session_limit(call: ServiceCall) -> None:
    limit = session_limit(
        energy_kwh=call.data.get("energy_kwh"),
        cost=call.data.get("cost"),
        minutes=call.data.get("minutes"),
        soc=call.data.get("soc"),
    )
    await _async_command(call, lambda evse: evse.wishes.async_set_session_limit(limit))


async def _reserve(call: ServiceCall) -> None:
    id_token, until = call.data["id_token"], call.data["until"]
    await _async_command(call, lambda evse: async_reserve(evse, id_token, until))


async def _cancel_reservation(call: ServiceCall) -> None:
    await _async_command(call, async_cancel_reservation)


async def _async_command(call: ServiceCall, command: Callable[[EvseRuntime], Coroutine[Any, Any, None]]) -> None:
    """Command each EVSE of the target; none where one of them may not be commanded."""
    evses = async_targeted_evses(call.hass, call)
    access = await async_access(call.hass, call.context)
    if not all(access.may_control(evse) for evse in evses):
        raise Unauthorized(context=call.context)
    for evse in evses:
        with command_errors(evse.name):
            await command(evse)
