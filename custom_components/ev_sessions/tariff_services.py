"""The actions on tariffs and what they cost: what each takes, and who does it."""

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import config_validation as cv
import probatio as vol

from .action_fields import CHARGERS, SITE, SPAN, async_asked, instant
from .const import DOMAIN
from .core.energy import kwh_from_mwh
from .core.tariff.writing import OcpiVersion
from .site.actions.access import async_access
from .site.actions.cost_calculation import CostQuestion, async_calculate_cost
from .site.actions.tariff_comparison import ComparisonQuery, async_compare_tariffs
from .site.actions.tariff_export import export_tariff
from .site.refusal import ledger_errors, refuse
from .targets import async_loaded_sites

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
        **SITE,
        **CHARGERS,
    }
)
_EXPORT_TARIFF = vol.Schema(
    {
        vol.Required("tariff"): cv.string,
        vol.Optional("ocpi_version", default=OcpiVersion.V2_3_0.value): vol.Coerce(OcpiVersion),
    }
)
_RECALCULATE_COST = vol.Schema(
    {
        **SITE,
        **SPAN,
        vol.Optional("everything"): cv.boolean,
    }
)


@callback
def async_setup_tariff_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "calculate_cost", _calculate_cost, _CALCULATE_COST, SupportsResponse.ONLY)
    register(DOMAIN, "compare_tariffs", _compare_tariffs, _COMPARE_TARIFFS, SupportsResponse.ONLY)
    register(DOMAIN, "recalculate_cost", _recalculate_cost, _RECALCULATE_COST, SupportsResponse.OPTIONAL)
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
    asked = async_asked(call)
    query = ComparisonQuery(tariffs=tuple(asked.pop("tariffs")), **asked)
    access = await async_access(call.hass, call.context)
    return await async_compare_tariffs(call.hass, async_loaded_sites(call.hass), access, query)


async def _export_tariff(call: ServiceCall) -> ServiceResponse:
    return export_tariff(async_loaded_sites(call.hass), call.data["tariff"], call.data["ocpi_version"])


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
