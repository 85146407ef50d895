"""A central system on a real port, a house that takes notes, and stations that say what they are told to say."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
import socket
import ssl
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from homeassistant.core import HomeAssistant

from custom_components.ev_sessions.chargers.ocpp.central import CentralSystem
from custom_components.ev_sessions.chargers.ocpp.house import SecurityEvent, StationCredentials
from custom_components.ev_sessions.chargers.ocpp.listener import ListenerConfig
from custom_components.ev_sessions.chargers.ocpp.rpc import Arrival, IncomingHandler, not_served
from custom_components.ev_sessions.chargers.ocpp.station import BootInfo, Station
from custom_components.ev_sessions.core.moment import Now

ALL = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
BOOT = {"chargePointVendor": "Vendor", "chargePointModel": "Model"}
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
START = {"connectorId": 1, "idTag": "DEADBEEF", "meterStart": 0, "timestamp": "2026-11-20T12:00:00Z"}
#: Nobody has to prove anything.
OPEN = StationCredentials(least_profile=0)


@dataclass
class NotingHouse:
    """Knows the stations that it is told of and answers what a test wants answered."""

    hass: HomeAssistant
    known: dict[str, StationCredentials] = field(default_factory=dict)
    events: list[tuple[str, SecurityEvent]] = field(default_factory=list)
    #: What stations asked for: identity, action, payload.
    heard: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    #: Answers that come only when the test lets them.
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    transactions: int = 0

    def credentials(self, identity: str) -> StationCredentials | None:
        return self.known.get(identity)

    def security_event(self, identity: str, event: SecurityEvent, detail: str) -> None:
        self.events.append((identity, event))

    def incoming(self, station: Station) -> IncomingHandler:
        async def handle(action: str, payload: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
            self.heard.append((station.identity, action, payload))
            if action in self.held:
                await self.held[action].wait()
            return self._answer(station, action)

        return handle

    def _answer(self, station: Station, action: str) -> dict[str, Any]:
        now = AT.isoformat().replace("+00:00", "Z")
        match action:
            case "BootNotification":
                station.boot = BootInfo(vendor="Vendor", model="Model", at=AT)
                return {"currentTime": now, "interval": 300, "status": "Accepted"}
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize":
                return {"idTagInfo": {"status": "Accepted"}}
            case "StartTransaction":
                self.transactions += 1
                return {"transactionId": self.transactions, "idTagInfo": {"status": "Accepted"}}
            case "DataTransfer":
                return {"status": "UnknownVendorId"}
            case "StatusNotification" | "MeterValues" | "StopTransaction" | "TransactionEvent":
                return {}
        assert station.version is not None
        raise not_served(action, station.version)


class Talker:
    """A station that says exactly what the test writes."""

    def __init__(self, websocket: ClientWebSocketResponse) -> None:
        self.websocket = websocket

    async def say(self, frame: Any) -> None:
        await self.websocket.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    async def hear(self, within_s: float = 30.0) -> Any:
        # Not receive's own time-out: that begins anew with each ping.
        async with asyncio.timeout(within_s):
            message = await self.websocket.receive()
        assert message.type is WSMsgType.TEXT, message
        return json.loads(message.data)

    async def ask(self, action: str, payload: Mapping[str, Any], message_id: Any = "1") -> Any:
        await self.say([2, message_id, action, payload])
        return await self.hear()

    async def hears_nothing(self, for_s: float = 0.05) -> bool:
        try:
            async with asyncio.timeout(for_s):
                await self.websocket.receive()
        except TimeoutError:
            return True
        return False

    async def ended_with(self, within_s: float = 30.0) -> int | None:
        """Return the code with which the other side closes."""
        async with asyncio.timeout(within_s):
            message = await self.websocket.receive()
        assert message.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR}, message
        return self.websocket.close_code


@dataclass
class Wire:
    """The central system, and a way to come to it."""

    hass: HomeAssistant
    house: NotingHouse
    central: CentralSystem
    session: ClientSession
    config: ListenerConfig
    now: Now

    @property
    def url(self) -> str:
        scheme = "ws" if self.config.certificate is None else "wss"
        return f"{scheme}://127.0.0.1:{self.config.port}"

    @asynccontextmanager
    async def station(
        self,
        path: str = "/CP1",
        *,
        protocols: tuple[str, ...] = ("ocpp1.6",),
        auth: tuple[str, str] | None = None,
        tls: ssl.SSLContext | bool = True,
        **options: Any,
    ) -> AsyncGenerator[Talker]:
        """Connect; WSServerHandshakeError where that is refused."""
        if auth is not None:
            options["headers"] = {"Authorization": f"Basic {b64encode(':'.join(auth).encode()).decode()}"}
        async with self.session.ws_connect(self.url + path, protocols=protocols, ssl=tls, **options) as websocket:
            yield Talker(websocket)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def until(condition: Any, within_s: float = 60.0) -> None:
    """Wait for what another task is about to do."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 what is waited for has no event to set
            await asyncio.sleep(0.005)


@asynccontextmanager
async def central_system(hass: HomeAssistant, **listen: Any) -> AsyncGenerator[Wire]:
    """Yield a central system that listens on 127.0.0.1."""
    house = NotingHouse(hass)
    now = Now(utc=AT, monotonic_s=0.0)
    central = CentralSystem(hass, house, lambda: now)
    config = ListenerConfig(port=free_port(), address="127.0.0.1", **listen)
    await central.async_listen(config)
    async with ClientSession() as session:
        try:
            yield Wire(hass, house, central, session, config, now)
        finally:
            await central.async_close()
