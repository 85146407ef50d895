"""The actions that cut, join, add and put back sessions."""

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
import probatio as vol

from .const import DOMAIN
from .site.access import async_access
from .site.session_cutting import async_add_session, async_merge_sessions, async_split_session, async_undo_edit
from .targets import async_asked_chargers, async_loaded_sites, async_one_site
from .tariff_services import instant

_SPLIT = vol.Schema({vol.Required("session_id"): cv.string, vol.Optional("at"): instant})
_MERGE = vol.Schema({vol.Required("session_ids"): vol.All(cv.ensure_list, [cv.string], vol.Length(min=2, max=2))})
_UNDO = vol.Schema({vol.Required("session_id"): cv.string})
_PERCENT = vol.All(vol.Coerce(float), vol.Range(min=0, max=100))


_ADD = vol.Schema(
    {
        vol.Required("start"): instant,
        vol.Required("end"): instant,
        vol.Required("energy_kwh"): vol.All(vol.Coerce(float), vol.Range(min=0, max=10_000)),
        vol.Optional("cost"): vol.All(vol.Coerce(float), vol.Range(min=-100_000, max=100_000)),
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("charger"): cv.string,
        vol.Optional("vehicle"): cv.string,
        vol.Optional("payer"): cv.string,
        vol.Optional("note"): cv.string,
        vol.Optional("soc_start"): _PERCENT,
        vol.Optional("soc_end"): _PERCENT,
        vol.Optional("odometer_km"): vol.All(vol.Coerce(float), vol.Range(min=0, max=10_000_000)),
    }
)


@callback
def async_setup_session_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "split_session", _split, _SPLIT, SupportsResponse.OPTIONAL)
    register(DOMAIN, "merge_sessions", _merge, _MERGE, SupportsResponse.OPTIONAL)
    register(DOMAIN, "add_session", _add, _ADD, SupportsResponse.OPTIONAL)
    register(DOMAIN, "undo_session_edit", _undo, _UNDO, SupportsResponse.OPTIONAL)


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
