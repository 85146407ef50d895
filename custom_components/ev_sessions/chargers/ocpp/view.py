"""Stations that come by Home Assistant's own port: through its proxy, with its certificate."""

from collections.abc import Callable

from aiohttp import web
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView

from ...const import DOMAIN
from .central import CentralSystem

PATH = f"/api/{DOMAIN}/ocpp"


class OcppView(HomeAssistantView):
    """The way in for stations. Home Assistant cannot take a view back, so it asks each time who serves."""

    url = PATH + "/{identity:.+}"
    name = f"api:{DOMAIN}:ocpp"
    #: A station has no user of Home Assistant: its own password is asked for.
    requires_auth = False

    def __init__(self, find: Callable[[], CentralSystem | None]) -> None:
        self._find = find

    async def get(self, request: web.Request, identity: str) -> web.StreamResponse:  # noqa: ARG002 read from the raw path
        """Serve a station."""
        if (central := self._find()) is None:
            return web.Response(status=404)
        return await central.async_serve(request, PATH)


@callback
def async_register_view(hass: HomeAssistant, find: Callable[[], CentralSystem | None]) -> None:
    """Open the way; `find` tells who serves those who come, None where that is not wanted."""
    hass.http.register_view(OcppView(find))
