"""The actions on prices: what each takes, and who does it."""

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import probatio as vol

from .const import DOMAIN
from .site.access import async_access
from .site.price_import import PriceImport, async_import_prices
from .site.price_queries import PriceQuery, async_get_prices
from .targets import async_loaded_sites, async_one_site
from .tariff_services import instant

_GET_PRICES = vol.Schema(
    {
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("tariff"): cv.string,
        vol.Optional("start"): instant,
        vol.Optional("end"): instant,
    }
)
_IMPORT_PRICES = vol.Schema(
    {
        vol.Optional("config_entry_id"): cv.string,
        vol.Optional("data"): vol.Any(dict, list, str),
        vol.Optional("path"): cv.string,
        vol.Optional("unit"): vol.All(cv.string, vol.Length(min=1, max=50)),
        vol.Optional("replace", default=False): cv.boolean,
        vol.Optional("dry_run", default=False): cv.boolean,
    }
)


@callback
def async_setup_price_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(DOMAIN, "get_prices", _get_prices, _GET_PRICES, SupportsResponse.ONLY)
    async_register_admin_service(
        hass, DOMAIN, "import_prices", _import_prices, _IMPORT_PRICES, SupportsResponse.OPTIONAL
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
        ),
    )
