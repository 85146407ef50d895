"""Asking the ledger for sums over days, weeks, months and years, as far as who asks may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant

from ...core.statistics.sums import Bucket, Period, Sums, buckets_of, grain_s
from ...store import ChargerRecord, Grouping, Kind, Ledger, SiteRecord
from ..ledger.ledger import asked
from ..refusal import ledger_errors, refuse
from ..runtime import SiteRuntime
from ..statistics.uptime_watch import watched_until
from .access import Access
from .session_queries import ChargerAsked, asked_evse_ids, readable_evse_ids, token_shown
from .statistics_json import GroupBy, Place, SiteSums, rows_of

#: More rows than these nobody reads, and they would make an answer of tens of megabytes.
MOST_ROWS = 20_000
#: What is read from the ledger in one go: about a year of hours.
_AT_ONCE = timedelta(days=370)
#: Without a start, so far back: a month by day, a quarter by week, a year by month, ten years.
_BACK = {
    Period.DAY: timedelta(days=30),
    Period.WEEK: timedelta(weeks=12),
    Period.MONTH: timedelta(days=365),
    Period.YEAR: timedelta(days=3_652),
}
_GROUPINGS = {GroupBy.VEHICLE: Grouping.VEHICLE, GroupBy.PAYER: Grouping.PAYER, GroupBy.TOKEN: Grouping.TOKEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsQuery:
    """What is asked for; None asks for all. Instants are UTC."""

    period: Period
    group_by: GroupBy
    site_id: str | None = None
    chargers: tuple[ChargerAsked, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    include_empty: bool = False


async def async_get_statistics(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, query: StatisticsQuery
) -> dict[str, Any]:
    """Return a row for each period, group and currency, as JSON values, oldest first."""
    ledger, now = sites[0].ledger, sites[0].clock().utc
    end = query.end or now
    start = query.start or end - _BACK[query.period]
    if end <= start:
        raise refuse("span_reversed")
    # What is shown now shall not be newer than what is summed.
    for site in sites:
        await site.async_flush()
    running = {site.entry_id: site for site in sites}
    rows: list[dict[str, Any]] = []
    with ledger_errors():
        chargers = await _async_chargers(ledger, sites, access, query)
        for record in await asked(ledger.sites()):
            mine = tuple((one, evse_id) for one, evse_id in chargers if one.site_id == record.id)
            if not mine or query.site_id not in {None, record.id}:
                continue
            zone = ZoneInfo(record.time_zone)
            buckets = buckets_of(start, end, query.period, zone)
            if len(buckets) * (len(mine) if query.group_by is GroupBy.CHARGER else 1) > MOST_ROWS:
                raise refuse("statistics_too_long", most=str(MOST_ROWS))
            groups = _groups(record, mine, query.group_by)
            sums = Sums(buckets, zone, record.currency, now, groups=groups)
            await _async_sum(hass, ledger, sums, zone, tuple(evse_id for _, evse_id in mine), query)
            read = await _async_around(ledger, access, record, mine, sums, query.group_by, running.get(record.id), now)
            rows += await hass.async_add_executor_job(rows_of, read)
    return {"statistics": await hass.async_add_executor_job(_in_order, rows)}


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # Sites may have time zones of their own.
    return sorted(rows, key=lambda row: (datetime.fromisoformat(row["start"]), row["site"]))


async def _async_chargers(
    ledger: Ledger, sites: Sequence[SiteRuntime], access: Access, query: StatisticsQuery
) -> list[tuple[ChargerRecord, str]]:
    """Return the EVSEs that are meant and may be seen, each with its charger."""
    chargers = await asked(ledger.chargers())
    wanted = None if query.chargers is None else asked_evse_ids(chargers, query.chargers)
    readable = readable_evse_ids(sites, access)
    return [
        (one, evse_id)
        for one in chargers
        for evse_id in one.evse_ids.values()
        if (wanted is None or evse_id in wanted) and (readable is None or evse_id in readable)
    ]


def _groups(record: SiteRecord, mine: Sequence[tuple[ChargerRecord, str]], group_by: GroupBy) -> dict[str, str] | None:
    """Return the group of each EVSE; None where sessions have their own."""
    if group_by is GroupBy.SITE:
        return {evse_id: record.id for _, evse_id in mine}
    return {evse_id: one.id for one, evse_id in mine} if group_by is GroupBy.CHARGER else None


async def _async_sum(
    hass: HomeAssistant, ledger: Ledger, sums: Sums, zone: ZoneInfo, evse_ids: tuple[str, ...], query: StatisticsQuery
) -> None:
    grouping = _GROUPINGS.get(query.group_by, Grouping.NOTHING)
    grain = grain_s(sums.buckets, zone)
    for start, end in _in_parts(sums.buckets):
        slots = await asked(ledger.slots(start, end, evse_ids, grouping=grouping, grain_s=grain))
        # Tens of thousands in a house of flats: longer than the loop may wait.
        await hass.async_add_executor_job(sums.add_slots, slots)
        emitted = await asked(ledger.carbon_between(start, end, evse_ids, grouping=grouping, grain_s=grain))
        await hass.async_add_executor_job(sums.add_carbon, emitted)
    start, end = sums.buckets[0].start, sums.buckets[-1].end
    visits = await asked(ledger.visits(start, end, evse_ids, grouping=grouping, include_empty=query.include_empty))
    await hass.async_add_executor_job(sums.add_visits, visits)


def _in_parts(buckets: Sequence[Bucket]) -> list[tuple[datetime, datetime]]:
    """Return spans of whole buckets, each of about a year or one bucket."""
    parts: list[tuple[datetime, datetime]] = []
    for bucket in buckets:
        if parts and bucket.end - parts[-1][0] <= _AT_ONCE:
            parts[-1] = (parts[-1][0], bucket.end)
        else:
            parts.append((bucket.start, bucket.end))
    return parts


async def _async_around(
    ledger: Ledger,
    access: Access,
    record: SiteRecord,
    mine: Sequence[tuple[ChargerRecord, str]],
    sums: Sums,
    group_by: GroupBy,
    site: SiteRuntime | None,
    now: datetime,
) -> SiteSums:
    """Return the sums with what has to be known of their EVSEs."""
    evse_ids = tuple(evse_id for _, evse_id in mine)
    settings = await asked(ledger.settings(record.id))
    first = await asked(ledger.first_starts(evse_ids))
    intervals = await asked(ledger.intervals_of(evse_ids, sums.buckets[0].start, sums.buckets[-1].end))
    watched_to = now if site is not None else watched_until(settings.get(record.id, {})) or now
    devices = {} if site is None else {evse.evse_id: evse.charger_device_id for evse in site.evses}
    return SiteSums(
        site=record,
        group_by=group_by,
        sums=sums,
        places=tuple(
            Place(
                evse_id=evse_id,
                charger_id=one.id,
                charger=one.name,
                device_id=devices.get(evse_id),
                there_from=min(one.created_at, first.get(evse_id, one.created_at)),
                watched_from=one.created_at,
                there_to=min(now, one.archived_at or now),
                watched_to=min(watched_to, one.archived_at or watched_to),
                intervals=intervals.get(evse_id, ()),
            )
            for one, evse_id in mine
        ),
        names=await _async_names(ledger, access, group_by),
    )


async def _async_names(ledger: Ledger, access: Access, group_by: GroupBy) -> Mapping[str | None, str | None]:
    """Return the names of vehicles, payers or tokens; the newest where one had several."""
    if group_by is GroupBy.TOKEN:
        return {key: token_shown(value, access) for key, value in (await asked(ledger.id_tokens())).items()}
    if group_by not in _GROUPINGS:
        return {}
    kind = Kind.VEHICLE if group_by is GroupBy.VEHICLE else Kind.PAYER
    return {version.thing_id: version.name for version in await asked(ledger.versions(kind))}
