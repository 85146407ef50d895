"""Sums over days, weeks, months and years of a site's own time.

Energy and cost count where their charging periods lie, sessions and their durations where
the session began. Money of two currencies is never summed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from .carbon import Carbon
from .uptime import ms_of

HOUR_S = 3_600
QUARTER_S = 900

#: A charger is over- or under-used when it is in use by so much more or less than the mean of its site.
OVER_USED = 1.5
UNDER_USED = 0.5
#: Below this mean use there is too little to tell chargers apart by.
LEAST_MEAN_USE = 0.01


class Period(StrEnum):
    """The length of a row."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Use(StrEnum):
    """How much a charger is used beside the others of its site."""

    OVER = "over"
    USUAL = "usual"
    UNDER = "under"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """[start, end), in UTC: from one local midnight to another."""

    start: datetime
    end: datetime


def buckets_of(start: datetime, end: datetime, period: Period, zone: tzinfo) -> tuple[Bucket, ...]:
    """Return the whole periods, in local time of `zone`, that overlap [start, end)."""
    day = _first_day(start.astimezone(zone).date(), period)
    found: list[Bucket] = []
    begin = _midnight(day, zone)
    while begin < end:
        day = _next_day(day, period)
        begin, before = _midnight(day, zone), begin
        found.append(Bucket(start=before, end=begin))
    return tuple(found)


def _midnight(day: date, zone: tzinfo) -> datetime:
    # Where the clocks skip it, the first instant of the day; where it comes twice, the first.
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _first_day(day: date, period: Period) -> date:
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    if period is Period.MONTH:
        return day.replace(day=1)
    return day.replace(month=1, day=1) if period is Period.YEAR else day


def _next_day(day: date, period: Period) -> date:
    if period is Period.DAY:
        return day + timedelta(days=1)
    if period is Period.WEEK:
        return day + timedelta(days=7)
    if period is Period.YEAR:
        return day.replace(year=day.year + 1)
    years, month = divmod(day.month, 12)
    return day.replace(year=day.year + years, month=month + 1)


