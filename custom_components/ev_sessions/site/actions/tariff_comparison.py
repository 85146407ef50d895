"""What the sessions of a span would have cost under several tariffs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant

from ...core.costing import Circumstances, cost_of_usage
from ...core.costing.comparison import CostSum
from ...core.energy import kwh_from_mwh
from ...store import Order, SessionFilter, StoredSession
from ..ledger.ledger import asked
from ..prices.session_circumstances import async_circumstances_under
from ..refusal import ledger_errors, refuse
from ..runtime import SiteRuntime
from .access import Access
from .asked_tariff import AskedTariff, async_as_it_was, async_recorded, tariff_given, tariff_of_site
from .session_queries import ChargerAsked, asked_evse_ids, readable_evse_ids

#: More sessions than these are asked for year by year.
MOST_SESSIONS = 5_000
_AT_ONCE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonQuery:
    """The sessions that began in [start, end), and the tariffs: ids of a site's, or OCPI's as JSON."""

    start: datetime
    end: datetime
    tariffs: tuple[Any, ...]
    site_id: str | None = None
    chargers: tuple[ChargerAsked, ...] | None = None


async def async_compare_tariffs(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, query: ComparisonQuery
) -> dict[str, Any]:
    """Return what the sessions cost under each tariff, in the order in which they are asked for."""
    if query.end <= query.start:
        raise refuse("span_reversed")
    tariffs = [
        tariff_of_site(sites, one) if isinstance(one, str) else tariff_given(one, hass.config.time_zone)
        for one in query.tariffs
    ]
    sums = [CostSum(currency=one.tariff.currency) for one in tariffs]
    for site in sites:
        await site.async_flush()
    sessions = await _async_sessions(sites, access, query)
    holidays = {site.entry_id: site.holidays for site in sites}
    for some in batched(sessions, _AT_ONCE, strict=False):
        with ledger_errors():
            known = await async_circumstances_under(sites[0].ledger, some, [one.tariff for one in tariffs])
        for stored in some:
            of_session = replace(known[stored.session.id], holidays=holidays.get(stored.site_id, frozenset()))
            await _async_put(hass, sites, stored, tariffs, sums, of_session)
    return {
        "sessions": len(sessions),
        "energy_kwh": kwh_from_mwh(sum(one.session.energy_mwh for one in sessions)),
        "tariffs": [{"tariff": under.name, **one.to_json()} for under, one in zip(tariffs, sums, strict=True)],
    }


async def _async_put(
    hass: HomeAssistant,
    sites: Sequence[SiteRuntime],
    stored: StoredSession,
    tariffs: Sequence[AskedTariff],
    sums: Sequence[CostSum],
    of_session: Circumstances,
) -> None:
    """Cost one session under all tariffs, by the clock of its own site."""
    usage = await async_recorded(hass, sites[0].ledger, stored)
    tariffs = [await async_as_it_was(under, stored.session.start) for under in tariffs]
    zone = ZoneInfo(stored.time_zone)
    for under in tariffs:
        under.hold_feasible(usage)
    timelines = [await under.async_timelines(usage) for under in tariffs]

    def put() -> None:
        for under, known, one in zip(tariffs, timelines, sums, strict=True):
            if under.tariff.holds_at(usage.start):
                one.put(cost_of_usage(under.tariff, usage, zone, known, under.known_of(of_session, stored)))
            else:
                one.not_covered += 1

    await hass.async_add_executor_job(put)


async def _async_sessions(sites: Sequence[SiteRuntime], access: Access, query: ComparisonQuery) -> list[StoredSession]:
    """Return the sessions that are meant and may be seen, oldest first."""
    ledger = sites[0].ledger
    found: list[StoredSession] = []
    with ledger_errors():
        evse_ids = readable_evse_ids(sites, access)
        if query.chargers is not None:
            meant = asked_evse_ids(await asked(ledger.chargers()), query.chargers)
            evse_ids = meant if evse_ids is None else meant & evse_ids
        wanted = SessionFilter(
            site_ids=None if query.site_id is None else (query.site_id,),
            evse_ids=None if evse_ids is None else tuple(sorted(evse_ids)),
            start=query.start,
            end=query.end,
        )
        total = _AT_ONCE
        for offset in range(0, MOST_SESSIONS, _AT_ONCE):
            if offset >= total:
                break
            total, page = await asked(ledger.sessions_page(wanted, order=Order.OLDEST, limit=_AT_ONCE, offset=offset))
            if total > MOST_SESSIONS:
                raise refuse("comparison_too_long", most=str(MOST_SESSIONS))
            found += [one for one in page if one.session.start >= query.start]
    return found
