"""Stations that answer what real ones answered, each as rude as a test wants it; what we send has to be valid."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any, override

from ocpp.messages import get_validator

from custom_components.ev_sessions.chargers.ocpp.rpc import NotConnectedError, RefusedError, TimedOutError
from custom_components.ev_sessions.chargers.ocpp.setup.memory import SettingChange
from custom_components.ev_sessions.chargers.ocpp.version import Version

DATA = Path(__file__).parent / "data"
CALL = 2


def captured(name: str) -> Any:
    """Return an answer as it was captured."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


@dataclass
class Notebook:
    """What was changed in a station."""

    changes: dict[str, SettingChange] = field(default_factory=dict)

    async def async_changes(self) -> Mapping[str, SettingChange]:
        return dict(self.changes)

    async def async_remember(self, name: str, *, before: str | None, after: str) -> None:
        first = self.changes[name].before if name in self.changes else before
        self.changes[name] = SettingChange(name=name, before=first, after=after)

    async def async_forget(self, name: str) -> None:
        self.changes.pop(name, None)

    @property
    def told(self) -> dict[str, tuple[str | None, str]]:
        return {name: (change.before, change.after) for name, change in self.changes.items()}


class NoTransactions:
    """Nothing runs."""

    def running(self) -> list[str]:
        return []

    async def async_lost(self, transaction_id: str) -> None:
        raise AssertionError(f"{transaction_id} was never there")


