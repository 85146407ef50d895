"""Sessions that people cut, join, add by hand and put back, and what is shown and costed anew by that."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import Unauthorized
from ulid_transform import ulid_at_time

from ...core.imports.session import ImportContext, read_sessions
from ...core.sessions.attribution import FoundBy
from ...core.sessions.session import EndReason
from ...store import ChargerWish, Kind, Ledger, StoredSession, Version
from ..ledger.ledger import asked
from ..refusal import ledger_errors, refuse, session_errors
from ..runtime import SiteRuntime
from ..wording import elsewhere_name
from .access import Access
from .session_edits import async_editable, async_show_changed, async_tell_live
from .session_import import imported_session
from .session_queries import ChargerAsked, asked_evse_ids, async_shown, thing_named

#: How a charger is reached that nobody sees: charging somewhere else.
MANUAL: Final = "manual"


async def async_split_session(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, session_id: str, at: datetime | None
) -> list[dict[str, Any]]:
    """Cut a session in two, one that goes on at this moment; return both as JSON values."""
    ledger = sites[0].ledger
    with session_errors(session_id):
        stored = await async_editable(ledger, sites, access, session_id)
        if stored.session.end is None:
            return await _async_split_now(hass, sites, access, stored, at)
        if at is None:
            raise refuse("cut_needs_instant", session_id=session_id)
        new_id = ulid_at_time(at.timestamp())
        parts = await asked(
            ledger.split_session(session_id, at, new_id=new_id, who=access.who, at=sites[0].clock().utc)
        )
        return await _async_changed(hass, sites, access, parts)


async def _async_split_now(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, stored: StoredSession, at: datetime | None
) -> list[dict[str, Any]]:
    evse = next((evse for site in sites for evse in site.evses if evse.evse_id == stored.evse_id), None)
    if at is not None or evse is None or evse.whose is None:
        raise refuse("session_is_open", session_id=stored.session.id)
    begun = evse.whose.async_split_now(EndReason.SPLIT)
    if begun is None:
        raise refuse("cut_not_certain")
    for site in sites:
        await site.async_flush()
    both = await asked(sites[0].ledger.sessions_of([stored.session.id, begun]))
    return await async_shown(hass, sites[0].ledger, sites, access, both)


async def async_merge_sessions(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, session_ids: Sequence[str]
) -> dict[str, Any]:
    """Join two sessions of one charger; return the whole as JSON values."""
    ledger = sites[0].ledger
    for session_id in session_ids:
        with session_errors(session_id):
            await async_editable(ledger, sites, access, session_id)
    with session_errors(session_ids[0]):
        whole = await asked(ledger.merge_sessions(session_ids, who=access.who, at=sites[0].clock().utc))
        return (await _async_changed(hass, sites, access, [whole]))[0]


async def async_undo_edit(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, session_id: str
) -> list[dict[str, Any]]:
    """Put back what a session was before its last change; return what there is now, as JSON values."""
    ledger = sites[0].ledger
    with session_errors(session_id):
        await async_editable(ledger, sites, access, session_id)
        site_id, there = await asked(ledger.undo_edit(session_id, who=access.who, at=sites[0].clock().utc))
        for one in there:
            async_tell_live(sites, one)
        # Its costs are those of before, to the last line.
        await async_show_changed(sites, {site_id})
        return await async_shown(hass, ledger, sites, access, there)


async def async_add_session(
    hass: HomeAssistant,
    sites: Sequence[SiteRuntime],
    site: SiteRuntime,
    access: Access,
    chargers: Sequence[ChargerAsked],
    wish: Mapping[str, Any],
) -> dict[str, Any]:
    """Add a session by hand: at a charger of the site, or somewhere else; return it as JSON values."""
    if not access.may_control_site(site.evses):
        raise Unauthorized(user_id=access.who)
    ledger, now = site.ledger, site.clock().utc
    record = {
        "start": wish["start"].isoformat(),
        "end": wish["end"].isoformat(),
        "energy_kwh": str(wish["energy_kwh"]),
        "note": wish.get("note"),
        **({"cost_exact": str(wish["cost"])} if "cost" in wish else {}),
    }
    context = ImportContext(
        zone=site.zone, currency=site.currency, now=now, new_id=lambda at: ulid_at_time(at.timestamp())
    )
    report = await hass.async_add_executor_job(read_sessions, [record], context)
    if report.problems:
        raise refuse("session_not_possible", reason=report.problems[0].reason)
    with session_errors(report.sessions[0].session.id):
        evse_id = await _async_place(hass, site, chargers, now)
        given = imported_session(report.sessions[0], evse_id, now)
        owned = await _async_owned(ledger, wish)
        stored = await asked(ledger.add_session(given, owned, who=access.who, at=now))
        if stored.payer_id is not None:
            await site.costs.async_bill([stored.session.id])
        await async_show_changed(sites, {site.entry_id})
        again = await asked(ledger.sessions_of([stored.session.id]))
        return (await async_shown(hass, ledger, sites, access, again))[0]


async def _async_place(hass: HomeAssistant, site: SiteRuntime, chargers: Sequence[ChargerAsked], now: datetime) -> str:
    """Return the EVSE at which was charged: one that nobody sees where none is named."""
    if chargers:
        found = asked_evse_ids(await asked(site.ledger.chargers(site_id=site.entry_id)), chargers)
        return min(found)
    wish = ChargerWish(
        site_id=site.entry_id,
        subentry_id=f"{MANUAL}-{site.entry_id}"[:40],
        name=elsewhere_name(hass),
        transport=MANUAL,
    )
    record = await asked(site.ledger.put_charger(wish, now))
    return next(iter(record.evse_ids.values()))


async def _async_owned(ledger: Ledger, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Return whose the session is, in the ledger's columns."""
    names = {"soc_start": "soc_start_percent", "soc_end": "soc_end_percent", "odometer_km": "odometer_km"}
    owned: dict[str, Any] = {column: wish[name] for name, column in names.items() if name in wish}
    owned |= {"codes": wish["code"]} if "code" in wish else {}
    owned |= {"voucher": wish["voucher"]} if wish.get("voucher") else {}
    vehicle = await _async_newest(ledger, Kind.VEHICLE, wish.get("vehicle"))
    payer = await _async_newest(ledger, Kind.PAYER, wish.get("payer"))
    by = FoundBy.PERSON
    if vehicle is not None:
        owned |= {"vehicle_version_id": vehicle.id, "vehicle_by": FoundBy.PERSON}
        if payer is None and vehicle.data.get("payer"):
            payer, by = await _async_newest(ledger, Kind.PAYER, vehicle.data["payer"]), FoundBy.VEHICLE
    if payer is not None:
        owned |= {"payer_version_id": payer.id, "payer_by": by}
    return owned


async def _async_newest(ledger: Ledger, kind: Kind, name: str | None) -> Version | None:
    if not name:
        return None
    with ledger_errors():
        versions = await asked(ledger.versions(kind))
    thing_id = thing_named(versions, name)
    if thing_id is None:
        raise refuse(f"{kind.value}_not_found", **{kind.value: name})
    return [one for one in versions if one.thing_id == thing_id][-1]


async def _async_changed(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, found: Sequence[StoredSession]
) -> list[dict[str, Any]]:
    """Cost sessions anew that are others than before, show them, and return them as JSON values."""
    ids = [one.session.id for one in found]
    for site in (one for one in sites if one.entry_id == found[0].site_id):
        await site.costs.async_recost(ids)
        await site.costs.async_bill(ids)
    await async_show_changed(sites, {found[0].site_id})
    again = await asked(sites[0].ledger.sessions_of(ids))
    return await async_shown(hass, sites[0].ledger, sites, access, again)
