"""The security profile that a station has to come with, as its charger's subentry holds it."""

from homeassistant.core import HomeAssistant, callback

from ...const import CONF_IDENTITY, CONF_OCPP, CONF_SECURITY_PROFILE, DOMAIN


@callback
def async_keep_profile(hass: HomeAssistant, identity: str, profile: int) -> None:
    """Let a station come with this security profile or a higher one only."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        for subentry in entry.subentries.values():
            ocpp = subentry.data.get(CONF_OCPP, {})
            if ocpp.get(CONF_IDENTITY) == identity and ocpp.get(CONF_SECURITY_PROFILE, 1) < profile:
                data = {**subentry.data, CONF_OCPP: {**ocpp, CONF_SECURITY_PROFILE: profile}}
                hass.config_entries.async_update_subentry(entry, subentry, data=data)
