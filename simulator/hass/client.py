"""Speak to a real Home Assistant as a person's browser and scripts do: REST and WebSocket."""

import asyncio
from collections.abc import Callable
import itertools
from types import TracebackType
from typing import Any, Self

import aiohttp

type Json = dict[str, Any]


class HassApiError(Exception):
    """Home Assistant refused a call; the text is its answer."""


class HassClient:
    """A logged-in owner. Use it as an async context manager."""

    def __init__(self, url: str, *, timeout_s: float = 30.0) -> None:
        self.url = url
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout_s))
        self._token = ""
        self._timeout_s = timeout_s

    async def __aenter__(self) -> Self:
        await self._login()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def _login(self) -> None:
        client_id = f"{self.url}/"
        start = {"client_id": client_id, "handler": ["trusted_networks", None], "redirect_uri": client_id}
        async with self._session.post(f"{self.url}/auth/login_flow", json=start) as answer:
            flow = await answer.json()
        if flow.get("type") == "form":
            users = flow["data_schema"][0]["options"]
            pick = {"client_id": client_id, "user": users[0][0]}
            async with self._session.post(f"{self.url}/auth/login_flow/{flow['flow_id']}", json=pick) as answer:
                flow = await answer.json()
        form = {"grant_type": "authorization_code", "code": flow["result"], "client_id": client_id}
        async with self._session.post(f"{self.url}/auth/token", data=form) as answer:
            self._token = (await answer.json())["access_token"]

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer of a REST call, under /api; HassApiError where it is refused."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(method, f"{self.url}/api/{path}", json=body, headers=headers) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise HassApiError(f"{method} {path}: {answer.status} {text[:2000]}")
            return await answer.json() if "json" in answer.content_type else text

    # States

    async def states(self) -> dict[str, Json]:
        """Return all states by entity id."""
        return {state["entity_id"]: state for state in await self.call("GET", "states")}

    async def state(self, entity_id: str) -> Json | None:
        """Return one state; None where there is none."""
        try:
            found: Json = await self.call("GET", f"states/{entity_id}")
        except HassApiError:
            return None
        return found

    async def set_state(self, entity_id: str, state: str, attributes: Json | None = None) -> None:
        """Write a state as an integration without entities would."""
        await self.call("POST", f"states/{entity_id}", {"state": state, "attributes": attributes or {}})

    async def wait_for(
        self, entity_id: str, holds: Callable[[Json], bool], *, timeout_s: float = 30.0, every_s: float = 0.2
    ) -> Json:
        """Return the state as soon as it holds; TimeoutError with what it was instead."""
        last: Json | None = None
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    last = await self.state(entity_id)
                    if last is not None and holds(last):
                        return last
                    await asyncio.sleep(every_s)
        except TimeoutError as err:
            raise TimeoutError(f"{entity_id} stayed {last and last['state']!r} for {timeout_s} s") from err

    async def wait_until_running(self, timeout_s: float = 60.0) -> None:
        """Wait until the start is over."""
        async with asyncio.timeout(timeout_s):
            while (await self.call("GET", "config"))["state"] != "RUNNING":  # noqa: ASYNC110 - it is asked over the wire
                await asyncio.sleep(0.1)

    # Actions

    async def action(self, domain: str, name: str, data: Json | None = None, *, response: bool = False) -> Any:
        """Call an action; return its response where asked for."""
        path = f"services/{domain}/{name}" + ("?return_response" if response else "")
        answer = await self.call("POST", path, data or {})
        return answer["service_response"] if response else answer

    # Flows

    async def start_flow(self, domain: str) -> Json:
        """Start a config flow as a person would; return its first step."""
        found: Json = await self.call(
            "POST", "config/config_entries/flow", {"handler": domain, "show_advanced_options": True}
        )
        return found

    async def next_step(self, flow: Json, answers: Json) -> Json:
        """Answer a step of a config flow; return the next one."""
        found: Json = await self.call("POST", f"config/config_entries/flow/{flow['flow_id']}", answers)
        return found

    async def start_subentry_flow(self, entry_id: str, kind: str, subentry_id: str | None = None) -> Json:
        """Start the flow of a new subentry, or the reconfiguration of one."""
        body: Json = {"handler": [entry_id, kind], "show_advanced_options": True}
        if subentry_id is not None:
            body["subentry_id"] = subentry_id
        found: Json = await self.call("POST", "config/config_entries/subentries/flow", body)
        return found

    async def next_subentry_step(self, flow: Json, answers: Json) -> Json:
        """Answer a step of a subentry flow; return the next one."""
        found: Json = await self.call("POST", f"config/config_entries/subentries/flow/{flow['flow_id']}", answers)
        return found

    async def entries(self, domain: str) -> list[Json]:
        """Return the config entries of a domain."""
        found: list[Json] = await self.call("GET", f"config/config_entries/entry?domain={domain}")
        return found

    # WebSocket

    async def commands(self, *commands: Json) -> list[Any]:
        """Send WebSocket commands one after the other; return their results."""
        results: list[Any] = []
        async with asyncio.timeout(self._timeout_s), self._session.ws_connect(f"{self.url}/api/websocket") as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self._token})
            await socket.receive_json()
            for number, command in zip(itertools.count(1), commands, strict=False):
                await socket.send_json({"id": number, **command})
                answer = await socket.receive_json()
                while answer.get("id") != number or answer.get("type") != "result":
                    answer = await socket.receive_json()
                if not answer["success"]:
                    raise HassApiError(f"{command['type']}: {answer['error']}")
                results.append(answer["result"])
        return results
