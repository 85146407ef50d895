"""When a car is usually plugged in, learned from past sessions by weekday.

A day begins at four in the morning of local time, so that a late evening is one evening.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import ceil
from typing import Final

#: So far back is learned from.
WEEKS: Final = 8
_DAY_BEGINS: Final = timedelta(hours=4)
#: So many plug-ins of a weekday make a habit, on such a part of the days on which the car was not there anyway.
_LEAST_PLUG_INS: Final = 4
_LEAST_PART: Final = 0.75
#: By the usual hour it is plugged in on four of five days; one of five is so early or earlier.
_BY_PART: Final = 0.8
_FROM_PART: Final = 0.2
#: Whose plug-ins lie further apart has no usual hour.
_GREATEST_SPREAD: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """When a car was plugged in, and unplugged; None: it still is."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualPlugIn:
    """The day that runs, and the instant (UTC) by which the car is usually plugged in on it."""

    day: date
    at: datetime


type UsualHours = tuple[timedelta | None, ...]
"""By weekday, Monday first: the time after the day's beginning, or None where there is no habit."""


def day_of(at: datetime, zone: tzinfo) -> date:
    """Return the day that an instant belongs to; it begins at four."""
    return (at.astimezone(zone).replace(tzinfo=None) - _DAY_BEGINS).date()


def _hour_of(at: datetime, zone: tzinfo) -> timedelta:
    """Return the time on the clock since the day's beginning."""
    local = at.astimezone(zone).replace(tzinfo=None)
    return local - datetime.combine(day_of(at, zone), time()) - _DAY_BEGINS


def usual_hours(stays: Sequence[Stay], zone: tzinfo, now: datetime) -> UsualHours:
    """Return the usual hours, from the stays of the last weeks before today."""
    if not stays:
        return (None,) * 7
    today = day_of(now, zone)
    spans = [(day_of(stay.start, zone), None if stay.end is None else day_of(stay.end, zone)) for stay in stays]
    known_since = min(start for start, _ in spans)
    first = max(known_since, today - timedelta(weeks=WEEKS))
    latest: dict[date, timedelta] = {}
    for stay, (day, _) in zip(stays, spans, strict=True):
        latest[day] = max(_hour_of(stay.start, zone), latest.get(day, timedelta()))
    days = [first + timedelta(days=past) for past in range((today - first).days)]
    missed = {day for day in days if day not in latest and not _was_there(day, spans)}
    return tuple(
        _habit(
            sorted(latest[day] for day in days if day in latest and day.weekday() == weekday),
            sum(day.weekday() == weekday for day in missed),
        )
        for weekday in range(7)
    )


def _was_there(day: date, spans: Sequence[tuple[date, date | None]]) -> bool:
    """Tell whether a car was plugged in all day, so that nobody could plug it in."""
    return any(start < day and (end is None or end > day) for start, end in spans)


def _habit(hours: list[timedelta], missed: int) -> timedelta | None:
    """Return by which of the hours, in rising order, the car is usually there."""
    if len(hours) < _LEAST_PLUG_INS or len(hours) < _LEAST_PART * (len(hours) + missed):
        return None
    by, since = hours[ceil(_BY_PART * len(hours)) - 1], hours[ceil(_FROM_PART * len(hours)) - 1]
    return None if by - since > _GREATEST_SPREAD else by


def usual_plug_in(hours: UsualHours, zone: tzinfo, now: datetime) -> UsualPlugIn | None:
    """Return by when the car is usually plugged in on the day that runs; None where there is no habit."""
    day = day_of(now, zone)
    hour = hours[day.weekday()]
    if hour is None:
        return None
    local = datetime.combine(day, time(), tzinfo=zone) + _DAY_BEGINS + hour
    return UsualPlugIn(day=day, at=local.astimezone(UTC))
