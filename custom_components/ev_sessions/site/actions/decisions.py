"""The load manager's decisions and their reasons, as JSON values in the language of Home Assistant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ..refusal import refuse
from ..runtime import SiteRuntime
from ..wording import decided_json
from .access import Access
from .session_queries import ChargerAsked


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionQuery:
    """Which decisions are asked for: those that held in a span, of some chargers; None is all."""

    chargers: tuple[ChargerAsked, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None


@callback
def async_get_decisions(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, query: DecisionQuery
) -> dict[str, Any]:
    """Return the decisions, oldest first."""
    if query.start is not None and query.end is not None and query.end <= query.start:
        raise refuse("span_reversed")
    asked = None if query.chargers is None else {(one.charger_id, one.evse) for one in query.chargers}
    found: list[tuple[datetime, dict[str, Any]]] = []
    for site in sites:
        for evse in site.evses:
            if asked is not None and not asked & {(evse.charger_id, None), (evse.charger_id, evse.evse)}:
                continue
            if not access.may_read(evse):
                continue
            names = {"site": site.name, "charger": evse.config.name, "charger_device_id": evse.charger_device_id}
            found.extend(
                (one.at, {**names, "evse": evse.evse, **decided_json(hass, one, evse.zone)})
                for one in evse.decided.history.between(query.start, query.end)
            )
    found.sort(key=lambda pair: pair[0])
    return {"decisions": [values for _, values in found]}
