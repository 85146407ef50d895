"""The way in: Home Assistant's own HTTP and WebSocket interfaces, as a browser or a script uses them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from itertools import count
from typing import Any, Self

import aiohttp

#: What gives up too soon on a slow machine fails without a reason; so with the others.
_REQUEST_TIMEOUT_S = 120.0
_POLL_S = 0.2

type Json = Any


class HassError(Exception):
    """Home Assistant refused, or did not do in time what was waited for."""


class HassClient:
    """Speaks to a Home Assistant that trusts this machine. Use it as an async context manager."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._token: str | None = None
        self._session: aiohttp.ClientSession | None = None
        self._ids = count(1)

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=_REQUEST_TIMEOUT_S)
        self._session = aiohttp.ClientSession(timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """Return the open session."""
        if self._session is None:
            raise HassError("not entered: use `async with`")
        return self._session

    async def login(self) -> None:
        """Get a token by the login flow of trusted networks."""
        client = {"client_id": f"{self.url}/"}
        start = {**client, "handler": ["trusted_networks", None], "redirect_uri": f"{self.url}/"}
        async with self.session.post(f"{self.url}/auth/login_flow", json=start) as response:
            flow = await response.json()
        if flow.get("type") != "create_entry":
            raise HassError(f"the login was refused: {flow}")
        grant = {**client, "grant_type": "authorization_code", "code": flow["result"]}
        async with self.session.post(f"{self.url}/auth/token", data=grant) as response:
            answer = await response.json()
        if "access_token" not in answer:
            raise HassError(f"no token: {answer}")
        self._token = answer["access_token"]

    async def request(self, method: str, path: str, body: Json = None) -> Json:
        """Make a request and return what it answers; log in again when the token has run out."""
        for attempt in range(2):
            if self._token is None:
                await self.login()
            headers = {"Authorization": f"Bearer {self._token}"}
            async with self.session.request(method, f"{self.url}{path}", json=body, headers=headers) as response:
                if response.status == HTTPStatus.UNAUTHORIZED and attempt == 0:
                    self._token = None
                    continue
                if response.status >= 400:
                    raise HassError(f"{method} {path}: {response.status} {await response.text()}")
                return await response.json()
        raise HassError(f"{method} {path}: not allowed")

    async def wait_running(self, timeout_s: float = 240.0) -> None:
        """Wait until Home Assistant has started."""
        problem = "no answer"
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    try:
                        config = await self.request("GET", "/api/config")
                        if config["state"] == "RUNNING":
                            return
                        problem = f"state {config['state']}"
                    except (aiohttp.ClientError, HassError, ValueError) as err:
                        problem = str(err)
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise HassError(f"Home Assistant did not start in {timeout_s:.0f} s: {problem}") from None

    async def states(self) -> dict[str, Json]:
        """Return all states by entity id."""
        return {state["entity_id"]: state for state in await self.request("GET", "/api/states")}

    async def state(self, entity_id: str) -> Json | None:
        """Return a state, or None."""
        return (await self.states()).get(entity_id)

    async def wait_until[T](self, what: str, probe: Callable[[dict[str, Json]], T | None], timeout_s: float) -> T:
        """Return what `probe` finds in the states as soon as it finds something; HassError when the time is over."""
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    if found := probe(await self.states()):
                        return found
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise HassError(f"not in {timeout_s:.0f} s: {what}") from None

    async def call(self, domain: str, service: str, data: Json = None, *, response: bool = False) -> Json:
        """Call an action; with `response`, return its answer."""
        path = f"/api/services/{domain}/{service}{'?return_response' if response else ''}"
        answer = await self.request("POST", path, data or {})
        return answer["service_response"] if response else answer

    async def entries(self, domain: str) -> list[Json]:
        """Return the config entries of an integration."""
        found: list[Json] = await self.request("GET", f"/api/config/config_entries/entry?domain={domain}")
        return found

    async def start_flow(self, domain: str, *, entry_id: str | None = None) -> Json:
        """Start a config flow, or the reconfiguration of an entry."""
        body = {"handler": domain, "show_advanced_options": True}
        if entry_id is not None:
            body["entry_id"] = entry_id
        return await self.request("POST", "/api/config/config_entries/flow", body)

    async def step_flow(self, flow: Json, answers: Json) -> Json:
        """Answer a config flow's form."""
        return await self.request("POST", f"/api/config/config_entries/flow/{flow['flow_id']}", answers)

    async def start_subentry_flow(self, entry_id: str, kind: str, *, subentry_id: str | None = None) -> Json:
        """Start a subentry's flow, or the reconfiguration of one."""
        body: Json = {"handler": [entry_id, kind], "show_advanced_options": True}
        if subentry_id is not None:
            body["subentry_id"] = subentry_id
        return await self.request("POST", "/api/config/config_entries/subentries/flow", body)

    async def step_subentry_flow(self, flow: Json, answers: Json) -> Json:
        """Answer a subentry flow's form."""
        return await self.request("POST", f"/api/config/config_entries/subentries/flow/{flow['flow_id']}", answers)

    async def command(self, kind: str, **arguments: Any) -> Json:
        """Send a command over a WebSocket of its own and return the result."""
        if self._token is None:
            await self.login()
        address = self.url.replace("http", "ws", 1) + "/api/websocket"
        async with asyncio.timeout(_REQUEST_TIMEOUT_S), self.session.ws_connect(address, max_msg_size=0) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self._token})
            if (await socket.receive_json())["type"] != "auth_ok":
                self._token = None
                raise HassError("the WebSocket does not take our token")
            await socket.send_json({"id": next(self._ids), "type": kind, **arguments})
            answer = await socket.receive_json()
        if not answer.get("success"):
            raise HassError(f"{kind}: {answer.get('error')}")
        return answer["result"]

    async def devices(self) -> list[Json]:
        """Return the device registry."""
        found: list[Json] = await self.command("config/device_registry/list")
        return found

    async def entities(self) -> list[Json]:
        """Return the entity registry."""
        found: list[Json] = await self.command("config/entity_registry/list")
        return found

    async def render(self, template: str) -> str:
        """Return what a template gives."""
        if self._token is None:
            await self.login()
        headers = {"Authorization": f"Bearer {self._token}"}
        body = {"template": template}
        async with self.session.post(f"{self.url}/api/template", json=body, headers=headers) as response:
            return await response.text()

    async def reachable(self) -> bool:
        """Tell whether somebody answers."""
        with suppress(aiohttp.ClientError, TimeoutError):
            async with self.session.get(f"{self.url}/manifest.json"):
                return True
        return False
