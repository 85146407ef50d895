"""A port of our own on which stations call, with or without TLS."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import errno
from functools import partial
import ssl

from aiohttp import web
from homeassistant.core import HomeAssistant

DEFAULT_PORT = 9000

#: Serves one request; is told by which listener it came.
type Serve = Callable[[web.Request, object], Awaitable[web.StreamResponse]]


class PortTakenError(Exception):
    """Another program, or another part of Home Assistant, listens there. `holder` names it where that can be told."""

    def __init__(self, port: int, holder: str | None = None) -> None:
        super().__init__(f"port {port} is taken{f' by {holder}' if holder else ''}")
        self.port = port
        self.holder = holder


class CertificateError(Exception):
    """A certificate, a key or a CA that cannot be read or do not belong together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerConfig:
    """Where to listen, and with which certificate; without one it is plain ws."""

    port: int = DEFAULT_PORT
    #: None: on all addresses.
    address: str | None = None
    certificate: str | None = None
    key: str | None = None
    #: Whose certificates stations may show in place of a password.
    client_ca: str | None = None


class Listener:
    """One open port."""

    def __init__(self, hass: HomeAssistant, config: ListenerConfig, serve: Serve) -> None:
        self._hass = hass
        self._config = config
        self._serve = serve
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    async def async_start(self) -> None:
        """Open the port; raises PortTakenError, CertificateError."""
        config = self._config
        tls = None
        if config.certificate is not None:
            tls = await self._hass.async_add_executor_job(server_tls, config)
        application = web.Application()
        application.router.add_get("/{path:.*}", partial(self._async_serve))
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=2.0)
        await runner.setup()
        site = web.TCPSite(runner, config.address, config.port, ssl_context=tls)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            if error.errno == errno.EADDRINUSE:
                raise PortTakenError(config.port, likely_holder(self._hass, config.port)) from error
            raise
        self._runner, self._site = runner, site

    async def async_stop_accepting(self) -> None:
        """Let nobody in any more; who is in stays."""
        if self._site is not None:
            site, self._site = self._site, None
            await site.stop()

    async def async_stop(self) -> None:
        """Free the port."""
        await self.async_stop_accepting()
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _async_serve(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, self)


def server_tls(config: ListenerConfig) -> ssl.SSLContext:
    """Return the TLS of a listener (OCPP: 1.2 or newer); reads files, so it blocks."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(config.certificate or "", config.key)
        if config.client_ca is not None:
            context.load_verify_locations(config.client_ca)
            # Optional: stations with a password come by the same port.
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ValueError) as error:
        raise CertificateError(str(error)) from error
    return context


#: What an integration that listens itself writes as its host.
_HERE = {None, "", "0.0.0.0", "::", "127.0.0.1", "localhost"}  # noqa: S104 read, not bound


def likely_holder(hass: HomeAssistant, port: int) -> str | None:
    """Return the title of the integration that most likely listens on a port; None where none is known to."""
    for entry in hass.config_entries.async_entries():
        settings = {**entry.data, **entry.options}
        if settings.get("port") == port and settings.get("host") in _HERE:
            return entry.title
    return None
