"""What a station of OCPP 2.x tells in events of its components, as problems that come and go.

Only what its own device model calls a problem counts (variables Problem, Tripped and Overload of
OCPP 2.0.1's components); thresholds that somebody had it monitor are theirs to follow.
"""

from collections.abc import Mapping
from typing import Any, Final

from ....core.station.problems import Problem, ProblemTold
from ..loose import record_of, records_of, text_of, whole_of

_VARIABLES: Final = frozenset({"problem", "tripped", "overload"})
#: From Warning on nothing is broken (OCPP 2.x, severities of monitoring; told with an event in 2.1 only).
_WARNING: Final = 6
_LONGEST_NAME: Final = 50
_LONGEST_INFO: Final = 500


def problems_of(payload: Mapping[str, Any]) -> tuple[ProblemTold, ...]:
    """Return what a NotifyEvent tells of problems, in the order in which it does."""
    told = (_told(event) for event in records_of(payload, "eventData"))
    return tuple(one for one in told if one is not None)


def _told(event: Mapping[str, Any]) -> ProblemTold | None:
    component = record_of(event, "component")
    name = text_of(component, "name", _LONGEST_NAME)
    variable = text_of(record_of(event, "variable"), "name", _LONGEST_NAME)
    if name is None or variable is None or variable.lower() not in _VARIABLES:
        return None
    if (whole_of(event, "severity") or 0) >= _WARNING:
        return None
    value = str(event.get("actualValue")).strip().lower()
    problem = Problem(
        component=name,
        variable=variable,
        evse=whole_of(record_of(component, "evse"), "id") or None,
        code=text_of(event, "techCode", _LONGEST_NAME),
        info=text_of(event, "techInfo", _LONGEST_INFO),
    )
    return ProblemTold(problem=problem, is_there=value in {"true", "1"} and event.get("cleared") is not True)
