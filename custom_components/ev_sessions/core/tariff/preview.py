"""What a tariff will cost: its prices over a week, as a person would write them up, and one session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ..prices.timeline import PriceTimeline
from .tariff import Tariff

_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpan:
    """A price per kWh, taxes inside, from a minute of the local day to another; None is not known yet."""

    start: str  # HH:MM
    end: str  # HH:MM, 24:00 at the end of the day
    price_per_kwh: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPrices:
    """The prices of the days that are alike."""

    days: tuple[date, ...]
    spans: tuple[DaySpan, ...]


def week_of(tariff: Tariff, start: date, timeline: PriceTimeline | None = None) -> tuple[DayPrices, ...]:
    """Return the prices of seven local days from `start`, days that are alike together, in order."""
    known = timeline or tariff.new_timeline()
    alike: dict[tuple[DaySpan, ...], list[date]] = {}
    for day in (start + timedelta(days=number) for number in range(_WEEK)):
        alike.setdefault(_spans(tariff, day, known), []).append(day)
    return tuple(DayPrices(days=tuple(days), spans=spans) for spans, days in alike.items())


def _spans(tariff: Tariff, day: date, timeline: PriceTimeline) -> tuple[DaySpan, ...]:
    zone = ZoneInfo(tariff.time_zone)
    midnight, following = (_midnight(one, zone) for one in (day, day + timedelta(days=1)))
    segments = tariff.segments(midnight, following, timeline)
    ends = [*(_clock(segment.start, zone) for segment in segments[1:]), "24:00"]
    return _joined(
        [
            DaySpan(start=_clock(segment.start, zone), end=end, price_per_kwh=segment.price.price_per_kwh)
            for segment, end in zip(segments, ends, strict=True)
        ]
    )


def _joined(spans: Sequence[DaySpan]) -> tuple[DaySpan, ...]:
    """Return the spans with those of the same price, and another basis only, in one."""
    joined: list[DaySpan] = []
    for span in spans:
        if joined and joined[-1].price_per_kwh == span.price_per_kwh:
            joined[-1] = DaySpan(start=joined[-1].start, end=span.end, price_per_kwh=span.price_per_kwh)
        else:
            joined.append(span)
    return tuple(joined)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%H:%M")
