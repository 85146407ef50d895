"""Where stations can be listened to: which port is free, and what a person types into a charger."""

from collections.abc import Callable
import errno
import socket
import ssl

from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from yarl import URL

from ...const import DEFAULT_OCPP_PORT, DOMAIN
from .config import CentralConfig

#: So many ports after the usual one are tried for a proposal.
_PROPOSALS = 20
#: Where an integration says that it listens on all addresses, or on this machine.
_OWN_HOSTS = frozenset({None, "", "0.0.0.0", "::", "127.0.0.1", "::1", "localhost"})  # noqa: S104 - only compared
#: What Home Assistant is called on its network until somebody names it.
_USUAL_HOST = "homeassistant.local"


async def async_is_free(hass: HomeAssistant, port: int, address: str | None = None) -> bool:
    """Tell whether a listener could be started there; OSError where the address is none of this machine's."""
    return await hass.async_add_executor_job(_is_free, port, address)


def _is_free(port: int, address: str | None) -> bool:
    family = socket.AF_INET6 if address is not None and ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address or "", port))
        except OSError as err:
            if err.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


async def async_free_port(hass: HomeAssistant, is_ours: Callable[[int], bool]) -> int:
    """Return the first port from the usual one on that is free, or where we listen already."""
    for port in range(DEFAULT_OCPP_PORT, DEFAULT_OCPP_PORT + _PROPOSALS):
        if is_ours(port) or await async_is_free(hass, port):
            return port
    return DEFAULT_OCPP_PORT


def holder_of(hass: HomeAssistant, port: int) -> str | None:
    """Return the integration that is configured to listen on a port; None where no entry tells."""
    for entry in hass.config_entries.async_entries():
        told = {**entry.data, **entry.options}
        if entry.domain != DOMAIN and told.get("port") == port and told.get("host") in _OWN_HOSTS:
            return entry.title or entry.domain
    return None


async def async_unusable(hass: HomeAssistant, config: CentralConfig) -> bool:
    """Tell whether certificate, key and client CA cannot be used."""
    return await hass.async_add_executor_job(_unusable, config)


def _unusable(config: CentralConfig) -> bool:
    if config.certificate is None:
        return config.key is not None or config.client_ca is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(config.certificate, config.key)
        if config.client_ca is not None:
            context.load_verify_locations(config.client_ca)
    except OSError, ValueError:
        return True
    return False


def station_url(hass: HomeAssistant, config: CentralConfig) -> str:
    """Return the address to type into a charger, without its id."""
    scheme = "ws" if config.certificate is None else "wss"
    return str(URL.build(scheme=scheme, host=_host_of(hass), port=config.port, path="/"))


def _host_of(hass: HomeAssistant) -> str:
    try:
        host = URL(get_url(hass, allow_external=False, allow_cloud=False)).host
    except NoURLAvailableError:
        host = None
    # Chargers seldom find a name that only this network knows.
    if (host is None or host.endswith(".local")) and hass.config.api is not None:
        host = hass.config.api.local_ip
    return host or _USUAL_HOST
