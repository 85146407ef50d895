"""The actions on tariffs: what each takes, and who does it."""

from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio as vol

from .const import DOMAIN
from .core.tariff.writing import OcpiVersion
from .site.access import async_access
from .site.cost_calculation import CostQuestion, async_calculate_cost
from .site.tariff_comparison import ComparisonQuery, async_compare_tariffs
from .site.tariff_export import export_tariff
from .targets import async_asked_chargers, async_loaded_sites


def instant(value: Any) -> datetime:
    """Validate an instant; one without an offset, as the UI gives it, is in Home Assistant's time zone."""
    return dt_util.as_utc(cv.datetime(value))


_CALCULATE_COST = vol.Schema(
    {
        vol.Optional("tariff"): cv.string,
        vol.Optional("ocpi_tariff"): dict,
        vol.Optional("session_id"): cv.string,
        vol.Optional("periods"): list,
        vol.Optional("time_zone"): cv.string,
        vol.Optional("circumstances"): dict,
        vol.Optional("rounding", default="half_up"): vol.In(["half_up", "half_even"]),
    }
)
_COMPARE_TARIFFS = vol.Schema(
    {
        vol.Required("tariffs"): vol.All([vol.Any(cv.string, dict)], vol.Length(min=1, max=10)),
        vol.Required("start"): instant,
        vol.Required("end"): instant,
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("charger"): vol.All(cv.ensure_list, [cv.string]),
    }
)
_EXPORT_TARIFF = vol.Schema(
    {
        vol.Required("tariff"): cv.string,
        vol.Optional("ocpi_version", default=OcpiVersion.V2_3_0.value): vol.Coerce(OcpiVersion),
    }
)


@callback
def async_setup_tariff_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "calculate_cost", _calculate_cost, _CALCULATE_COST, SupportsResponse.ONLY)
    register(DOMAIN, "compare_tariffs", _compare_tariffs, _COMPARE_TARIFFS, SupportsResponse.ONLY)
    register(DOMAIN, "export_tariff", _export_tariff, _EXPORT_TARIFF, SupportsResponse.ONLY)


async def _calculate_cost(call: ServiceCall) -> ServiceResponse:
    asked = call.data
    question = CostQuestion(
        tariff_id=asked.get("tariff"),
        ocpi_tariff=asked.get("ocpi_tariff"),
        session_id=asked.get("session_id"),
        periods=asked.get("periods"),
        time_zone=asked.get("time_zone"),
        circumstances=asked.get("circumstances", {}),
        half_even=asked["rounding"] == "half_even",
    )
    # What is wholly given needs no site.
    given = question.tariff_id is None and question.session_id is None
    sites = [] if given else async_loaded_sites(call.hass)
    return await async_calculate_cost(call.hass, sites, await async_access(call.hass, call.context), question)


async def _compare_tariffs(call: ServiceCall) -> ServiceResponse:
    hass, asked = call.hass, dict(call.data)
    site_id = asked.pop("config_entry_id", None)
    async_loaded_sites(hass, site_id)
    devices = asked.pop("charger", None)
    query = ComparisonQuery(
        site_id=site_id,
        chargers=None if devices is None else tuple(async_asked_chargers(hass, devices)),
        tariffs=tuple(asked.pop("tariffs")),
        **asked,
    )
    return await async_compare_tariffs(hass, async_loaded_sites(hass), await async_access(hass, call.context), query)


async def _export_tariff(call: ServiceCall) -> ServiceResponse:
    return export_tariff(async_loaded_sites(call.hass), call.data["tariff"], call.data["ocpi_version"])
