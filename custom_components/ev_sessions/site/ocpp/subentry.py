"""Changing what a charger's subentry holds of its station."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ...const import CONF_IDENTITY, CONF_OCPP, DOMAIN


@callback
def async_change_station(
    hass: HomeAssistant, identity: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> None:
    """Put what `change` makes new of the `ocpp` of whichever charger has this station; nothing: it stays as it is."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        for subentry in entry.subentries.values():
            ocpp = subentry.data.get(CONF_OCPP, {})
            if ocpp.get(CONF_IDENTITY) == identity and (new := change(ocpp)):
                data = {**subentry.data, CONF_OCPP: {**ocpp, **new}}
                hass.config_entries.async_update_subentry(entry, subentry, data=data)
