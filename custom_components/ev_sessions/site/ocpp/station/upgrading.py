"""Leading a station to a higher security profile."""

from homeassistant.core import HomeAssistant

from ....chargers.ocpp.setup.calls import Calls, GoneError
from ....chargers.ocpp.setup.dialects import dialect_for
from ....chargers.ocpp.setup.security import NetworkProfile, Upgrade, async_upgrade
from ...config.ocpp import CentralConfig
from ...refusal import failed, refuse
from ..ports import station_url
from .service import StationService

#: What it wants a reset for, and has not done yet: it is on its way all the same.
_SET = frozenset({Upgrade.AWAITING_RECONNECT, Upgrade.RESET_REFUSED})


async def async_upgrade_security(
    hass: HomeAssistant, service: StationService, central: CentralConfig | None, *, profile: int, url: str | None
) -> Upgrade:
    """Tell a station to come with `profile`, at `url` or where the site listens with a certificate.

    When it has come so, it has to come so from then on. OCPP 1.6 has no word for the address: there it is
    set at the station itself.
    """
    station, charger = service.station, service.config.name
    if not station.connected or station.version is None:
        raise failed("station_not_connected", charger=charger)
    if station.security_profile >= profile:
        raise refuse("security_profile_there", charger=charger, profile=str(station.security_profile))
    if url is None and (central is None or central.certificate is None):
        raise refuse("no_certificate", charger=charger)
    if url is None and central is not None:
        url = station_url(hass, central)
    calls = Calls(station)
    wanted = NetworkProfile(url=url or "", security_profile=profile)
    service.wanted_profile.async_want(profile)
    try:
        outcome = await async_upgrade(calls, dialect_for(calls, station.version), station.version, wanted)
    except GoneError as err:
        raise failed("station_not_connected", charger=charger) from err
    if outcome not in _SET:
        service.wanted_profile.async_want(None)
        raise failed("security_refused", charger=charger, reason=outcome.value.replace("_", " "))
    return outcome
