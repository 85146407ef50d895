"""Logs that are fetched and firmware that is installed, with the states that are told on the way."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import aiohttp

from .line import OfflineError, Payload, RefusedError

if TYPE_CHECKING:
    from .station import Station

_STEP_S = 0.2
_UPLOAD_TIMEOUT_S = 20.0


async def upload(station: Station, location: str, action: str, more: Payload) -> None:
    """Put a log where it is wanted (http or https), and tell how that goes."""
    await _tell(station, action, {"status": "Uploading", **more})
    failed = "UploadFailed" if action == "DiagnosticsStatusNotification" else "UploadFailure"
    status = failed
    content = "\n".join(text for _, text in station.line.frames).encode()
    with suppress(aiohttp.ClientError, TimeoutError, OSError, ValueError):
        async with (
            asyncio.timeout(_UPLOAD_TIMEOUT_S),
            aiohttp.ClientSession() as session,
            session.put(location, data=content) as response,
        ):
            status = "Uploaded" if response.status < 300 else failed
    await _tell(station, action, {"status": status, **more})


async def install(station: Station, action: str, more: Payload) -> None:
    """Act as if new firmware were installed."""
    for status in ("Downloading", "Downloaded", "Installing", "Installed"):
        await _tell(station, action, {"status": status, **more})
        await asyncio.sleep(_STEP_S)


async def _tell(station: Station, action: str, payload: Payload) -> None:
    with suppress(OfflineError, RefusedError):
        await station.line.post(lambda: (action, payload), durable=False)
