"""How many cars a station can charge at the same time, asked while it waits to be taken in."""

from collections.abc import Mapping
from typing import Any

from ...chargers.ocpp.rpc import CallFailedError
from ...chargers.ocpp.station import Station
from ...chargers.ocpp.version import Version

_CONNECTORS = "NumberOfConnectors"
#: A station of a house has no more; each of them is asked for by its number (2.x).
_MOST_ASKED = 4
_ASK_S = 10.0


async def async_count_evses(station: Station) -> int | None:
    """Return how many EVSEs a station has; None where it does not tell."""
    version = station.version
    try:
        if version is Version.V16:
            answer = await station.async_call("GetConfiguration", {"key": [_CONNECTORS]}, timeout_s=_ASK_S)
            return _count(_first(answer.get("configurationKey")).get("value"))
        answer = await station.async_call("GetVariables", {"getVariableData": _ASKED}, timeout_s=_ASK_S)
    except CallFailedError:
        return None
    told = answer.get("getVariableResult")
    there = [one for one in told if _is_there(one)] if isinstance(told, list) else []
    return len(there) or None


_ASKED = [
    {"component": {"name": "EVSE", "evse": {"id": evse}}, "variable": {"name": "AvailabilityState"}}
    for evse in range(1, _MOST_ASKED + 1)
]


def _is_there(result: Any) -> bool:
    return isinstance(result, Mapping) and result.get("attributeStatus") == "Accepted"


def _first(items: Any) -> Mapping[str, Any]:
    found = items[0] if isinstance(items, list) and items else None
    return found if isinstance(found, Mapping) else {}


def _count(text: Any) -> int | None:
    count = int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 3 else 0
    return count or None
