"""Fields that several actions take, and what they come to."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from homeassistant.core import ServiceCall
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio as vol

from .core.costing.circumstances import MOST_CODES
from .targets import async_asked_chargers, async_loaded_sites


def instant(value: Any) -> datetime:
    """Validate an instant; one without an offset, as the UI gives it, is in Home Assistant's time zone."""
    return dt_util.as_utc(cv.datetime(value))


def _exact(value: float) -> Decimal:
    """Return an amount of money as it was written."""
    return Decimal(str(value))


def _each_once(codes: Sequence[str]) -> tuple[str, ...]:
    """Return codes in the order in which they were said; what is empty is none."""
    return tuple(dict.fromkeys(code for one in codes if (code := one.strip())))


_LONGEST_CODE = 100
#: What a session is given: codes, by which it earns discounts, and the worth of a voucher.
GIVEN = {
    vol.Optional("code"): vol.All(
        cv.ensure_list,
        [vol.All(cv.string, vol.Length(max=_LONGEST_CODE))],
        vol.Length(max=MOST_CODES),
        _each_once,
    ),
    vol.Optional("voucher"): vol.Any(None, vol.All(vol.Coerce(float), vol.Range(min=0, max=100_000), _exact)),
}
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
