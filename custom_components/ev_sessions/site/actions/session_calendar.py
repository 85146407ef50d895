"""Sessions as a calendar shows them: a span of time, a line that sums it up, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant

from ...core.energy import kwh_from_mwh
from ...core.moment import instant_of, us_of
from ...core.money import Money, exact_text
from ...core.quarter import next_quarter_us
from ...store import SessionFilter
from ..evse.evse import EvseRuntime
from ..ledger.ledger import asked
from ..refusal import ledger_errors
from ..runtime import SiteRuntime
from ..view import SessionView
from .access import Access
from .session_queries import async_shown

#: A calendar shows weeks at a time; of a longer span the newest come.
MOST_SESSIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSession:
    """A session on a calendar; `facts` are what is known of it, by key, in words without a language."""

    id: str
    start: datetime
    end: datetime
    summary: str
    facts: Mapping[str, str]


async def async_sessions_between(
    hass: HomeAssistant, site: SiteRuntime, evse: EvseRuntime, start: datetime, end: datetime, now: datetime
) -> list[CalendarSession]:
    """Return the sessions of an EVSE that overlap [start, end), oldest first; at most `MOST_SESSIONS`."""
    wanted = SessionFilter(evse_ids=(evse.evse_id,), start=start, end=end)
    with ledger_errors():
        _, found = await asked(site.ledger.sessions_page(wanted, limit=MOST_SESSIONS))
        # Who may read the calendar's entity may read its sessions.
        shown = await async_shown(hass, site.ledger, [site], Access(hass=hass, user=None), found)
    return [
        _on_calendar(one["id"], stored.session.start, stored.session.end or _open_end(now, site.zone), one)
        for stored, one in zip(reversed(found), reversed(shown), strict=True)
    ]


def running_session(view: SessionView | None, currency: str, zone: ZoneInfo, now: datetime) -> CalendarSession | None:
    """Return the session that goes on, as far as it went."""
    if view is None:
        return None
    cost = None if view.cost is None else Money(amount=view.cost, currency=currency).text
    known = {
        "energy_kwh": kwh_from_mwh(view.energy_mwh),
        "cost": cost,
        "currency": currency,
        "average_price": None if view.average_price is None else exact_text(view.average_price),
        "connected_s": view.connected_ms // 1000,
        "charging_s": view.charging_ms // 1000,
    }
    return _on_calendar(view.id, view.start, _open_end(now, zone), known)


def _open_end(now: datetime, zone: ZoneInfo) -> datetime:
    """Return to when a session is drawn whose end nobody knows: the end of the quarter hour that runs."""
    return instant_of(next_quarter_us(us_of(now), zone))


def _on_calendar(session_id: str, start: datetime, end: datetime, known: Mapping[str, Any]) -> CalendarSession:
    energy = f"{known['energy_kwh']:.1f} kWh"
    cost = None if known["cost"] is None else f"{known['cost']} {known['currency']}"
    price = known["average_price"]
    facts = {
        "energy": f"{known['energy_kwh']:.2f} kWh",
        "cost": cost,
        "average_price": None if price is None else f"{price} {known['currency']}/kWh",
        "connected_time": duration_text(known["connected_s"]),
        "charging_time": duration_text(known["charging_s"]),
        "vehicle": known.get("vehicle"),
        "payer": known.get("payer"),
        "note": known.get("note"),
    }
    summary = energy if cost is None else f"{energy}, {cost}"
    who = known.get("vehicle")
    return CalendarSession(
        id=session_id,
        start=start,
        end=end,
        summary=summary if who is None else f"{who}: {summary}",
        facts={key: fact for key, fact in facts.items() if fact is not None},
    )


def duration_text(seconds: int) -> str:
    """Return a duration as people read it, down to the minute: "13 h 5 min"."""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
