"""What the flows may ask of stations: which wait to be adopted, and how one is let in."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ...chargers.ocpp.handshake import LONGEST_IDENTITY
from ...chargers.ocpp.security import hash_password
from ...chargers.ocpp.version import Version
from ..config.password_due import PasswordDue
from .central import SHARED_CENTRAL
from .found import FoundStation, new_password, unique_id_of

__all__ = [
    "VERSIONS",
    "FoundStation",
    "async_hand_over_password",
    "async_hash",
    "async_is_there",
    "async_waiting",
    "evse_count",
    "is_identity",
    "new_password",
    "password_due",
    "unique_id_of",
]

#: What a station can be held to.
VERSIONS = tuple(version.value for version in Version)


def is_identity(text: str) -> bool:
    """Tell whether a text can be the identity of a station."""
    return 0 < len(text) <= LONGEST_IDENTITY and text.isprintable()


async def async_hash(hass: HomeAssistant, password: str) -> str:
    """Return what is kept of a password."""
    return await hass.async_add_executor_job(hash_password, password)


@callback
def async_waiting(hass: HomeAssistant) -> tuple[FoundStation, ...]:
    """Return the stations that wait to be adopted; those that were removed among them."""
    shared = hass.data.get(SHARED_CENTRAL)
    return () if shared is None else shared.house.waiting


@callback
def async_is_there(hass: HomeAssistant, identity: str) -> bool:
    """Tell whether a station is connected."""
    shared = hass.data.get(SHARED_CENTRAL)
    station = None if shared is None else shared.central.stations.get(identity)
    return station is not None and station.connected


@callback
def password_due(hass: HomeAssistant, identity: str) -> PasswordDue | None:
    """Return how long a station may come without its first password; None for one that was never there.

    One that has only lost its connection for a moment is as good as there.
    """
    shared = hass.data.get(SHARED_CENTRAL)
    station = None if shared is None else shared.central.stations.get(identity)
    if station is None or station.address is None or (station.boot is None and not station.connected):
        return None
    return PasswordDue.begun(dt_util.utcnow(), station.address)


@callback
def evse_count(hass: HomeAssistant, identity: str) -> int:
    """Return how many EVSEs a station that waits has, as far as it tells."""
    shared = hass.data.get(SHARED_CENTRAL)
    return (None if shared is None else shared.house.evse_counts.get(identity)) or 1


@callback
def async_hand_over_password(hass: HomeAssistant, identity: str, password: str, *, due: bool) -> None:
    """Have a new password given to its station, where that is there now or may still come without; stored nowhere.

    Another one that connects later could be anybody: it has to come with the password.
    """
    shared = hass.data.get(SHARED_CENTRAL)
    if shared is not None and (due or async_is_there(hass, identity)):
        shared.house.new_passwords[identity] = password
