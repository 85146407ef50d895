"""A port of our own on which stations call, with or without TLS."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
import errno
import logging

from aiohttp import web
from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.helpers.event import async_track_time_interval

from .tls import CertificateError, ServerTls

_LOGGER = logging.getLogger(__name__)

DEFAULT_PORT = 9000
_LOOK_S = 30.0

#: Serves one request; is told by which listener it came.
type Serve = Callable[[web.Request, object], Awaitable[web.StreamResponse]]


class PortTakenError(Exception):
    """Another program, or another part of Home Assistant, listens there. `holder` names it where that can be told."""

    def __init__(self, port: int, holder: str | None = None) -> None:
        super().__init__(f"port {port} is taken{f' by {holder}' if holder else ''}")
        self.port = port
        self.holder = holder


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
        self._tls: ServerTls | None = None
        #: Connections with a request that is being served, which a station's is until it ends.
        self._serving: set[asyncio.Transport | None] = set()
        #: Those that had none when we last looked.
        self._idle: set[asyncio.Transport | None] = set()
        self._stop_looking: CALLBACK_TYPE | None = None

    async def async_start(self) -> None:
        """Open the port; raises PortTakenError, CertificateError."""
        config = self._config
        if config.certificate is not None:
            self._tls = ServerTls(config.certificate, config.key, config.client_ca)
            await self._hass.async_add_executor_job(self._tls.load)
        application = web.Application()
        application.router.add_get("/{path:.*}", self._async_serve)
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=2.0)
        await runner.setup()
        site = web.TCPSite(runner, config.address, config.port, ssl_context=self._tls.context if self._tls else None)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            if error.errno == errno.EADDRINUSE:
                raise PortTakenError(config.port, likely_holder(self._hass, config.port)) from error
            raise
        self._runner, self._site = runner, site
        self._stop_looking = async_track_time_interval(
            self._hass, self._async_look_after, timedelta(seconds=_LOOK_S), name=f"OCPP port {config.port}"
        )

    async def async_stop_accepting(self) -> None:
        """Let nobody in any more; who is in stays."""
        if self._site is not None:
            site, self._site = self._site, None
            await site.stop()

    async def async_stop(self) -> None:
        """Free the port."""
        await self.async_stop_accepting()
        if self._stop_looking is not None:
            self._stop_looking()
            self._stop_looking = None
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _async_serve(self, request: web.Request) -> web.StreamResponse:
        self._serving.add(request.transport)
        try:
            return await self._serve(request, self)
        finally:
            self._serving.discard(request.transport)

    async def _async_look_after(self, _now: datetime) -> None:
        """Hang up on those who connected and ask nothing; take up a certificate that was renewed."""
        if self._runner is None or self._runner.server is None:
            return
        idle = {connection.transport for connection in self._runner.server.connections} - self._serving
        for transport in idle & self._idle:
            if transport is not None:
                transport.abort()
        self._idle = idle
        if self._tls is not None:
            try:
                await self._hass.async_add_executor_job(self._tls.renew)
            except CertificateError as error:
                _LOGGER.warning("The new certificate of port %s cannot be used: %s", self._config.port, error)


#: What an integration that listens itself writes as its host.
_HERE = {None, "", "0.0.0.0", "::", "127.0.0.1", "localhost"}  # noqa: S104 read, not bound


def likely_holder(hass: HomeAssistant, port: int) -> str | None:
    """Return the title of the integration that most likely listens on a port; None where none is known to."""
    for entry in hass.config_entries.async_entries():
        settings = {**entry.data, **entry.options}
        if settings.get("port") == port and settings.get("host") in _HERE:
            return entry.title
    return None
