"""Asking the ledger for sessions, as far as who asks may see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant

from ...core.id_token import IdToken, masked
from ...core.sessions.session import SessionStatus
from ...store import (
    ChargerRecord,
    CostRole,
    Kind,
    Ledger,
    Order,
    PricedPeriod,
    SessionFilter,
    StoredSession,
    Version,
)
from ..ledger.ledger import asked
from ..refusal import ledger_errors, refuse
from ..runtime import SiteRuntime
from ..sessions.session_json import Names, Records, session_json
from .access import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerAsked:
    """A charger, or one EVSE of it, by the device that people chose."""

    device_id: str
    charger_id: str
    evse: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionQuery:
    """What is asked for; None asks for all. Instants are UTC."""

    site_id: str | None = None
    chargers: tuple[ChargerAsked, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    status: SessionStatus | None = None
    vehicle: str | None = None
    payer: str | None = None
    id_token: str | None = None
    include_periods: bool = False
    include_empty: bool = False
    limit: int = 100
    offset: int = 0
    order: str = Order.NEWEST.value


async def async_get_sessions(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, query: SessionQuery
) -> dict[str, Any]:
    """Return how many sessions there are, and one page of them, as JSON values."""
    if query.start is not None and query.end is not None and query.end <= query.start:
        raise refuse("span_reversed")
    ledger = sites[0].ledger
    # What is shown now shall not be newer than what is listed.
    for site in sites:
        await site.async_flush()
    with ledger_errors():
        wanted = await _async_filter(ledger, sites, access, query)
        if wanted is None:
            return {"total": 0, "sessions": []}
        total, found = await asked(
            ledger.sessions_page(wanted, order=Order(query.order), limit=query.limit, offset=query.offset)
        )
        shown = await async_shown(hass, ledger, sites, access, found, include_periods=query.include_periods)
    return {"total": total, "sessions": shown}


async def async_shown(
    hass: HomeAssistant,
    ledger: Ledger,
    sites: Iterable[SiteRuntime],
    access: Access,
    found: Sequence[StoredSession],
    *,
    include_periods: bool = False,
) -> list[dict[str, Any]]:
    """Return sessions as JSON values, with the names of what they refer to."""
    periods: dict[str, tuple[PricedPeriod, ...]] = {}
    if include_periods:
        periods = await asked(ledger.periods_of([one.session.id for one in found]))
    names = await _async_names(ledger, sites, access, found)
    ids = tuple(one.session.id for one in found)
    transactions, signatures = await asked(ledger.transactions_of(ids)), await asked(ledger.signatures_of(ids))
    fees = await asked(ledger.lines_of(ids, CostRole.HOUSE))
    billed = await asked(ledger.lines_of(ids, CostRole.PAYER))
    corrections = await asked(ledger.corrections_of(ids))
    carbon = await asked(ledger.carbon_of(ids))
    records = {
        one: Records(
            transactions=transactions.get(one, ()),
            signature=signatures.get(one),
            fees=fees.get(one, ()),
            billed=billed.get(one, ()),
            corrections=corrections.get(one, ()),
            carbon=carbon.get(one),
        )
        for one in ids
    }
    # A thousand sessions with their periods take longer than the loop may wait.
    return await hass.async_add_executor_job(
        lambda: [
            session_json(one, names[one.session.id], periods.get(one.session.id), records[one.session.id])
            for one in found
        ]
    )


async def _async_filter(
    ledger: Ledger, sites: Sequence[SiteRuntime], access: Access, query: SessionQuery
) -> SessionFilter | None:
    """Return the ledger's words for a query; None where nothing can be meant."""
    wanted = SessionFilter(
        site_ids=None if query.site_id is None else (query.site_id,),
        start=query.start,
        end=query.end,
        statuses=None if query.status is None else (query.status,),
        include_empty=query.include_empty,
    )
    evse_ids: set[str] | None = None
    if query.chargers is not None:
        evse_ids = asked_evse_ids(await asked(ledger.chargers()), query.chargers)
    readable = readable_evse_ids(sites, access)
    if readable is not None:
        evse_ids = readable if evse_ids is None else evse_ids & readable
    if evse_ids is not None:
        wanted = replace(wanted, evse_ids=tuple(sorted(evse_ids)))
    return await _async_with_things(ledger, wanted, query)


