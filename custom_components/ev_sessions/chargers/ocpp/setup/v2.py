"""Settings of OCPP 2.0.1 and 2.1: variables of the device model."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from secrets import randbelow
from typing import Any, Final, override

from .calls import Calls
from .dialect import Dialect, Written
from .report import ReportCollector
from .settings import VARIABLES, Setting, Variable
from .told import Readout, Told, items_of, number_of

#: How many variables go into one message where the station does not say how many it takes.
_SLICE: Final = 4
_MOST_SLICE: Final = 50
#: A report has ended when nothing came for so long, and takes no longer than that.
_PAUSE_S: Final = 20.0
_MOST_S: Final = 180.0

_ANSWERS: Final = {
    "accepted": Written.ACCEPTED,
    "rebootrequired": Written.REBOOT,
    "rejected": Written.REJECTED,
    "unknowncomponent": Written.UNSUPPORTED,
    "unknownvariable": Written.UNSUPPORTED,
    "notsupportedattributetype": Written.UNSUPPORTED,
}
_BY_NAME: Final = {str(variable).lower(): setting for setting, variable in VARIABLES.items()}
#: Of these the value is how many there are now; how many there may be stands beside it, in reports only.
_BOUNDS: Final = frozenset({Setting.LOCAL_LIST_MAX, Setting.PROFILES_MAX})
#: No home has more EVSEs behind one station, nor more connectors on one of them.
_MOST_PLACES: Final = 64
_UNKNOWN: Final = frozenset({"unknowncomponent", "unknownvariable"})


class Dialect2(Dialect):
    """The variables of one station."""

    def __init__(self, calls: Calls, reports: ReportCollector, *, pause_s: float = _PAUSE_S) -> None:
        self._calls = calls
        self._reports = reports
        self._pause_s = pause_s
        self._per_get = _SLICE
        self._per_set = _SLICE

    @override
    def name(self, setting: Setting) -> str | None:
        variable = VARIABLES.get(setting)
        return None if variable is None else str(variable)

    @override
    async def async_read(self) -> Readout:
        told, connectors = await self._async_report()
        limits = (Setting.VARIABLES_PER_GET, Setting.VARIABLES_PER_SET)
        unknown: set[Setting] = set()
        # How much goes into one message first; a question for one variable is in everyone's reach.
        for limit in limits:
            if limit not in told:
                await self._async_get([limit], told, unknown)
        self._per_get, self._per_set = (_slice(told.get(limit)) for limit in limits)
        missing = [setting for setting in VARIABLES if setting not in {*told, *unknown, *_BOUNDS}]
        for asked in batched(missing, self._per_get, strict=False):
            await self._async_get(asked, told, unknown)
        return Readout(told=told, unknown=frozenset(unknown), connectors=connectors)

    @override
    async def async_reread(self, names: Sequence[str]) -> Mapping[str, Told]:
        told: dict[str, Told] = {}
        for some in batched(names, self._per_get, strict=False):
            for name, _, value in await self._async_ask_for(some):
                if value is not None:
                    told[name] = Told(value=value)
        return told

    @override
    async def async_write(self, values: Mapping[str, str]) -> Mapping[str, Written]:
        written: dict[str, Written] = {}
        for some in batched(values, self._per_set, strict=False):
            answers = await self._async_set({name: values[name] for name in some})
            if not answers and len(some) > 1:
                # One that it cannot bear must not take the others with it.
                for name in some:
                    answers |= await self._async_set({name: values[name]})
            written |= {name: answers.get(name, Written.UNANSWERED) for name in some}
        return written

    async def _async_report(self) -> tuple[dict[Setting, Told], tuple[int, ...]]:
        request_id = randbelow(2**31 - 1) + 1
        inventory = _Inventory()
        report = self._reports.expect(request_id, inventory.take)
        try:
            payload = {"requestId": request_id, "reportBase": "FullInventory"}
            answer = await self._calls.async_ask("GetBaseReport", payload)
            if answer is not None and str(answer.get("status")).lower() == "accepted":
                await self._reports.async_wait(report, pause_s=self._pause_s, most_s=_MOST_S)
        finally:
            self._reports.forget(request_id)
        return inventory.told, inventory.connectors

    async def _async_get(self, settings: Iterable[Setting], told: dict[Setting, Told], unknown: set[Setting]) -> None:
        by_name = {str(VARIABLES[setting]): setting for setting in settings}
        for name, status, value in await self._async_ask_for(by_name):
            if value is not None:
                told[by_name[name]] = Told(value=value)
            elif status in _UNKNOWN:
                unknown.add(by_name[name])

    async def _async_ask_for(self, names: Iterable[str]) -> list[tuple[str, str, str | None]]:
        """Return name, status and value of what is answered; an Accepted without a value tells nothing."""
        asked = {name.lower(): name for name in names}
        payload = {"getVariableData": [_address(name) for name in asked.values()]}
        answer = await self._calls.async_ask("GetVariables", payload)
        found: list[tuple[str, str, str | None]] = []
        for one in _results(answer, "getVariableResult"):
            name = asked.get(_name(one).lower())
            value = one.get("attributeValue")
            status = str(one.get("attributeStatus")).lower()
            if name is not None:
                found.append((name, status, str(value) if value is not None and status == "accepted" else None))
        return found

    async def _async_set(self, values: Mapping[str, str]) -> dict[str, Written]:
        asked = {name.lower(): name for name in values}
        payload = {"setVariableData": [_address(name) | {"attributeValue": value} for name, value in values.items()]}
        answer = await self._calls.async_ask("SetVariables", payload)
        return {
            asked[_name(one).lower()]: _ANSWERS.get(str(one.get("attributeStatus")).lower(), Written.UNANSWERED)
            for one in _results(answer, "setVariableResult")
            if _name(one).lower() in asked
        }


def _address(name: str) -> dict[str, Any]:
    """Return how a variable is asked for."""
    one = Variable.named(name)
    variable = {"name": one.variable} | ({"instance": one.instance} if one.instance else {})
    return {"component": {"name": one.component}, "variable": variable}


def _name(entry: Mapping[str, Any]) -> str:
    """Return what we call the variable of an answer or a report; empty where it is none of the whole station."""
    component, variable = _mapping(entry, "component"), _mapping(entry, "variable")
    if component.get("evse") is not None or component.get("instance") is not None:
        return ""
    return str(Variable(str(component.get("name")), str(variable.get("name")), variable.get("instance")))


def _mapping(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = entry.get(key)
    return part if isinstance(part, Mapping) else {}


def _results(answer: Mapping[str, Any] | None, key: str) -> list[Mapping[str, Any]]:
    results = None if answer is None else answer.get(key)
    return [one for one in results if isinstance(one, Mapping)] if isinstance(results, list) else []


def _slice(told: Told | None) -> int:
    limit = None if told is None else number_of(told.value)
    return _SLICE if limit is None else max(1, min(limit, _MOST_SLICE))


class _Inventory:
    """What a report tells of the settings that we know, and of the EVSEs."""

    def __init__(self) -> None:
        self.told: dict[Setting, Told] = {}
        self._evses: dict[int, set[int]] = {}

    def take(self, entry: Mapping[str, Any]) -> None:
        """Take in an entry of the report."""
        self._take_evse(_mapping(_mapping(entry, "component"), "evse"))
        setting = _BY_NAME.get(_name(entry).lower())
        if setting is None:
            return
        for attribute in _results(entry, "variableAttribute"):
            if attribute.get("type", "Actual") == "Actual":
                self.told[setting] = _reported(setting, attribute, _mapping(entry, "variableCharacteristics"))

    def _take_evse(self, evse: Mapping[str, Any]) -> None:
        number, connector = evse.get("id"), evse.get("connectorId")
        # 0 is the station itself.
        if isinstance(number, int) and 0 < number <= _MOST_PLACES:
            connectors = self._evses.setdefault(number, set())
            if isinstance(connector, int) and 0 < connector <= _MOST_PLACES:
                connectors.add(connector)

    @property
    def connectors(self) -> tuple[int, ...]:
        """How many connectors each EVSE has; nothing where their ids do not count up from 1."""
        if sorted(self._evses) != list(range(1, len(self._evses) + 1)):
            return ()
        return tuple(max(1, len(self._evses[number])) for number in sorted(self._evses))


def _reported(setting: Setting, attribute: Mapping[str, Any], traits: Mapping[str, Any]) -> Told:
    value, choices = attribute.get("value"), traits.get("valuesList")
    if setting in _BOUNDS:
        value = traits.get("maxLimit")
    return Told(
        value=None if value is None else str(value),
        read_only=attribute.get("mutability") == "ReadOnly",
        choices=items_of(choices) if isinstance(choices, str) else (),
    )
