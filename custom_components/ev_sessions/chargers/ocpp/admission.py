"""Who may open a connection as which station: what each refusal is, before anything is upgraded."""

from dataclasses import dataclass
from ssl import SSLObject
from typing import Any

from aiohttp import web
from homeassistant.core import HomeAssistant

from .handshake import offered_subprotocols
from .house import House, SecurityEvent, StationCredentials
from .security import Allowance, parse_basic, verify_password
from .version import Version, choose

#: All chargers of a house may come from one address (a container's network, a proxy) and after a
#: start all at once. This stops a flood, not a crowd.
_CONNECTS_AT_ONCE, _CONNECTS_PER_S = 300.0, 10.0
#: Wrong passwords for one identity from one address, and from one address for any.
_WRONG_AT_ONCE, _WRONG_PER_S = 10.0, 1 / 30
_WRONG_AT_ONCE_ANY, _WRONG_PER_S_ANY = 60.0, 1 / 5


class RefusedConnectionError(Exception):
    """A request that is not upgraded, and the answer that it gets."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self._status = status
        self._text = text
        self._headers = headers

    def response(self) -> web.Response:
        """Return the answer; a fresh one, since aiohttp's may be sent once."""
        return web.Response(status=self._status, text=self._text, headers=self._headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What a request has proved."""

    version: Version
    #: As the station writes it.
    subprotocol: str
    #: OCPP's security profiles: 0 nothing, 1 a password, 2 a password over TLS, 3 a certificate.
    security_profile: int


class Admission:
    """Looks at requests; keeps count of who tries how often."""

    def __init__(self, hass: HomeAssistant, house: House) -> None:
        self._hass = hass
        self._house = house
        self._connects = Allowance[str | None](burst=_CONNECTS_AT_ONCE, per_s=_CONNECTS_PER_S)
        self._wrong = Allowance[tuple[str | None, str]](burst=_WRONG_AT_ONCE, per_s=_WRONG_PER_S)
        self._wrong_any = Allowance[str | None](burst=_WRONG_AT_ONCE_ANY, per_s=_WRONG_PER_S_ANY)

    def check_request(self, request: web.Request) -> None:
        """Refuse what is no WebSocket, and count what is against what its address may ask for.

        Raise RefusedConnectionError.
        """
        # With what it offers: aiohttp complains in the log of a version that nobody has.
        if not web.WebSocketResponse(protocols=_offered(request)).can_prepare(request):
            raise RefusedConnectionError(
                426, "This address is for chargers: they open a WebSocket here (OCPP)", {"Upgrade": "websocket"}
            )
        now_s = self._hass.loop.time()
        if not self._connects.take(request.remote, now_s):
            raise _too_many(self._connects.wait_s(request.remote, now_s))

    async def async_admit(
        self, request: web.Request, identity: str, credentials: StationCredentials | None
    ) -> Admitted:
        """Return what a request has proved; raise RefusedConnectionError.

        Of a station that nobody knows nothing is asked: it can do nothing but tell what it is.
        """
        version, subprotocol = _version(request, credentials)
        if credentials is None:
            return Admitted(version=version, subprotocol=subprotocol, security_profile=0)
        profile = await self._async_profile(request, identity, credentials)
        if profile < credentials.least_profile and not _is_open_to(request, credentials):
            self._house.security_event(identity, SecurityEvent.PROFILE_TOO_LOW, f"{request.remote}: profile {profile}")
            raise _unauthorised()
        return Admitted(version=version, subprotocol=subprotocol, security_profile=profile)

    async def _async_profile(self, request: web.Request, identity: str, credentials: StationCredentials) -> int:
        if (named := certificate_name(request)) is not None:
            if named == identity:
                return 3
            self._house.security_event(
                identity, SecurityEvent.WRONG_CERTIFICATE, f"{request.remote}: certificate of {named}"
            )
        header = request.headers.get("Authorization")
        if header is None or not credentials.password_hashes:
            # Nothing to compare with is nothing proved.
            return 0
        if not await self._async_is_right(request, identity, header, credentials):
            # What it had before, for another central system: it was not told ours yet.
            return 0
        return 2 if request.secure else 1

    async def _async_is_right(
        self, request: web.Request, identity: str, header: str, credentials: StationCredentials
    ) -> bool:
        """Tell whether a password is right; a wrong one is refused unless none is wanted yet."""
        now_s = self._hass.loop.time()
        key = (request.remote, identity)
        wait_s = max(self._wrong.wait_s(key, now_s), self._wrong_any.wait_s(request.remote, now_s))
        if wait_s > 0:
            raise _too_many(wait_s)
        given = parse_basic(header)
        password = given.password if given else b""
        right = await self._hass.async_add_executor_job(verify_password, password, credentials.password_hashes)
        if given is not None and given.user == identity and right:
            return True
        if _is_open_to(request, credentials):
            return False
        self._wrong_any.take(request.remote, now_s)
        if not self._wrong.take(key, now_s) or not self._wrong.has(key, now_s):
            self._house.security_event(identity, SecurityEvent.TOO_MANY_ATTEMPTS, f"{request.remote}")
        wrong_user = given is not None and given.user != identity
        event = SecurityEvent.WRONG_USER if wrong_user else SecurityEvent.WRONG_PASSWORD
        self._house.security_event(identity, event, f"{request.remote}")
        raise _unauthorised()


def _offered(request: web.Request) -> tuple[str, ...]:
    return offered_subprotocols(request.headers.getall("Sec-WebSocket-Protocol", ()))


def _version(request: web.Request, credentials: StationCredentials | None) -> tuple[Version, str]:
    """Return the version to speak, and its name as the station writes it."""
    offered = _offered(request)
    allowed = credentials.versions if credentials else tuple(Version)
    version = choose(offered, allowed, credentials.preferred_version if credentials else None)
    if version is None:
        spoken = ", ".join(version.subprotocol for version in allowed)
        raise RefusedConnectionError(400, f"Sec-WebSocket-Protocol must name one of: {spoken}")
    return version, next(name for name in offered if name.lower() == version.subprotocol)


def _is_open_to(request: web.Request, credentials: StationCredentials) -> bool:
    return credentials.open_to is not None and credentials.open_to == request.remote


def certificate_name(request: web.Request) -> str | None:
    """Return the common name of the client's certificate, which TLS has verified; None where there is none."""
    tls: SSLObject | None = request.get_extra_info("ssl_object")
    certificate: dict[str, Any] | None = tls.getpeercert() if tls is not None else None
    for names in (certificate or {}).get("subject", ()):
        for key, value in names:
            if key == "commonName":
                return str(value)
    return None


def _unauthorised() -> RefusedConnectionError:
    return RefusedConnectionError(401, "Unauthorized", {"WWW-Authenticate": 'Basic realm="OCPP", charset="UTF-8"'})


def _too_many(wait_s: float) -> RefusedConnectionError:
    return RefusedConnectionError(429, "Too many attempts", {"Retry-After": f"{wait_s + 1:.0f}"})
