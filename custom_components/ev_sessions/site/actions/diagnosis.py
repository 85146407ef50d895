"""What helps to find out why a site does what it does, as JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from homeassistant.core import HomeAssistant

from ...core.moment import instant_of
from ...store import LedgerError, SessionFilter
from ..circuits.circuit import CircuitRuntime
from ..evse.evse import EvseRuntime
from ..ledger.ledger import SHARED_LEDGER, asked
from ..runtime import SiteRuntime
from .access import Access
from .session_queries import async_shown

_LAST_SESSIONS = 5


def site_diagnosis(site: SiteRuntime) -> dict[str, Any]:
    """Return how a site stands: what is shown, what limits it, and what was decided last."""
    load = site.load
    return {
        "config": plain(site.config),
        "view": plain(site.view),
        "limits": None if load is None else plain(load.limits),
        "circuits": [circuit_diagnosis(circuit) for circuit in site.circuit_list],
        "decision": None if load is None else plain(load.decision),
        "price": None if site.prices is None else plain(site.prices.now),
        "price_samples_known": None if site.prices is None else len(site.prices.timeline.samples),
        "prices_asked": None if site.prices is None else plain(site.prices.asked_for),
    }


def circuit_diagnosis(circuit: CircuitRuntime) -> dict[str, Any]:
    """Return how a circuit stands: what is configured and shown, who limits it, and the interval that runs."""
    return {
        "name": circuit.name,
        "config": plain(circuit.config),
        "view": plain(circuit.view),
        "told": None if circuit.outside is None else plain(circuit.outside.told),
        "peak": None if circuit.peak is None else plain(circuit.peak.state),
    }


def evse_diagnosis(evse: EvseRuntime) -> dict[str, Any]:
    """Return how an EVSE stands, and what its tracker remembers."""
    tracker = evse.recorder.tracker
    return {
        "name": evse.name,
        "evse_id": evse.evse_id,
        "controllable": evse.controllable,
        "config": plain(evse.config, without={"unique_id"}),
        "view": plain(evse.view),
        "reading": plain(evse.reading),
        "tracker": {
            "at": instant_of(tracker.at_us).isoformat(),
            "presence": plain(tracker.presence),
            "has_status": tracker.has_status,
            "register": plain(tracker.register),
            "counter": plain(tracker.counter),
            "gap": plain(tracker.gap),
            "pending_pieces": len(tracker.pending),
            "session": plain(tracker.current),
            "ended_but_open_to_change": len(tracker.ended),
            "outside_mwh": tracker.outside_mwh,
            "fault": tracker.fault,
        },
    }


async def async_ledger_diagnosis(hass: HomeAssistant, site: SiteRuntime) -> dict[str, Any]:
    """Return how the ledger was opened, and what it holds of a site."""
    shared = hass.data[SHARED_LEDGER]
    found: dict[str, Any] = {
        "opened": plain(shared.report),
        "users": shared.users,
        "waiting_writes": site.ledger.waiting_writes,
    }
    try:
        total, _ = await asked(
            site.ledger.sessions_page(SessionFilter(site_ids=(site.entry_id,), include_empty=True), limit=1)
        )
        chargers = await asked(site.ledger.chargers(site_id=site.entry_id))
    except LedgerError as err:
        return found | {"error": str(err)}
    return found | {
        "sessions": total,
        "chargers": len(chargers),
        "archived_chargers": sum(one.archived_at is not None for one in chargers),
    }


async def async_last_sessions(
    hass: HomeAssistant, site: SiteRuntime, evses: Sequence[EvseRuntime]
) -> list[dict[str, Any]] | str:
    """Return the newest sessions of some EVSEs with their periods, or why they cannot be read."""
    wanted = SessionFilter(evse_ids=tuple(evse.evse_id for evse in evses), include_empty=True)
    try:
        _, found = await asked(site.ledger.sessions_page(wanted, limit=_LAST_SESSIONS))
        admin = Access(hass=hass, user=None)
        return await async_shown(hass, site.ledger, [site], admin, found, include_periods=True)
    except LedgerError as err:
        return str(err)


def plain(value: Any, *, without: frozenset[str] | set[str] = frozenset()) -> Any:
    """Return records, words, amounts and instants as JSON values; fields named in `without` are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name), without=without)
            for field in fields(value)
            if field.name not in without
        }
    if isinstance(value, Mapping):
        return {str(key): plain(part, without=without) for key, part in value.items() if key not in without}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part, without=without) for part in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
