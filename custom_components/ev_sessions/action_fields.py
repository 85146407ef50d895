"""Fields that several actions take, and what they come to."""

from datetime import datetime
from typing import Any

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio as vol

from .targets import async_asked_chargers, async_loaded_sites


def instant(value: Any) -> datetime:
    """Validate an instant; one without an offset, as the UI gives it, is in Home Assistant's time zone."""
    return dt_util.as_utc(cv.datetime(value))


SITE = {vol.Optional("config_entry_id"): cv.string}
CHARGERS = {vol.Optional("charger"): vol.All(cv.ensure_list, [cv.string])}
SPAN = {vol.Optional("start"): instant, vol.Optional("end"): instant}


def async_asked(call: ServiceCall) -> dict[str, Any]:
    """Return what is asked of sites and chargers, as `site_id` and `chargers`; raise where one of them is not there."""
    asked = dict(call.data)
    site_id, devices = asked.pop("config_entry_id", None), asked.pop("charger", None)
    async_loaded_sites(call.hass, site_id)
    asked["site_id"] = site_id
    asked["chargers"] = None if devices is None else tuple(async_asked_chargers(call.hass, devices))
    return asked