def readable_evse_ids(sites: Iterable[SiteRuntime], access: Access) -> set[str] | None:
    """Return the EVSEs whose sessions may be seen; None where that is all of them, removed ones too."""
    if access.is_admin:
        return None
    return {evse.evse_id for site in sites for evse in site.evses if access.may_read(evse)}


def asked_evse_ids(records: tuple[ChargerRecord, ...], chargers: Iterable[ChargerAsked]) -> set[str]:
    """Return the EVSEs behind the devices that people chose; raise where one is no charger."""
    by_subentry = {record.subentry_id: record for record in records}
    found: set[str] = set()
    for one in chargers:
        record = by_subentry.get(one.charger_id)
        if record is None:
            raise refuse("charger_not_found", device_id=one.device_id)
        found.update(evse_id for number, evse_id in record.evse_ids.items() if one.evse in {None, number})
    return found


async def _async_with_things(ledger: Ledger, wanted: SessionFilter, query: SessionQuery) -> SessionFilter | None:
    """Return the filter with the ids of vehicle, payer and token; None where there is no such thing."""
    if query.vehicle is not None:
        thing = thing_named(await asked(ledger.versions(Kind.VEHICLE)), query.vehicle)
        if thing is None:
            return None
        wanted = replace(wanted, vehicle_id=thing)
    if query.payer is not None:
        thing = thing_named(await asked(ledger.versions(Kind.PAYER)), query.payer)
        if thing is None:
            return None
        wanted = replace(wanted, payer_id=thing)
    if query.id_token is not None:
        tokens = await asked(ledger.id_tokens())
        wanted_value = IdToken(value=query.id_token).normalised
        # One card may be of two sites, and of two types.
        found = tuple(key for key, value in tokens.items() if value == wanted_value)
        if not found:
            return None
        wanted = replace(wanted, id_token_ids=found)
    return wanted


def thing_named(versions: tuple[Version, ...], name: str) -> str | None:
    """Return the id of the thing that goes, or last went, by a name, a subentry id or an id."""
    found = [one for one in versions if name in {one.thing_id, one.subentry_id, one.name}]
    return found[-1].thing_id if found else None


async def _async_names(
    ledger: Ledger, sites: Iterable[SiteRuntime], access: Access, found: Sequence[StoredSession]
) -> dict[str, Names]:
    site_names = {record.id: record.name for record in await asked(ledger.sites())}
    chargers = {record.id: record.name for record in await asked(ledger.chargers())}
    devices = {evse.evse_id: evse.charger_device_id for site in sites for evse in site.evses}
    refers_to = partial(_async_version_names, ledger)
    versions = [_tariff_version(one, role) for one in found for role in CostRole]
    tariffs = await refers_to(Kind.TARIFF, versions)
    vehicles = await refers_to(Kind.VEHICLE, [one.vehicle_version_id for one in found])
    payers = await refers_to(Kind.PAYER, [one.payer_version_id for one in found])
    tokens = await asked(ledger.id_tokens()) if any(one.id_token_id for one in found) else {}
    return {
        one.session.id: Names(
            site=site_names.get(one.site_id),
            charger=chargers.get(one.charger_id),
            charger_device_id=devices.get(one.evse_id),
            tariff=tariffs.get(_tariff_version(one, CostRole.HOUSE)),
            billed_tariff=tariffs.get(_tariff_version(one, CostRole.PAYER)),
            vehicle=vehicles.get(one.vehicle_version_id),
            payer=payers.get(one.payer_version_id),
            id_token=token_shown(tokens.get(one.id_token_id or ""), access),
        )
        for one in found
    }


async def _async_version_names(ledger: Ledger, kind: Kind, ids: Iterable[str | None]) -> dict[str | None, str]:
    """Return the names of versions; nothing is asked where nothing refers to one."""
    if not any(ids):
        return {}
    return {version.id: version.name for version in await asked(ledger.versions(kind))}


def _tariff_version(stored: StoredSession, role: CostRole) -> str | None:
    return next((one.tariff_version_id for one in stored.costings if one.role is role), None)


def token_shown(value: str | None, access: Access) -> str | None:
    """Return an id token as who asks may see it."""
    if value is None or access.is_admin:
        return value
    return masked(value)
