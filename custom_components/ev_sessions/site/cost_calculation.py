"""What a session, or any charging periods, would cost under a tariff: asked for by action."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..core.costing import Usage, cost_json, cost_of_usage
from ..core.costing.reading import usage_from, usage_of_session
from ..core.price_timeline import PriceTimeline
from ..core.problem import InputError
from ..core.tariff import Tariff
from ..core.tariff.reading import tariff_from_ocpi
from ..core.tariff.review import findings
from ..store import StoredSession
from .access import Access
from .ledger import asked
from .refusal import ledger_errors, refuse
from .runtime import SiteRuntime


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuestion:
    """What is asked: one tariff, a site's or OCPI's, for one session or for periods."""

    tariff_id: str | None = None
    ocpi_tariff: Any = None
    session_id: str | None = None
    periods: Any = None
    time_zone: str | None = None
    half_even: bool = False


async def async_calculate_cost(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, question: CostQuestion
) -> dict[str, Any]:
    """Return what it costs, line by line, as JSON values."""
    if (question.tariff_id is None) is (question.ocpi_tariff is None):
        raise refuse("cost_one_tariff")
    if (question.session_id is None) is (question.periods is None):
        raise refuse("cost_one_usage")
    owner = _owner(sites, question.tariff_id)
    stored = await _async_session(sites, access, question.session_id)
    zone_name = question.time_zone or _zone_of(hass, owner, stored)
    zone = await dt_util.async_get_time_zone(zone_name)
    if zone is None:
        raise refuse("time_zone_unknown", time_zone=zone_name)
    with input_errors():
        if stored is None:
            usage = await hass.async_add_executor_job(usage_from, question.periods, zone)
        else:
            usage = await _async_recorded(hass, sites, stored)
        if owner is None or owner.book is None:
            tariff = tariff_from_ocpi(question.ocpi_tariff, zone_name)
        else:
            tariff = owner.book.tariff
    _hold_valid(tariff, usage, zone)
    timelines = await _async_timelines(owner, usage)

    def calculate() -> dict[str, Any]:
        data = cost_json(cost_of_usage(tariff, usage, zone, timelines), zone, half_even=question.half_even)
        data["flags"] += findings(tariff)
        return data

    # Many periods under many elements take longer than the loop may wait.
    return await hass.async_add_executor_job(calculate)


@contextmanager
def input_errors() -> Iterator[None]:
    """Translate what is wrong with data that somebody gave: the first field, and how many more."""
    try:
        yield
    except InputError as error:
        first = error.problems[0]
        raise refuse(
            f"field_{first.kind.value}",
            path=first.path,
            value=first.value,
            more=str(len(error.problems) - 1),
        ) from error


def _owner(sites: Sequence[SiteRuntime], tariff_id: str | None) -> SiteRuntime | None:
    """Return the site whose tariff is asked for; None where none is."""
    if tariff_id is None:
        return None
    for site in sites:
        if site.book is not None and tariff_id in {site.book.subentry_id, site.book.tariff_id}:
            return site
    raise refuse("tariff_not_found", tariff_id=tariff_id)


def _zone_of(hass: HomeAssistant, owner: SiteRuntime | None, stored: StoredSession | None) -> str:
    """Return the zone where none is given: the session's own, the site's, Home Assistant's."""
    if stored is not None:
        return stored.time_zone
    if owner is not None and owner.book is not None:
        return owner.book.tariff.time_zone
    return hass.config.time_zone


async def _async_session(sites: Sequence[SiteRuntime], access: Access, session_id: str | None) -> StoredSession | None:
    """Return a session that may be seen; what may not is as good as none."""
    if session_id is None:
        return None
    for site in sites:
        await site.async_flush()
    with ledger_errors():
        found = await asked(sites[0].ledger.sessions_of([session_id])) if sites else ()
    if not found:
        raise refuse("session_not_found", session_id=session_id)
    readable = any(access.may_read(evse) for site in sites for evse in site.evses if evse.evse_id == found[0].evse_id)
    if not access.is_admin and not readable:
        raise refuse("session_not_found", session_id=session_id)
    return found[0]


async def _async_recorded(hass: HomeAssistant, sites: Sequence[SiteRuntime], stored: StoredSession) -> Usage:
    """Return the charging periods of a session of the ledger, as its trace tells them."""
    session, ledger = stored.session, sites[0].ledger
    with ledger_errors():
        found = (await asked(ledger.periods_of([session.id]))).get(session.id, ())
        trace = await asked(ledger.trace_of(session.id))
    periods = [one.period for one in found]
    return await hass.async_add_executor_job(
        usage_of_session, session.start, session.end or session.start, periods, trace
    )


async def _async_timelines(owner: SiteRuntime | None, usage: Usage) -> Mapping[str, PriceTimeline]:
    """Return the prices that a site's tariff reads, as far back as the usage goes."""
    if owner is None or owner.book is None or owner.prices is None:
        return {}
    read = owner.book.tariff.timeline_price
    if read is None:
        return {}
    with ledger_errors():
        timeline = await owner.book.async_timeline(usage.start, usage.periods[-1].end, owner.prices.timeline)
    return {read.source: timeline}


def _hold_valid(tariff: Tariff, usage: Usage, zone: tzinfo) -> None:
    """Refuse a tariff that does not hold when the session begins; one that began under it ends under it."""
    start = usage.start
    if tariff.end is not None and start >= tariff.end:
        raise refuse("tariff_ended", end=tariff.end.astimezone(zone).isoformat())
    if tariff.start is not None and start < tariff.start:
        raise refuse("tariff_not_begun", start=tariff.start.astimezone(zone).isoformat())
