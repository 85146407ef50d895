"""Changing what a charger's subentry holds of its station, and which of that a site is built from."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ...const import CONF_IDENTITY, CONF_OCPP, CONF_PASSWORD_DUE, CONF_PASSWORD_HASH_BEFORE, DOMAIN

#: Looked up whenever a station comes in.
_AT_THE_DOOR = frozenset({CONF_PASSWORD_DUE, CONF_PASSWORD_HASH_BEFORE})


def built_from(entry: ConfigEntry[Any]) -> object:
    """Return all that a site is built from, to be compared: where that is the same, it need not start anew.

    A station that shows its password changes what it may come with next time, and nothing else: its site, and all
    chargers of that, go on as they are.
    """
    subentries = {
        one.subentry_id: (one.subentry_type, one.title, one.unique_id, _lasting(one.data))
        for one in entry.subentries.values()
    }
    return entry.title, dict(entry.data), dict(entry.options), subentries


def _lasting(data: Mapping[str, Any]) -> dict[str, Any]:
    ocpp = data.get(CONF_OCPP)
    if not isinstance(ocpp, Mapping):
        return dict(data)
    return {**data, CONF_OCPP: {name: value for name, value in ocpp.items() if name not in _AT_THE_DOOR}}


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
