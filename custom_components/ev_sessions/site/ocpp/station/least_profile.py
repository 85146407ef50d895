"""The security profile that a station has to come with, as its charger's subentry holds it, and the one to come."""

from typing import Final

from homeassistant.core import HomeAssistant, callback

from ....const import CONF_SECURITY_PROFILE
from ..subentry import async_change_station
from .kept import StationKept

#: The key of a charger's settings under which the ledger has the profile that its station was told to come with.
_WANTED: Final = "security_wanted"


class WantedProfile:
    """The profile that one station was told to come with next: it may take that up days later, after its next start."""

    def __init__(self, hass: HomeAssistant, identity: str, kept: StationKept) -> None:
        self._hass = hass
        self._identity = identity
        self._kept = kept
        before = kept.before(_WANTED)
        self.profile: int | None = before if isinstance(before, int) else None

    @callback
    def async_want(self, profile: int | None) -> None:
        """Take note of what it was told; None: it does not take that."""
        self.profile = profile
        self._kept.keep(_WANTED, profile)

    @callback
    def async_came(self, profile: int) -> None:
        """Have a station that has come with the profile that it was told to come so from now on."""
        if self.profile is not None and profile >= self.profile:
            self.async_want(None)
            async_keep_profile(self._hass, self._identity, profile)


@callback
def async_keep_profile(hass: HomeAssistant, identity: str, profile: int) -> None:
    """Let a station come with this security profile or a higher one only."""
    async_change_station(
        hass,
        identity,
        lambda ocpp: {CONF_SECURITY_PROFILE: profile} if ocpp.get(CONF_SECURITY_PROFILE, 1) < profile else {},
    )
