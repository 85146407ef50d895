"""Diagnostics that a person can attach to a report: nothing in them tells who charges."""

from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry

from .const import DOMAIN, SUBENTRY_PAYER, SUBENTRY_VEHICLE
from .site.actions.diagnosis import (
    async_last_sessions,
    async_ledger_diagnosis,
    evse_diagnosis,
    site_diagnosis,
)
from .site.actions.station_diagnosis import async_station_diagnosis
from .site.evse.evse import EvseRuntime
from .site.runtime import SiteConfigEntry

#: Serial numbers stand in unique ids; the others are about people.
TO_REDACT = {
    "ask",
    "id_token",
    "identity",
    "note",
    "password_hash",
    "password_hash_before",
    "payer",
    "person",
    "plate",
    "postal_address",
    "presence",
    "tax_id",
    "unique_id",
    "vehicle",
}
#: What these are called is a person's name, or near it.
_OF_PEOPLE = {SUBENTRY_PAYER, SUBENTRY_VEHICLE}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: SiteConfigEntry) -> dict[str, Any]:
    """Return what is known of a site and all its chargers."""
    return await _async_diagnostics(hass, entry, entry.runtime_data.evses)


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: SiteConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return what is known of a site and the EVSEs of one charger, or one of them."""
    names = {name for domain, name in device.identifiers if domain == DOMAIN}
    site = entry.runtime_data
    evses = [evse for evse in site.evses if {evse.charger_id, f"{evse.charger_id}_{evse.evse}"} & names]
    return await _async_diagnostics(hass, entry, evses or site.evses)


async def _async_diagnostics(hass: HomeAssistant, entry: SiteConfigEntry, evses: list[EvseRuntime]) -> dict[str, Any]:
    site = entry.runtime_data
    chargers = {evse.charger_id for evse in evses}
    found = {
        "entry": _entry(entry),
        "site": site_diagnosis(site),
        "evses": [evse_diagnosis(evse) for evse in evses],
        "stations": [
            await async_station_diagnosis(hass, station) for station in site.stations if station.charger_id in chargers
        ],
        "ledger": await async_ledger_diagnosis(hass, site),
        "last_sessions": await async_last_sessions(hass, site, evses),
    }
    return async_redact_data(found, TO_REDACT)


def _entry(entry: SiteConfigEntry) -> dict[str, Any]:
    """Return the site's entry without the names of vehicles and payers."""
    found = dict(entry.as_dict())
    found["subentries"] = [
        {**one, "title": REDACTED} if one["subentry_type"] in _OF_PEOPLE else one for one in found["subentries"]
    ]
    return found
