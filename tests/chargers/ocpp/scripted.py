"""A station that answers as a test says. What it is sent is checked as strictly as on the wire."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
import json
from typing import Any

from ocpp.messages import get_validator

from custom_components.ev_sessions.chargers.ocpp.rpc import InvalidCallError
from custom_components.ev_sessions.chargers.ocpp.schema import is_foreign
from custom_components.ev_sessions.chargers.ocpp.station import BootInfo
from custom_components.ev_sessions.chargers.ocpp.version import Version

type Script = dict[str, Any] | Exception | Callable[[dict[str, Any]], dict[str, Any]]


def fault(version: Version, action: str, payload: dict[str, Any]) -> str | None:
    """Return what the schema says against a payload, with decimals as 1.6 wants them."""
    validator = get_validator(2, action, version.value, Decimal)
    errors = list(validator.iter_errors(json.loads(json.dumps(payload), parse_float=Decimal)))
    return errors[0].message if errors else None


@dataclass
class ScriptedStation:
    """Answers each action by its script; Accepted where there is none."""

    version: Version | None = Version.V16
    identity: str = "BOX1"
    connected: bool = True
    boot: BootInfo | None = None
    answers: dict[str, Script] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    listeners: list[Callable[[], None]] = field(default_factory=list)
    line: object = field(default_factory=object)

    @property
    def connection(self) -> object | None:
        return self.line if self.connected else None

    async def async_call(self, action: str, payload: dict[str, Any], *, timeout_s: float = 60) -> dict[str, Any]:
        assert self.version is not None
        if (wrong := fault(self.version, action, payload)) is not None:
            raise InvalidCallError(f"{action}: {wrong}")
        self.sent.append((action, payload))
        script = self.answers.get(action, {"status": "Accepted"})
        if isinstance(script, Exception):
            raise script
        return script(payload) if callable(script) else script

    async def async_call_any(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        if self.version is not None and is_foreign(action, self.version):
            self.sent.append((action, payload))
            script = self.answers[action]
            assert isinstance(script, dict)
            return script
        return await self.async_call(action, payload)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def changed(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    def of(self, action: str) -> list[dict[str, Any]]:
        """Return what was sent of an action."""
        return [payload for sent, payload in self.sent if sent == action]
