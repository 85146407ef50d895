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
from homeassistant.util import dt as dt_util
import probatio as vol

from .const import DOMAIN
from .core.departure import Departure
from .core.energy import kwh_from_mwh, mwh_from_kwh
from .core.imports import ImportFormat
from .core.session import SessionStatus
from .core.statistics import Period
from .price_services import async_setup_price_services
from .session_services import async_setup_session_services
from .site.access import async_access
from .site.circuit_limits import async_circuit_limits
from .site.decisions import DecisionQuery, async_get_decisions
from .site.evse import EvseRuntime
from .site.ocpp.diagnosis import async_trace_of
from .site.ocpp.upgrading import async_upgrade_security
from .site.refusal import command_errors, ledger_errors, refuse
from .site.session_edits import async_delete_session, async_update_session
from .site.session_import import ImportWish, async_import_sessions
from .site.session_limits import session_limit
from .site.session_queries import SessionQuery, async_get_sessions
from .site.station_requests import (
    async_cancel_reservation,
    async_ocpp_call,
    async_reserve,
    async_start_charging,
    async_stop_charging,
    async_update_firmware,
)
from .site.statistics import StatisticsQuery, async_get_statistics
from .site.statistics_json import GroupBy
from .targets import (
    async_asked_chargers,
    async_asked_station,
    async_loaded_sites,
    async_one_evse,
    async_one_site,
    async_site_of_station,
    async_targeted_evses,
)
from .tariff_services import async_setup_tariff_services, instant