def grain_s(buckets: Sequence[Bucket], zone: tzinfo) -> int:
    """Return slots of UTC that lie in one local hour each: hours, or quarters where the zone is off by less."""
    instants = {one.start for one in buckets} | {one.end for one in buckets}
    offsets = (instant.astimezone(zone).utcoffset() or timedelta(0) for instant in instants)
    return HOUR_S if all(offset % timedelta(hours=1) == timedelta(0) for offset in offsets) else QUARTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The charging periods of a group that begin in an hour or a quarter of UTC, summed.

    `billed_nano` is what payers are billed, by the lines that begin in it; None: nothing is.
    """

    start: datetime
    evse_id: str
    group: str | None
    currency: str
    energy_mwh: int
    solar_mwh: int | None
    unpriced_mwh: int
    cost_nano: int
    billed_nano: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonSlot:
    """The CO₂ of the charging periods of a group that begin in an hour or a quarter of UTC."""

    start: datetime
    evse_id: str
    group: str | None
    currency: str
    carbon: Carbon


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A session as it counts here; `end` None while it goes on."""

    start: datetime
    end: datetime | None
    evse_id: str
    group: str | None
    connected_ms: int
    charging_ms: int


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was summed for a bucket, a group and a currency."""

    sessions: int = 0
    connected_ms: int = 0
    charging_ms: int = 0
    occupied_ms: int = 0
    energy_mwh: int = 0
    solar_mwh: int | None = None
    unpriced_mwh: int = 0
    cost_nano: int = 0
    billed_nano: int | None = None
    carbon: Carbon = field(default_factory=Carbon)
    by_hour_mwh: dict[int, int] = field(default_factory=dict)

    @property
    def is_priced(self) -> bool:
        """Whether the cost says anything: none of nothing is 0, none of unpriced energy is not known."""
        return self.energy_mwh == 0 or self.energy_mwh > self.unpriced_mwh or self.cost_nano != 0

    @property
    def mean_connected_s(self) -> int | None:
        """The mean time that a car was there, in s."""
        return _mean_s(self.connected_ms, self.sessions)

    @property
    def mean_charging_s(self) -> int | None:
        """The mean time that a car charged, in s."""
        return _mean_s(self.charging_ms, self.sessions)

    @property
    def peak_hour(self) -> int | None:
        """The hour of the local day, 0 to 23, with the most energy; the earliest of equals."""
        if not any(energy > 0 for energy in self.by_hour_mwh.values()):
            return None
        return min(self.by_hour_mwh, key=lambda hour: (-self.by_hour_mwh[hour], hour))


def _mean_s(whole_ms: int, count: int) -> int | None:
    return None if count == 0 else whole_ms // count // 1000


type Group = str | None  # None: sessions of which nobody knows whose they are


class Sums:
    """Sums of slots and visits over buckets that follow each other, by group and currency.

    `groups` names the group of each EVSE; without it, slots and visits name their own.
    Sessions count with `currency`, that of the site now. `now` ends what goes on.
    """

    def __init__(
        self,
        buckets: Sequence[Bucket],
        zone: tzinfo,
        currency: str,
        now: datetime,
        *,
        groups: Mapping[str, str] | None = None,
    ) -> None:
        """Begin with nothing."""
        self.buckets = tuple(buckets)
        self.currency = currency
        self._tallies: dict[int, dict[Group, dict[str, Tally]]] = {}
        self._starts = [one.start for one in self.buckets]
        self._zone = zone
        self._now = now
        self._groups = groups

    def place_of(self, at: datetime) -> int | None:
        """Return the bucket that holds an instant; None where none does."""
        place = bisect_right(self._starts, at) - 1
        return place if place >= 0 and at < self.buckets[place].end else None

    def _tally(self, place: int, one: Slot | Visit | CarbonSlot, currency: str) -> Tally:
        group = one.group if self._groups is None else self._groups[one.evse_id]
        return self._tallies.setdefault(place, {}).setdefault(group, {}).setdefault(currency, Tally())

    def tallies_in(self, place: int) -> dict[Group, dict[str, Tally]]:
        """Return what was summed for a bucket, by group and currency."""
        return self._tallies.get(place, {})

    def add_slots(self, slots: Iterable[Slot]) -> None:
        """Count energy and cost."""
        known: dict[datetime, tuple[int | None, int]] = {}
        for slot in slots:
            if slot.start not in known:
                known[slot.start] = self.place_of(slot.start), slot.start.astimezone(self._zone).hour
            place, hour = known[slot.start]
            if place is None:
                continue
            tally = self._tally(place, slot, slot.currency)
            tally.energy_mwh += slot.energy_mwh
            tally.unpriced_mwh += slot.unpriced_mwh
            tally.cost_nano += slot.cost_nano
            tally.by_hour_mwh[hour] = tally.by_hour_mwh.get(hour, 0) + slot.energy_mwh
            if slot.solar_mwh is not None:
                tally.solar_mwh = (tally.solar_mwh or 0) + slot.solar_mwh
            if slot.billed_nano is not None:
                tally.billed_nano = (tally.billed_nano or 0) + slot.billed_nano

    def add_carbon(self, slots: Iterable[CarbonSlot]) -> None:
        """Count the CO₂ of energy."""
        placed = ((self.place_of(slot.start), slot) for slot in slots)
        for place, slot in ((place, slot) for place, slot in placed if place is not None):
            tally = self._tally(place, slot, slot.currency)
            tally.carbon = tally.carbon.plus(slot.carbon)

    def add_visits(self, visits: Iterable[Visit]) -> None:
        """Count sessions and durations where they began, and the time that a car was there where it was."""
        for visit in visits:
            place = self.place_of(visit.start)
            if place is not None:
                tally = self._tally(place, visit, self.currency)
                tally.sessions += 1
                tally.connected_ms += visit.connected_ms
                tally.charging_ms += visit.charging_ms
            self._occupy(visit)

    def _occupy(self, visit: Visit) -> None:
        end = visit.end or self._now
        place = max(0, bisect_right(self._starts, visit.start) - 1)
        while place < len(self.buckets) and self.buckets[place].start < end:
            bucket = self.buckets[place]
            part_ms = ms_of(min(end, bucket.end) - max(visit.start, bucket.start))
            if part_ms > 0:
                self._tally(place, visit, self.currency).occupied_ms += part_ms
            place += 1


def utilisation(occupied_ms: int, there_ms: int) -> float | None:
    """Return the share of the time that EVSEs were there in which a car was plugged in, 0 to 1."""
    return None if there_ms <= 0 else round(min(1.0, occupied_ms / there_ms), 6)


def use_beside_others[T](utilisations: Mapping[T, float | None]) -> dict[T, Use | None]:
    """Return how much each charger of a site is used beside the mean of all; None where that tells nothing."""
    known = [value for value in utilisations.values() if value is not None]
    mean = sum(known) / len(known) if len(known) > 1 else 0.0
    if mean < LEAST_MEAN_USE:
        return dict.fromkeys(utilisations)
    return {name: None if value is None else _use(value / mean) for name, value in utilisations.items()}


def _use(share_of_mean: float) -> Use:
    if share_of_mean > OVER_USED:
        return Use.OVER
    return Use.UNDER if share_of_mean < UNDER_USED else Use.USUAL
