"""The actions on chargers that speak OCPP: what each takes, and who does it."""

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.util import dt as dt_util
import probatio as vol

from .action_fields import instant
from .const import DOMAIN
from .site.actions.station_diagnosis import async_trace_of
from .site.actions.station_requests import async_ocpp_call, async_update_firmware
from .site.ocpp.station.upgrading import async_upgrade_security
from .targets import async_asked_station, async_one_evse, async_site_of_station

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
_OCPP_CALL = vol.Schema(
    {
        vol.Required("charger"): cv.string,
        vol.Required("action"): vol.All(cv.string, vol.Length(min=1, max=64)),
        vol.Optional("payload", default=dict): dict,
    }
)


@callback
def async_setup_station_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    async_register_admin_service(hass, DOMAIN, "get_ocpp_trace", _get_ocpp_trace, _CHARGER, SupportsResponse.ONLY)
    async_register_admin_service(hass, DOMAIN, "learn_card", _learn_card, _CHARGER)
    async_register_admin_service(hass, DOMAIN, "ocpp_call", _ocpp_call, _OCPP_CALL, SupportsResponse.ONLY)
    async_register_admin_service(hass, DOMAIN, "update_firmware", _update_firmware, _UPDATE_FIRMWARE)
    async_register_admin_service(
        hass, DOMAIN, "upgrade_security", _upgrade_security, _UPGRADE_SECURITY, SupportsResponse.OPTIONAL
    )


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
