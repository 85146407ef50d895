"""Where stations can be listened to: which port is free, and what a person types into a charger."""

from collections.abc import Callable
import errno
import socket

from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from yarl import URL

from ...chargers.ocpp.listener import ListenerConfig, likely_holder
from ...chargers.ocpp.tls import CertificateError, ServerTls
from ...const import DEFAULT_OCPP_PORT
from ..config.ocpp import CentralConfig

__all__ = [
    "async_free_port",
    "async_is_free",
    "async_unusable",
    "likely_holder",
    "listener_of",
    "station_url",
]

#: So many ports after the usual one are tried for a proposal.
_PROPOSALS = 20
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


async def async_unusable(hass: HomeAssistant, config: CentralConfig) -> bool:
    """Tell whether certificate, key and client CA cannot be used."""
    return await hass.async_add_executor_job(_unusable, config)


def _unusable(config: CentralConfig) -> bool:
    if config.certificate is None:
        return config.key is not None or config.client_ca is not None
    try:
        ServerTls(config.certificate, config.key, config.client_ca).load()
    except CertificateError:
        return True
    return False


def listener_of(config: CentralConfig) -> ListenerConfig:
    """Return what is opened for a site."""
    return ListenerConfig(
        port=config.port,
        address=config.address,
        certificate=config.certificate,
        key=config.key,
        client_ca=config.client_ca,
    )


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