@dataclass
class Scripted:
    """A station by its script. `silent` and `erring` actions bring no answer, or an error."""

    version: Version
    identity: str = "CP1"
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    erring: set[str] = field(default_factory=set)
    #: After so many calls it is gone.
    gone_after: int | None = None
    #: What it answers to actions that are no settings.
    answers: dict[str, Any] = field(default_factory=dict)
    #: What happens before an action is answered.
    on_call: Callable[[str, dict[str, Any]], None] | None = None
    # A station that is watched
    connection: object | None = None
    listeners: list[Callable[[], None]] = field(default_factory=list)

    @property
    def connected(self) -> bool:
        return self.connection is not None

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def connect(self) -> None:
        self.connection = object()
        self._changed()

    def disconnect(self) -> None:
        self.connection = None
        self._changed()

    def _changed(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    async def async_call(self, action: str, payload: dict[str, Any], *, timeout_s: float = 60) -> dict[str, Any]:
        assert timeout_s > 0
        get_validator(CALL, action, self.version).validate(payload)
        self.asked.append((action, payload))
        if self.gone_after is not None and len(self.asked) > self.gone_after:
            raise NotConnectedError("gone")
        if self.on_call is not None:
            self.on_call(action, payload)
        if action in self.silent:
            raise TimedOutError("silent")
        if action in self.erring:
            raise RefusedError("InternalError")
        return self.answer(action, payload)

    def answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        told = self.answers[action]
        return told(payload) if callable(told) else told  # type: ignore[no-any-return]  # what the test wrote

    def payloads(self, action: str) -> list[dict[str, Any]]:
        """Return what an action was asked with."""
        return [payload for asked, payload in self.asked if asked == action]


@dataclass
class Box16(Scripted):
    """A station of 1.6. `keys` are its settings, `fixed` of them cannot be written."""

    version: Version = Version.V16
    keys: dict[str, str | None] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    #: Answers to writing, by key; else Accepted where the key is there, NotSupported where not.
    statuses: dict[str, str] = field(default_factory=dict)
    #: What is really kept of a value, by key.
    kept: dict[str, Callable[[str], str | None]] = field(default_factory=dict)
    measurands: set[str] | None = None
    max_keys: int | None = None
    tells_all: bool = False
    accepts_all: bool = False

    @classmethod
    def as_captured(cls, name: str, **changes: Any) -> Box16:
        told = captured(name)["configurationKey"]
        return cls(
            keys={one["key"]: one["value"] for one in told},
            fixed={one["key"] for one in told if one["readonly"]},
            **changes,
        )

    @override
    def answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        match action:
            case "GetConfiguration":
                return self._get(payload.get("key"))
            case "ChangeConfiguration":
                return {"status": self._set(payload["key"], payload["value"])}
        return super().answer(action, payload)

    def _get(self, wanted: list[str] | None) -> dict[str, Any]:
        if wanted is not None and self.max_keys is not None and len(wanted) > self.max_keys:
            raise RefusedError("OccurenceConstraintViolation")
        names = list(self.keys) if wanted is None or self.tells_all else wanted
        told = [self._told(name) for name in names[: self.max_keys] if name in self.keys]
        unknown = [] if self.tells_all else [name for name in names if name not in self.keys]
        return {"configurationKey": told, "unknownKey": unknown}

    def _told(self, name: str) -> dict[str, Any]:
        value = self.keys[name]
        return {"key": name, "readonly": name in self.fixed} | ({} if value is None else {"value": value})

    def _set(self, name: str, value: str) -> str:
        if self.accepts_all:
            return "Accepted"
        if name in self.statuses and self.statuses[name] != "RebootRequired":
            return self.statuses[name]
        if name not in self.keys:
            return "NotSupported"
        if name in self.fixed or (self.measurands is not None and not self._takes(name, value)):
            return "Rejected"
        self.keys[name] = self.kept[name](value) if name in self.kept else value
        return self.statuses.get(name, "Accepted")

    def _takes(self, name: str, value: str) -> bool:
        assert self.measurands is not None
        return name != "MeterValuesSampledData" or set(value.split(",")) <= self.measurands


@dataclass
class Box2(Scripted):
    """A station of 2.x with the device model of a captured report, by `Component.Variable[instance]`."""

    version: Version = Version.V201
    entries: list[dict[str, Any]] = field(default_factory=lambda: captured("keba_201")["reportData"])
    #: Where NotifyReport goes.
    report: Callable[[dict[str, Any]], None] = lambda payload: None
    base_report: str = "Accepted"
    per_part: int = 100
    first_part: int = 0
    items: int | None = None
    statuses: dict[str, str] = field(default_factory=dict)
    valueless: set[str] = field(default_factory=set)
    keeps: bool = True

    def __post_init__(self) -> None:
        self.values = {_name(one): one["variableAttribute"][0].get("value") for one in self.entries}

    @override
    def answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        match action:
            case "GetBaseReport":
                if self.base_report == "Accepted":
                    self.send_report(payload["requestId"])
                return {"status": self.base_report}
            case "GetVariables":
                return {"getVariableResult": [self._get(one) for one in self._bounded(payload["getVariableData"])]}
            case "SetVariables":
                return {"setVariableResult": [self._set(one) for one in self._bounded(payload["setVariableData"])]}
        return super().answer(action, payload)

    def send_report(self, request_id: int) -> None:
        parts = [self.entries[start : start + self.per_part] for start in range(0, len(self.entries), self.per_part)]
        for number, part in enumerate(parts):
            self.report(
                {
                    "requestId": request_id,
                    "generatedAt": "2026-11-20T15:11:20Z",
                    "seqNo": number + self.first_part,
                    "tbc": number < len(parts) - 1,
                    "reportData": part,
                }
            )

    def _bounded(self, data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.items is not None and len(data) > self.items:
            raise RefusedError("OccurrenceConstraintViolation")
        return data

    def _get(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = _name(asked)
        result = {"component": asked["component"], "variable": asked["variable"]}
        if name not in self.values:
            return result | {"attributeStatus": "UnknownVariable"}
        value = {} if name in self.valueless else {"attributeValue": self.values[name]}
        return result | {"attributeStatus": "Accepted"} | value

    def _set(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = _name(asked)
        known = "Accepted" if name in self.values else "UnknownVariable"
        status = self.statuses.get(name, known)
        if status in {"Accepted", "RebootRequired"} and self.keeps:
            self.values[name] = asked["attributeValue"]
        return {"component": asked["component"], "variable": asked["variable"], "attributeStatus": status}


def _name(entry: Mapping[str, Any]) -> str:
    instance = entry["variable"].get("instance")
    name = f"{entry['component']['name']}.{entry['variable']['name']}"
    return f"{name}[{instance}]" if instance else name
