"""Where stations send their logs: to a URL that only one of them knows, that works once and not for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
import logging
from pathlib import Path
import re
import secrets
from typing import IO, Final

from aiohttp import BodyPartReader, web
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

_LOGGER = logging.getLogger(__name__)

PATH: Final = "/api/ev_sessions/upload"
LIFETIME: Final = timedelta(hours=1)
MOST_BYTES: Final = 20 * 1024 * 1024
#: All files together; the oldest go first.
MOST_KEPT_BYTES: Final = 100 * 1024 * 1024
MOST_KEPT: Final = 50
_MOST_EXPECTED: Final = 16
_TIMEOUT_S: Final = 600.0
_CHUNK: Final = 64 * 1024
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]+")

UPLOADS: HassKey[UploadDesk] = HassKey("ev_sessions_uploads")


class _TooLargeError(Exception):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    identity: str
    until: datetime


class UploadDesk:
    """Expects uploads and keeps them in a folder, which is bounded."""

    def __init__(self, hass: HomeAssistant, folder: Path) -> None:
        self._hass = hass
        self._folder = folder
        self._expected: dict[str, _Expected] = {}
        self._taking: set[str] = set()

    @callback
    def async_expect(self, identity: str) -> str:
        """Return the path to which a station may upload one file, within an hour."""
        now = dt_util.utcnow()
        open_still = [(token, one) for token, one in self._expected.items() if one.until > now]
        # The newest are kept: who asks again and again makes his own older ones worthless.
        self._expected = dict(open_still[-(_MOST_EXPECTED - 1) :])
        token = secrets.token_urlsafe(32)
        self._expected[token] = _Expected(identity=identity, until=now + LIFETIME)
        return f"{PATH}/{token}"

    async def async_take(self, token: str, name: str, body: AsyncIterator[bytes]) -> HTTPStatus:
        """Keep what is uploaded; return how that is answered."""
        expected = self._expected.get(token)
        if expected is None or expected.until <= dt_util.utcnow():
            return HTTPStatus.NOT_FOUND
        if token in self._taking:
            return HTTPStatus.CONFLICT
        self._taking.add(token)
        try:
            status = await self._async_keep(expected.identity, name, body)
        finally:
            self._taking.discard(token)
        if status is HTTPStatus.CREATED:
            self._expected.pop(token, None)
        return status

    async def _async_keep(self, identity: str, name: str, body: AsyncIterator[bytes]) -> HTTPStatus:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                path = await self._async_write(_file_name(identity, name), body)
        except _TooLargeError:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        except TimeoutError:
            return HTTPStatus.REQUEST_TIMEOUT
        except (web.RequestPayloadError, ValueError) as error:
            _LOGGER.debug("What %s uploads cannot be read: %s", identity, error)
            return HTTPStatus.BAD_REQUEST
        except OSError as error:
            _LOGGER.warning("The log of %s could not be kept: %s", identity, error)
            return HTTPStatus.INSUFFICIENT_STORAGE
        _LOGGER.info("%s has sent its log: %s", identity, path)
        return HTTPStatus.CREATED

    async def _async_write(self, name: str, body: AsyncIterator[bytes]) -> Path:
        run = self._hass.async_add_executor_job
        path, file = await run(self._open, name)
        size, complete = 0, False
        try:
            async for chunk in body:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise _TooLargeError
                await run(file.write, chunk)
            complete = True
        finally:
            await asyncio.shield(run(self._close, file, path, complete))
        return path

    def _open(self, name: str) -> tuple[Path, IO[bytes]]:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        return path, path.open("wb")

    def _close(self, file: IO[bytes], path: Path, complete: bool) -> None:  # noqa: FBT001 - a job of the executor
        file.close()
        if not complete:
            path.unlink(missing_ok=True)
        self._make_room(path)

    def _make_room(self, newest: Path) -> None:
        files = [(path, path.stat()) for path in self._folder.iterdir() if path.is_file()]
        kept, size = len(files), sum(stat.st_size for _, stat in files)
        for path, stat in sorted(files, key=lambda file: file[1].st_mtime):
            if size <= MOST_KEPT_BYTES and kept <= MOST_KEPT:
                return
            if path != newest:
                kept, size = kept - 1, size - stat.st_size
                with suppress(OSError):
                    path.unlink()


class UploadView(HomeAssistantView):
    """Takes uploads; the token in the address is all the authentication that a station can have."""

    url = f"{PATH}/{{token}}"
    extra_urls = [f"{PATH}/{{token}}/{{name}}"]  # noqa: RUF012 - Home Assistant's own shape
    name = "api:ev_sessions:upload"
    requires_auth = False

    async def put(self, request: web.Request, token: str, name: str = "") -> web.Response:
        """Take a file as the body."""
        status = await request.app[KEY_HASS].data[UPLOADS].async_take(token, name, _body(request))
        return web.Response(status=status)

    async def post(self, request: web.Request, token: str, name: str = "") -> web.Response:
        """Take a file as the body, or as the first part of a form."""
        return await self.put(request, token, name)


@callback
def async_uploads(hass: HomeAssistant) -> UploadDesk:
    """Return where uploads are expected; its address exists from the first call on."""
    if UPLOADS not in hass.data:
        hass.data[UPLOADS] = UploadDesk(hass, Path(hass.config.path("ev_sessions_logs")))
        hass.http.register_view(UploadView())
    return hass.data[UPLOADS]


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    if not request.content_type.startswith("multipart/"):
        async for chunk in request.content.iter_chunked(_CHUNK):
            yield chunk
        return
    part = await (await request.multipart()).next()
    if isinstance(part, BodyPartReader):
        while chunk := await part.read_chunk(_CHUNK):
            yield chunk


def _file_name(identity: str, name: str) -> str:
    """Return a name of our own making: what a station says is not to choose a place."""
    plain = _NOT_PLAIN.sub("_", identity)[:48].strip("._") or "station"
    suffix = _NOT_PLAIN.sub("_", Path(name).suffix)[:12] or ".log"
    return f"{plain}_{dt_util.utcnow():%Y%m%dT%H%M%S%f}{suffix}"
