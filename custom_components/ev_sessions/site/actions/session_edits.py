"""What people change of sessions, and what they see change by that."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import Unauthorized

from ...store import Kind, Ledger, RefusedEditError, SessionChanges, StoredSession
from ..ledger.ledger import asked
from ..refusal import ledger_errors, refuse, session_errors
from ..runtime import SiteRuntime
from .access import Access
from .session_queries import async_shown, thing_named


async def async_update_session(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, session_id: str, wish: Mapping[str, Any]
) -> dict[str, Any]:
    """Change note, vehicle, payer, codes, voucher, start or end of a session; return it as JSON values."""
    if not wish:
        raise refuse("nothing_to_update")
    ledger = sites[0].ledger
    with session_errors(session_id):
        stored = await async_editable(ledger, sites, access, session_id)
        changes = await _async_changes(ledger, wish)
        try:
            updated = await asked(ledger.update_session(session_id, changes, who=access.who, at=sites[0].clock().utc))
        except RefusedEditError as err:
            if err.reason != "energy_outside":
                raise
            start, end = await _async_energy_span(ledger, stored)
            raise refuse("periods_outside_session", start=start, end=end) from err
        async_tell_live(sites, updated)
        for site in (one for one in sites if one.entry_id == stored.site_id):
            # A voucher that is taken away leaves a cost of energy times price.
            await site.costs.async_recost([session_id], simple=stored.voucher != updated.voucher)
        (updated,) = await asked(ledger.sessions_of([session_id]))
        await async_show_changed(sites, {stored.site_id})
        return (await async_shown(hass, ledger, sites, access, [updated]))[0]


@callback
def async_tell_live(sites: Iterable[SiteRuntime], stored: StoredSession) -> None:
    """Let a session that goes on, or that may still change, be whose the ledger says, with its codes and voucher."""
    session_id = stored.session.id
    for site in sites:
        site.owners.async_said(stored)
        for evse in (one for one in site.evses if one.evse_id == stored.evse_id):
            now = site.clock()
            evse.recorder.ownership.async_set_owner(session_id, stored.payer_id, stored.vehicle_id, now)
            evse.recorder.ownership.async_give(session_id, frozenset(stored.codes), stored.voucher or Decimal(0), now)


async def async_delete_session(sites: Sequence[SiteRuntime], access: Access, session_id: str) -> None:
    """Delete an ended session for ever."""
    ledger = sites[0].ledger
    with session_errors(session_id):
        stored = await async_editable(ledger, sites, access, session_id)
        await asked(ledger.delete_session(session_id, who=access.who, at=sites[0].clock().utc))
        for evse in (evse for site in sites for evse in site.evses if evse.evse_id == stored.evse_id):
            evse.recorder.async_deleted(session_id)
        await async_show_changed(sites, {stored.site_id})


async def async_show_changed(sites: Iterable[SiteRuntime], site_ids: set[str]) -> None:
    """Let sites show the ledger as it is now."""
    with ledger_errors():
        for site in sites:
            if site.entry_id in site_ids:
                await site.async_ledger_changed()


async def async_editable(
    ledger: Ledger, sites: Iterable[SiteRuntime], access: Access, session_id: str
) -> StoredSession:
    """Return a session that may be edited; one that may not even be seen is as good as none."""
    found = await asked(ledger.sessions_of([session_id]))
    if not found:
        raise refuse("session_not_found", session_id=session_id)
    if access.is_admin:
        return found[0]
    evse = next((evse for site in sites for evse in site.evses if evse.evse_id == found[0].evse_id), None)
    if evse is None or not access.may_read(evse):
        raise refuse("session_not_found", session_id=session_id)
    if not access.may_control(evse):
        raise Unauthorized(user_id=access.who)
    return found[0]


async def _async_changes(ledger: Ledger, wish: Mapping[str, Any]) -> SessionChanges:
    """Return the wish in the ledger's words; what is empty is none, and so is a voucher of 0."""
    changes: SessionChanges = {}
    if "note" in wish:
        changes["note"] = wish["note"] or None
    if "vehicle" in wish:
        changes["vehicle_id"] = await _async_thing(ledger, Kind.VEHICLE, wish["vehicle"])
    if "payer" in wish:
        changes["payer_id"] = await _async_thing(ledger, Kind.PAYER, wish["payer"])
    if "code" in wish:
        changes["codes"] = wish["code"]
    if "voucher" in wish:
        changes["voucher"] = wish["voucher"] or None
    if "start" in wish:
        changes["start"] = wish["start"]
    if "end" in wish:
        changes["end"] = wish["end"]
    return changes


async def _async_thing(ledger: Ledger, kind: Kind, name: str | None) -> str | None:
    if not name:
        return None
    thing_id = thing_named(await asked(ledger.versions(kind)), name)
    if thing_id is None:
        raise refuse(f"{kind.value}_not_found", **{kind.value: name})
    return thing_id


async def _async_energy_span(ledger: Ledger, stored: StoredSession) -> tuple[str, str]:
    """Return from when to when a session has energy, as people read it."""
    periods = (await asked(ledger.periods_of([stored.session.id])))[stored.session.id]
    carrying = [one.period for one in periods if one.period.energy_mwh]
    zone = ZoneInfo(stored.time_zone)
    return _shown(carrying[0].start, zone), _shown(carrying[-1].end, zone)


def _shown(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
