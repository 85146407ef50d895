"""The actions on prices: what each takes, and who does it."""

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import probatio as vol

from .action_fields import SITE, SPAN
from .const import DOMAIN
from .core.prices.reimbursement import RateKind, RatePer, RatePlace
from .site.actions.access import async_access
from .site.actions.price_import import PriceImport, async_import_prices
from .site.actions.price_queries import PriceQuery, async_get_prices
from .site.actions.reimbursement import async_get_rates, async_set_rate
from .targets import async_loaded_sites, async_one_site

_GET_PRICES = vol.Schema(
    {
        **SITE,
        vol.Optional("tariff"): cv.string,
        **SPAN,
    }
)
_IMPORT_PRICES = vol.Schema(
    {
        **SITE,
        vol.Optional("data"): vol.Any(dict, list, str),
        vol.Optional("path"): cv.string,
        vol.Optional("tariff"): cv.string,
        vol.Optional("unit"): vol.All(cv.string, vol.Length(min=1, max=50)),
        vol.Optional("replace", default=False): cv.boolean,
        vol.Optional("dry_run", default=False): cv.boolean,
    }
)
_COUNTRY = vol.All(cv.string, vol.Length(min=2, max=2))
_REGION = vol.All(cv.string, vol.Length(max=500))
_GET_RATES = vol.Schema(
    {
        vol.Optional("country"): _COUNTRY,
        vol.Optional("region", default=""): _REGION,
        vol.Optional("place", default=RatePlace.HOME.value): vol.Coerce(RatePlace),
        vol.Optional("date"): cv.date,
    }
)
_SET_RATE = vol.Schema(
    {
        vol.Required("country"): _COUNTRY,
        vol.Optional("region"): _REGION,
        vol.Optional("place"): vol.In([one.value for one in RatePlace]),
        vol.Required("start"): cv.date,
        vol.Optional("end"): cv.date,
        vol.Required("amount"): vol.Any(str, int, float),
        vol.Required("currency"): cv.string,
        vol.Optional("per"): vol.In([one.value for one in RatePer]),
        vol.Optional("kind"): vol.In([one.value for one in RateKind]),
        vol.Required("source"): cv.string,
        vol.Optional("remove", default=False): cv.boolean,
    }
)


@callback
def async_setup_price_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(DOMAIN, "get_prices", _get_prices, _GET_PRICES, SupportsResponse.ONLY)
    async_register_admin_service(
        hass, DOMAIN, "import_prices", _import_prices, _IMPORT_PRICES, SupportsResponse.OPTIONAL
    )
    hass.services.async_register(DOMAIN, "get_reimbursement_rates", _get_rates, _GET_RATES, SupportsResponse.ONLY)
    async_register_admin_service(
        hass, DOMAIN, "set_reimbursement_rate", _set_rate, _SET_RATE, SupportsResponse.OPTIONAL
    )


async def _get_prices(call: ServiceCall) -> ServiceResponse:
    asked = call.data
    site_id = asked.get("config_entry_id")
    query = PriceQuery(tariff_id=asked.get("tariff"), start=asked.get("start"), end=asked.get("end"))
    return await async_get_prices(async_loaded_sites(call.hass, site_id), query)


async def _import_prices(call: ServiceCall) -> ServiceResponse:
    asked = call.data
    return await async_import_prices(
        call.hass,
        async_one_site(call.hass, asked.get("config_entry_id")),
        await async_access(call.hass, call.context),
        PriceImport(
            data=asked.get("data"),
            path=asked.get("path"),
            unit=asked.get("unit"),
            replace=asked["replace"],
            dry_run=asked["dry_run"],
            tariff=asked.get("tariff"),
        ),
    )


async def _get_rates(call: ServiceCall) -> ServiceResponse:
    # All sites of a Home Assistant have one ledger, and with it the same rates.
    return await async_get_rates(call.hass, async_loaded_sites(call.hass)[0], dict(call.data))


async def _set_rate(call: ServiceCall) -> ServiceResponse:
    site = async_loaded_sites(call.hass)[0]
    return await async_set_rate(call.hass, site, await async_access(call.hass, call.context), dict(call.data))
