"""Sums over periods in the shape that scripts and other programs rely on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from ...core.energy import kwh_from_mwh
from ...core.money import Money
from ...core.statistics.sums import Bucket, Group, Sums, Tally, Use, use_beside_others, utilisation
from ...core.statistics.uptime import Downtime, Interval, downtime_in, ms_of
from ...store import SiteRecord
from ..sessions.session_json import carbon_json


class GroupBy(StrEnum):
    """What has a row of its own in each period."""

    SITE = "site"
    CHARGER = "charger"
    VEHICLE = "vehicle"
    PAYER = "payer"
    TOKEN = "token"  # noqa: S105 - a word of the field, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An EVSE: when it was there, when it was watched, and when it was not well.

    It was there since it was added, or since its first session that was imported.
    """

    evse_id: str
    charger_id: str
    charger: str
    device_id: str | None
    there_from: datetime
    there_to: datetime
    watched_from: datetime
    watched_to: datetime
    intervals: tuple[Interval, ...]

    def there_ms(self, bucket: Bucket) -> int:
        """Return for how long of a bucket it was there."""
        return max(0, ms_of(min(bucket.end, self.there_to) - max(bucket.start, self.there_from)))

    def downtime(self, bucket: Bucket) -> Downtime:
        """Return how much of a bucket it was down."""
        return downtime_in(max(bucket.start, self.watched_from), min(bucket.end, self.watched_to), self.intervals)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSums:
    """All that was read of one site."""

    site: SiteRecord
    group_by: GroupBy
    sums: Sums
    places: tuple[Place, ...]
    names: Mapping[str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What a row tells beside its sums: of the EVSEs in it."""

    utilisation: float | None = None
    downtime: Downtime | None = None
    use: Use | None = None


def rows_of(read: SiteSums) -> list[dict[str, Any]]:
    """Return the rows of a site: by period, then by group, then by currency."""
    return [row for index, bucket in enumerate(read.sums.buckets) for row in _rows_in(read, index, bucket)]


def _rows_in(read: SiteSums, index: int, bucket: Bucket) -> Iterator[dict[str, Any]]:
    tallies = read.sums.tallies_in(index)
    around = _around(read, bucket, tallies)
    home = read.sums.currency
    for group in sorted({*tallies, *around}, key=lambda one: _name(read, one) or ""):
        found = tallies.get(group, {})
        currencies = {*found, home} if group in around else {*found}
        for currency in sorted(currencies, key=lambda one: (one != home, one)):
            # What is known of EVSEs stands once, beside the sessions.
            beside = around.get(group, _Beside()) if currency == home else _Beside()
            yield _row(read, bucket, group, currency, found.get(currency, Tally()), beside)


def _around(read: SiteSums, bucket: Bucket, tallies: Mapping[Group, Mapping[str, Tally]]) -> dict[Group, _Beside]:
    """Return what there is to tell of the EVSEs of each group; nothing where sessions make the groups."""
    if read.group_by not in {GroupBy.SITE, GroupBy.CHARGER}:
        return {}
    groups: dict[Group, list[Place]] = {}
    for place in read.places:
        if place.there_ms(bucket):
            groups.setdefault(read.site.id if read.group_by is GroupBy.SITE else place.charger_id, []).append(place)
    used: dict[Group, float | None] = {}
    for group, places in groups.items():
        tally = tallies.get(group, {}).get(read.sums.currency, Tally())
        used[group] = utilisation(tally.occupied_ms, sum(place.there_ms(bucket) for place in places))
    beside_others = use_beside_others(used)
    return {
        group: _Beside(
            utilisation=used[group],
            downtime=sum((place.downtime(bucket) for place in places), Downtime()),
            use=beside_others[group],
        )
        for group, places in groups.items()
    }


def _name(read: SiteSums, group: Group) -> str | None:
    if read.group_by is GroupBy.SITE:
        return read.site.name
    if read.group_by is GroupBy.CHARGER:
        return next(place.charger for place in read.places if place.charger_id == group)
    return read.names.get(group)


def _row(read: SiteSums, bucket: Bucket, group: Group, currency: str, tally: Tally, beside: _Beside) -> dict[str, Any]:
    zone = ZoneInfo(read.site.time_zone)
    cost = Money.from_nano(tally.cost_nano, currency) if tally.is_priced else None
    billed = None if tally.billed_nano is None else Money.from_nano(tally.billed_nano, currency)
    down = beside.downtime
    device_id = None
    if read.group_by is GroupBy.CHARGER:
        device_id = next(place.device_id for place in read.places if place.charger_id == group)
    return {
        "start": bucket.start.astimezone(zone).isoformat(),
        "end": bucket.end.astimezone(zone).isoformat(),
        "site": read.site.name,
        "group": _name(read, group),
        "charger_device_id": device_id,
        "sessions": tally.sessions,
        "energy_kwh": kwh_from_mwh(tally.energy_mwh),
        "solar_kwh": None if tally.solar_mwh is None else kwh_from_mwh(tally.solar_mwh),
        "unpriced_kwh": kwh_from_mwh(tally.unpriced_mwh),
        "cost": None if cost is None else cost.text,
        "cost_exact": None if cost is None else cost.exact_text,
        "cost_float": None if cost is None else float(cost.rounded),
        "billed": None if billed is None else billed.text,
        "billed_exact": None if billed is None else billed.exact_text,
        "billed_float": None if billed is None else float(billed.rounded),
        "currency": currency,
        **carbon_json(tally.carbon, tally.energy_mwh),
        "mean_connected_s": tally.mean_connected_s,
        "mean_charging_s": tally.mean_charging_s,
        "utilisation": beside.utilisation,
        "use": None if beside.use is None else beside.use.value,
        "peak_hour": tally.peak_hour,
        "availability": None if down is None else down.availability,
        "downtime_s": None if down is None else down.down_ms // 1000,
        "unwatched_s": None if down is None else down.unwatched_ms // 1000,
    }
