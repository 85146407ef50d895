"""The actions on sessions: to list and count them, to edit, cut, join, add and put them back, to import them."""

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import probatio as vol

from .action_fields import CHARGERS, GIVEN, SITE, SPAN, async_asked, instant
from .const import DOMAIN
from .core.imports import ImportFormat
from .core.sessions.session import SessionStatus
from .core.statistics.sums import Period
from .site.actions.access import async_access
from .site.actions.session_cutting import async_add_session, async_merge_sessions, async_split_session, async_undo_edit
from .site.actions.session_edits import async_delete_session, async_update_session
from .site.actions.session_import import ImportWish, async_import_sessions
from .site.actions.session_queries import SessionQuery, async_get_sessions
from .site.actions.statistics import StatisticsQuery, async_get_statistics
from .site.actions.statistics_json import GroupBy
from .targets import async_asked_chargers, async_loaded_sites, async_one_site

_GET_SESSIONS = vol.Schema(
    {
        **SITE,
        **CHARGERS,
        **SPAN,
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
        **SITE,
        **CHARGERS,
        **SPAN,
        vol.Optional("include_empty", default=False): cv.boolean,
    }
)
_SESSION = vol.Schema({vol.Required("session_id"): cv.string})
_UPDATE_SESSION = _SESSION.extend(
    {
        vol.Optional("note"): vol.Any(None, cv.string),
        vol.Optional("vehicle"): vol.Any(None, cv.string),
        vol.Optional("payer"): vol.Any(None, cv.string),
        **GIVEN,
        **SPAN,
    }
)
_IMPORT_SESSIONS = vol.Schema(
    {
        **SITE,
        vol.Optional("format", default=ImportFormat.EV_SESSIONS): vol.Coerce(ImportFormat),
        vol.Optional("charger"): cv.string,
        vol.Optional("columns", default={}): {cv.string: cv.string},
        vol.Optional("time_format"): cv.string,
        vol.Optional("data"): vol.Any(dict, list, str),
        vol.Optional("path"): cv.string,
        vol.Optional("dry_run", default=False): cv.boolean,
    }
)
_SPLIT = _SESSION.extend({vol.Optional("at"): instant})
_MERGE = vol.Schema({vol.Required("session_ids"): vol.All(cv.ensure_list, [cv.string], vol.Length(min=2, max=2))})
_PERCENT = vol.All(vol.Coerce(float), vol.Range(min=0, max=100))
_ADD = vol.Schema(
    {
        vol.Required("start"): instant,
        vol.Required("end"): instant,
        vol.Required("energy_kwh"): vol.All(vol.Coerce(float), vol.Range(min=0, max=10_000)),
        vol.Optional("cost"): vol.All(vol.Coerce(float), vol.Range(min=-100_000, max=100_000)),
        **SITE,
        vol.Optional("charger"): cv.string,
        vol.Optional("vehicle"): cv.string,
        vol.Optional("payer"): cv.string,
        vol.Optional("note"): cv.string,
        **GIVEN,
        vol.Optional("soc_start"): _PERCENT,
        vol.Optional("soc_end"): _PERCENT,
        vol.Optional("odometer_km"): vol.All(vol.Coerce(float), vol.Range(min=0, max=10_000_000)),
    }
)


@callback
def async_setup_session_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "get_sessions", _get_sessions, _GET_SESSIONS, SupportsResponse.ONLY)
    register(DOMAIN, "get_statistics", _get_statistics, _GET_STATISTICS, SupportsResponse.ONLY)
    register(DOMAIN, "update_session", _update_session, _UPDATE_SESSION, SupportsResponse.OPTIONAL)
    async_register_admin_service(hass, DOMAIN, "delete_session", _delete_session, _SESSION)
    async_register_admin_service(
        hass, DOMAIN, "import_sessions", _import_sessions, _IMPORT_SESSIONS, SupportsResponse.OPTIONAL
    )
    register(DOMAIN, "split_session", _split, _SPLIT, SupportsResponse.OPTIONAL)
    register(DOMAIN, "merge_sessions", _merge, _MERGE, SupportsResponse.OPTIONAL)
    register(DOMAIN, "add_session", _add, _ADD, SupportsResponse.OPTIONAL)
    register(DOMAIN, "undo_session_edit", _undo, _SESSION, SupportsResponse.OPTIONAL)


async def _get_sessions(call: ServiceCall) -> ServiceResponse:
    query = SessionQuery(**async_asked(call))
    access = await async_access(call.hass, call.context)
    return await async_get_sessions(call.hass, async_loaded_sites(call.hass), access, query)


async def _get_statistics(call: ServiceCall) -> ServiceResponse:
    query = StatisticsQuery(**async_asked(call))
    access = await async_access(call.hass, call.context)
    return await async_get_statistics(call.hass, async_loaded_sites(call.hass), access, query)


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


async def _split(call: ServiceCall) -> ServiceResponse:
    hass = call.hass
    access = await async_access(hass, call.context)
    parts = await async_split_session(
        hass, async_loaded_sites(hass), access, call.data["session_id"], call.data.get("at")
    )
    return {"sessions": list(parts)}


async def _merge(call: ServiceCall) -> ServiceResponse:
    hass = call.hass
    access = await async_access(hass, call.context)
    return await async_merge_sessions(hass, async_loaded_sites(hass), access, call.data["session_ids"])


async def _add(call: ServiceCall) -> ServiceResponse:
    hass, wish = call.hass, dict(call.data)
    site = async_one_site(hass, wish.pop("config_entry_id", None))
    device_id = wish.pop("charger", None)
    chargers = [] if device_id is None else list(async_asked_chargers(hass, [device_id]))
    access = await async_access(hass, call.context)
    return await async_add_session(hass, async_loaded_sites(hass), site, access, chargers, wish)


async def _undo(call: ServiceCall) -> ServiceResponse:
    hass = call.hass
    access = await async_access(hass, call.context)
    there = await async_undo_edit(hass, async_loaded_sites(hass), access, call.data["session_id"])
    return {"sessions": list(there)}
