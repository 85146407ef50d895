"""From the targets and ids of an action to sites and EVSEs, with errors that say what to do."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from .const import DOMAIN
from .site.actions.session_queries import ChargerAsked
from .site.evse.evse import EvseRuntime
from .site.ocpp.station.service import StationService
from .site.refusal import refuse
from .site.runtime import SiteConfigEntry, SiteRuntime


@callback
def async_loaded_sites(hass: HomeAssistant, entry_id: str | None = None) -> list[SiteRuntime]:
    """Return the running sites, or the one that is asked for; raise where there is none."""
    if entry_id is not None:
        entry = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN:
            raise refuse("site_not_found", entry_id=entry_id)
        if entry.state is not ConfigEntryState.LOADED:
            raise refuse("site_not_loaded", site=entry.title)
        return [entry.runtime_data]
    entries: list[SiteConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    if not entries:
        raise refuse("no_site")
    return [entry.runtime_data for entry in entries]


@callback
def async_one_site(hass: HomeAssistant, entry_id: str | None) -> SiteRuntime:
    """Return the site that is asked for; the only one where none is named."""
    sites = async_loaded_sites(hass, entry_id)
    if len(sites) > 1:
        raise refuse("site_needed")
    return sites[0]


@callback
def async_asked_chargers(hass: HomeAssistant, device_ids: list[str]) -> list[ChargerAsked]:
    """Return the chargers behind devices of ours; an EVSE's child device means that EVSE alone."""
    registry = dr.async_get(hass)
    found: list[ChargerAsked] = []
    for device_id in device_ids:
        device = registry.async_get(device_id)
        names = [] if device is None else [i[1] for i in device.identifiers if i[0] == DOMAIN]
        if not names:
            raise refuse("charger_not_found", device_id=device_id)
        # An EVSE's child device is named after its charger: "<charger id>_<evse>".
        for name in names:
            charger_id, _, evse = name.partition("_")
            found.append(ChargerAsked(device_id=device_id, charger_id=charger_id, evse=int(evse) if evse else None))
    return found


@callback
def async_asked_station(hass: HomeAssistant, device_id: str) -> StationService:
    """Return the charger behind a device of ours that speaks OCPP."""
    return async_site_of_station(hass, device_id)[1]


@callback
def async_site_of_station(hass: HomeAssistant, device_id: str) -> tuple[SiteRuntime, StationService]:
    """Return the charger behind a device of ours that speaks OCPP, and its site."""
    (asked, *_) = async_asked_chargers(hass, [device_id])
    for site in async_loaded_sites(hass):
        for station in site.stations:
            if station.charger_id == asked.charger_id:
                return site, station
    raise refuse("not_ocpp", device_id=device_id)


@callback
def async_one_evse(hass: HomeAssistant, device_id: str) -> EvseRuntime:
    """Return the EVSE of a device of ours; the first where the charger has several and none is named."""
    (asked,) = async_asked_chargers(hass, [device_id])
    for site in async_loaded_sites(hass):
        for evse in site.evses:
            if evse.charger_id == asked.charger_id and asked.evse in {None, evse.evse}:
                return evse
    raise refuse("charger_not_found", device_id=device_id)


@callback
def async_targeted_evses(hass: HomeAssistant, call: ServiceCall) -> list[EvseRuntime]:
    """Return the EVSEs that the action's target names, by device, entity, area or label."""
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(call.data), primary_entities_only=False)
    registry = er.async_get(hass)
    wanted: set[tuple[str | None, str]] = set()
    for entity_id in selected.referenced | selected.indirectly_referenced:
        entity = registry.async_get(entity_id)
        if entity is not None and entity.platform == DOMAIN:
            wanted.add((entity.config_entry_id, entity.unique_id))
    evses = [
        evse
        for site in async_loaded_sites(hass)
        for evse in site.evses
        if any(
            entry_id == site.entry_id and unique_id.startswith(f"{evse.charger_id}_{evse.evse}_")
            for entry_id, unique_id in wanted
        )
    ]
    if not evses:
        raise refuse("no_evse_targeted")
    return evses