_GET_SESSIONS = vol.Schema(
    {
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("charger"): vol.All(cv.ensure_list, [cv.string]),
        vol.Optional("start"): instant,
        vol.Optional("end"): instant,
        vol.Optional("status"): vol.Coerce(SessionStatus),
        vol.Optional("vehicle"): cv.string,
        vol.Optional("payer"): cv.string,
        vol.Optional("id_token"): cv.string,
        vol.Optional("include_periods", default=False): cv.boolean,
        vol.Optional("include_empty", default=False): cv.boolean,
        vol.Optional("limit", default=100): vol.All(vol.Coerce(int), vol.Range(min=1, max=1000)),
        vol.Optional("offset", default=0): vol.All(vol.Coerce(int), vol.Range(min=0, max=10_000_000)),
        vol.Optional("order", default="newest"): vol.In(["newest", "oldest"]),
    }
)
_GET_STATISTICS = vol.Schema(
    {
        vol.Required("period"): vol.Coerce(Period),
        vol.Optional("group_by", default=GroupBy.SITE.value): vol.Coerce(GroupBy),
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("charger"): vol.All(cv.ensure_list, [cv.string]),
        vol.Optional("start"): instant,
        vol.Optional("end"): instant,
        vol.Optional("include_empty", default=False): cv.boolean,
    }
)
_GET_CIRCUIT_LIMITS = vol.Schema(
    {
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("start"): instant,
        vol.Optional("end"): instant,
    }
)
_SESSION = vol.Schema({vol.Required("session_id"): cv.string})
_UPDATE_SESSION = _SESSION.extend(
    {
        vol.Optional("note"): vol.Any(None, cv.string),
        vol.Optional("vehicle"): vol.Any(None, cv.string),
        vol.Optional("payer"): vol.Any(None, cv.string),
        vol.Optional("start"): instant,
        vol.Optional("end"): instant,
    }
)
_IMPORT_SESSIONS = vol.Schema(
    {
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("format", default=ImportFormat.EV_SESSIONS): vol.Coerce(ImportFormat),
        vol.Optional("charger"): cv.string,
        vol.Optional("columns", default={}): {cv.string: cv.string},
        vol.Optional("time_format"): cv.string,
        vol.Optional("data"): vol.Any(dict, list, str),
        vol.Optional("path"): cv.string,
        vol.Optional("dry_run", default=False): cv.boolean,
    }
)
_TARGET = vol.Schema(dict(cv.TARGET_SERVICE_FIELDS))
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
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("charger"): vol.All(cv.ensure_list, [cv.string]),
        vol.Optional("start"): instant,
        vol.Optional("end"): instant,
    }
)
_RECALCULATE_COST = vol.Schema(
    {
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("start"): instant,
        vol.Optional("end"): instant,
        vol.Optional("everything"): cv.boolean,
    }
)
_CHARGER = vol.Schema({vol.Required("charger"): cv.string})
_UPGRADE_SECURITY = vol.Schema(
    {
        vol.Required("charger"): cv.string,
        vol.Required("security_profile"): vol.All(vol.Coerce(int), vol.In([1, 2, 3])),
        vol.Optional("url"): vol.All(cv.string, vol.Match(r"^wss?://"), vol.Length(max=512)),
    }
)
_UPDATE_FIRMWARE = vol.Schema(
    {
        vol.Required("charger"): cv.string,
        vol.Required("url"): vol.All(cv.string, vol.Match(r"^(https?|ftps?)://"), vol.Length(max=512)),
        vol.Optional("retrieve_at"): instant,
    }
)
_RESERVE = _TARGET.extend(
    {
        vol.Required("id_token"): vol.All(cv.string, vol.Length(min=1, max=36)),
        vol.Required("until"): instant,
    }
)
_OCPP_CALL = vol.Schema(
    {
        vol.Required("charger"): cv.string,
        vol.Required("action"): vol.All(cv.string, vol.Length(min=1, max=64)),
        vol.Optional("payload", default=dict): dict,
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "get_sessions", _get_sessions, _GET_SESSIONS, SupportsResponse.ONLY)
    register(DOMAIN, "get_statistics", _get_statistics, _GET_STATISTICS, SupportsResponse.ONLY)
    async_register_admin_service(
        hass, DOMAIN, "get_circuit_limits", _get_circuit_limits, _GET_CIRCUIT_LIMITS, SupportsResponse.ONLY
    )
    register(DOMAIN, "update_session", _update_session, _UPDATE_SESSION, SupportsResponse.OPTIONAL)
    async_register_admin_service(hass, DOMAIN, "delete_session", _delete_session, _SESSION)
    async_register_admin_service(
        hass, DOMAIN, "import_sessions", _import_sessions, _IMPORT_SESSIONS, SupportsResponse.OPTIONAL
    )
    register(DOMAIN, "start_charging", _start_charging, _TARGET)
    register(DOMAIN, "stop_charging", _stop_charging, _TARGET)
    register(DOMAIN, "set_current_limit", _set_current_limit, _SET_CURRENT_LIMIT)
    register(DOMAIN, "get_decisions", _get_decisions, _GET_DECISIONS, SupportsResponse.ONLY)
    register(DOMAIN, "set_departure", _set_departure, _SET_DEPARTURE)
    register(DOMAIN, "set_session_limit", _set_session_limit, _SET_SESSION_LIMIT)
    register(DOMAIN, "reserve_charger", _reserve, _RESERVE)
    register(DOMAIN, "cancel_reservation", _cancel_reservation, _TARGET)
    async_register_admin_service(hass, DOMAIN, "get_ocpp_trace", _get_ocpp_trace, _CHARGER, SupportsResponse.ONLY)
    async_register_admin_service(hass, DOMAIN, "learn_card", _learn_card, _CHARGER)
    async_register_admin_service(hass, DOMAIN, "ocpp_call", _ocpp_call, _OCPP_CALL, SupportsResponse.ONLY)
    async_register_admin_service(hass, DOMAIN, "update_firmware", _update_firmware, _UPDATE_FIRMWARE)
    async_register_admin_service(
        hass, DOMAIN, "upgrade_security", _upgrade_security, _UPGRADE_SECURITY, SupportsResponse.OPTIONAL
    )
    register(DOMAIN, "recalculate_cost", _recalculate_cost, _RECALCULATE_COST, SupportsResponse.OPTIONAL)
    async_setup_tariff_services(hass)
    async_setup_price_services(hass)
    async_setup_session_services(hass)


async def _get_sessions(call: ServiceCall) -> ServiceResponse:
    hass, asked = call.hass, dict(call.data)
    site_id = asked.pop("config_entry_id", None)
    async_loaded_sites(hass, site_id)
    devices = asked.pop("charger", None)
    query = SessionQuery(
        site_id=site_id,
        chargers=None if devices is None else tuple(async_asked_chargers(hass, devices)),
        **asked,
    )
    return await async_get_sessions(hass, async_loaded_sites(hass), await async_access(hass, call.context), query)


async def _get_circuit_limits(call: ServiceCall) -> ServiceResponse:
    sites = async_loaded_sites(call.hass, call.data.get("config_entry_id"))
    with ledger_errors():
        return await async_circuit_limits(sites, call.data.get("start"), call.data.get("end"))


async def _get_statistics(call: ServiceCall) -> ServiceResponse:
    hass, asked = call.hass, dict(call.data)
    site_id = asked.pop("config_entry_id", None)
    async_loaded_sites(hass, site_id)
    devices = asked.pop("charger", None)
    query = StatisticsQuery(
        site_id=site_id,
        chargers=None if devices is None else tuple(async_asked_chargers(hass, devices)),
        **asked,
    )
    return await async_get_statistics(hass, async_loaded_sites(hass), await async_access(hass, call.context), query)


async def _update_session(call: ServiceCall) -> ServiceResponse:
    sites = async_loaded_sites(call.hass)
    wish = dict(call.data)
    session_id = wish.pop("session_id")
    return await async_update_session(call.hass, sites, await async_access(call.hass, call.context), session_id, wish)


async def _delete_session(call: ServiceCall) -> None:
    sites = async_loaded_sites(call.hass)
    await async_delete_session(sites, await async_access(call.hass, call.context), call.data["session_id"])


async def _import_sessions(call: ServiceCall) -> ServiceResponse:
    return await async_import_sessions(
        call.hass,
        async_one_site(call.hass, call.data.get("config_entry_id")),
        await async_access(call.hass, call.context),
        ImportWish(**{name: value for name, value in call.data.items() if name != "config_entry_id"}),
    )


async def _start_charging(call: ServiceCall) -> None:
    async def start(evse: EvseRuntime) -> None:
        await async_start_charging(evse)
        if evse.whose is not None:
            evse.whose.async_starter(call.context.user_id)

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


async def _get_ocpp_trace(call: ServiceCall) -> ServiceResponse:
    station = async_asked_station(call.hass, call.data["charger"])
    return {"frames": [dict(frame) for frame in await async_trace_of(call.hass, station)]}


async def _learn_card(call: ServiceCall) -> None:
    async_asked_station(call.hass, call.data["charger"]).cards.async_learn()


async def _update_firmware(call: ServiceCall) -> None:
    evse = async_one_evse(call.hass, call.data["charger"])
    await async_update_firmware(evse, call.data["url"], call.data.get("retrieve_at", dt_util.utcnow()))


async def _upgrade_security(call: ServiceCall) -> ServiceResponse:
    site, station = async_site_of_station(call.hass, call.data["charger"])
    outcome = await async_upgrade_security(
        call.hass,
        station,
        site.config.ocpp,
        profile=call.data["security_profile"],
        url=call.data.get("url"),
    )
    return {"outcome": outcome.value}


async def _ocpp_call(call: ServiceCall) -> ServiceResponse:
    evse = async_one_evse(call.hass, call.data["charger"])
    return await async_ocpp_call(evse, call.data["action"], call.data["payload"])


async def _recalculate_cost(call: ServiceCall) -> ServiceResponse:
    start, end = call.data.get("start"), call.data.get("end")
    if start is not None and end is not None and end <= start:
        raise refuse("span_reversed")
    sites = async_loaded_sites(call.hass, call.data.get("config_entry_id"))
    access = await async_access(call.hass, call.context)
    if not all(access.may_control_site(site.evses) for site in sites):
        raise Unauthorized(context=call.context)
    if call.data.get("everything"):
        with ledger_errors():
            begun = [await site.costs.async_recalculate_all(start, end) for site in sites]
        if None in begun:
            raise refuse("recosting_goes_on")
        return {"begun": sum(one for one in begun if one is not None)}
    with ledger_errors():
        done = [await site.costs.async_recalculate(start, end) for site in sites]
    return {
        "sessions": sum(one.sessions for one in done),
        "priced_kwh": kwh_from_mwh(sum(one.priced_mwh for one in done)),
        "unpriced_kwh": kwh_from_mwh(sum(one.unpriced_mwh for one in done)),
    }
