"""Lists of mappings with a start and a price: what most shapes are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ...core.money import product
from ...core.prices.unit import parse_price

#: Ten days of quarter hours; what is longer is no price list.
MOST_ROWS = 1_000
#: No source has a longer interval than a day; the longest day has 25 hours.
_LONGEST = timedelta(hours=25)
_USUAL = timedelta(hours=1)
_YEARS = (2000, 2100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeContext:
    """What attributes leave out: the zone of times without one, and the local day they were written on."""

    zone: tzinfo
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RawInterval:
    """A price for [start, end), in the entity's unit, or in the major unit per kWh where the shape says so."""

    start: datetime
    end: datetime
    raw: Decimal
    major_per_kwh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The words of a row; `end` None: rows have none, each lasts until the next."""

    start: str
    price: str
    end: str | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    start: datetime
    end: datetime | None
    raw: Decimal | None


def read_rows(lists: Iterable[Any], keys: Keys, zone: tzinfo) -> tuple[RawInterval, ...]:
    """Return the intervals of some lists of rows, in order; none unless every row of them is of `keys`.

    A list may be missing (tomorrow's, in the morning). Rows without a price leave a hole.
    """
    rows: list[_Row] = []
    for values in lists:
        if values is None:
            continue
        if not isinstance(values, list) or len(values) > MOST_ROWS:
            return ()
        for value in values:
            previous = rows[-1].start if rows else None
            if (row := _row(value, keys, zone, previous)) is None:
                return ()
            rows.append(row)
    return _intervals(rows)


def in_major_unit(found: tuple[RawInterval, ...], *, kwh: int = 1) -> tuple[RawInterval, ...]:
    """Return intervals whose prices are in the major unit, for so many kWh each, as prices per kWh."""
    return tuple(replace(one, raw=product(one.raw, 1 / Decimal(kwh)), major_per_kwh=True) for one in found)


def instant(value: Any, zone: tzinfo, previous: datetime | None = None) -> datetime | None:
    """Return the instant that a datetime or an ISO text is; without an offset it is local time.

    An hour that the clocks show twice is told apart by what came before.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    # Far years are no prices, and at the ends of its time Python cannot convert between zones.
    if not isinstance(value, datetime) or not _YEARS[0] <= value.year <= _YEARS[1]:
        return None
    if value.tzinfo is not None:
        return value
    first = value.replace(tzinfo=zone, fold=0)
    if previous is not None and first.timestamp() <= previous.timestamp():
        return value.replace(tzinfo=zone, fold=1)
    return first


def _row(value: Any, keys: Keys, zone: tzinfo, previous: datetime | None) -> _Row | None:
    if not isinstance(value, Mapping) or keys.price not in value:
        return None
    if (start := instant(value.get(keys.start), zone, previous)) is None:
        return None
    end = None if keys.end is None else instant(value.get(keys.end), zone, start)
    return _Row(start, end, parse_price(value[keys.price]))


def _intervals(rows: list[_Row]) -> tuple[RawInterval, ...]:
    ordered = sorted(rows, key=lambda row: row.start.timestamp())
    steps = [_elapsed(one.start, other.start) for one, other in pairwise(ordered)]
    usual = min((step for step in steps if step > timedelta(0)), default=_USUAL)
    intervals: list[RawInterval] = []
    for row, step in zip(ordered, [*steps, usual], strict=False):
        if row.raw is None:
            continue
        # A hole in the list is a hole in the prices, not one long interval.
        length = min(step, max(usual, _USUAL)) if row.end is None else _elapsed(row.start, row.end)
        if timedelta(0) < length <= _LONGEST:
            start = row.start.astimezone(UTC)
            intervals.append(RawInterval(start=start, end=start + length, raw=row.raw))
    return tuple(intervals)


def _elapsed(start: datetime, end: datetime) -> timedelta:
    """Return the time that passes between two instants; of one zone Python would give the clock's."""
    return end.astimezone(UTC) - start.astimezone(UTC)
