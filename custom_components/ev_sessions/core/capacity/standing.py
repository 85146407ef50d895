"""How a billing month stands: its peak so far, the cars' part of it, and what may be drawn at no more cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from math import inf

from .interval import IntervalMean
from .scheme import CapacityScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPeak:
    """A mean that counts: when it began, what it counts as in kW, and what it would without the cars."""

    start: datetime
    kw: float
    without_cars_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPeak:
    """The peak of a month in kW, and what it would have been without the cars."""

    kw: float
    without_cars_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakStanding:
    """A billing month so far.

    `billed_kw` is what is billed: the month's peak, or its mean with those of the months
    before. Costs are None without a price. `free_kw` is the mean that the running interval
    may end with, and the month still costs what it does; infinite where nothing counts now.
    """

    peaks: tuple[CountedPeak, ...]
    peak: MonthPeak
    billed: MonthPeak
    cost: Decimal | None
    cost_without_cars: Decimal | None
    free_kw: float

    @property
    def cars_kw(self) -> float:
        """By how much the cars raised the month's peak, in kW."""
        return max(0.0, self.peak.kw - self.peak.without_cars_kw)

    @property
    def cars_cost(self) -> Decimal | None:
        """What of the cost the cars caused."""
        if self.cost is None or self.cost_without_cars is None:
            return None
        return max(Decimal(0), self.cost - self.cost_without_cars)


def standing_of(
    scheme: CapacityScheme,
    means: Iterable[IntervalMean],
    at: datetime,
    zone: tzinfo,
    before: Sequence[MonthPeak] = (),
) -> PeakStanding:
    """Return how a month stands at an instant, by the means of its intervals that are over.

    `before` are the peaks of the months before, the newest last.
    """
    counted = [_counted(scheme, mean, zone) for mean in means if mean.is_known]
    peaks = _greatest(scheme, counted, zone, cars=True)
    peak = MonthPeak(
        kw=_mean_of(scheme, [one.kw for one in peaks]),
        without_cars_kw=_mean_of(scheme, [one.without_cars_kw for one in _greatest(scheme, counted, zone, cars=False)]),
    )
    months = [*before[max(0, len(before) - scheme.months + 1) :], peak] if scheme.months > 1 else [peak]
    billed = MonthPeak(
        kw=sum(one.kw for one in months) / len(months),
        without_cars_kw=sum(one.without_cars_kw for one in months) / len(months),
    )
    return PeakStanding(
        peaks=tuple(peaks),
        peak=peak,
        billed=billed,
        cost=scheme.cost(billed.kw),
        cost_without_cars=scheme.cost(billed.without_cars_kw),
        free_kw=_free_kw(scheme, counted, peak.kw, at.astimezone(zone), zone),
    )


def month_peak(scheme: CapacityScheme, means: Iterable[IntervalMean], zone: tzinfo) -> MonthPeak | None:
    """Return the peak of a whole month; None where nothing of it is known."""
    known = [one for one in means if one.is_known]
    return standing_of(scheme, known, known[-1].start, zone).peak if known else None


def _counted(scheme: CapacityScheme, mean: IntervalMean, zone: tzinfo) -> CountedPeak:
    factor = scheme.factor_at(mean.start.astimezone(zone))
    return CountedPeak(start=mean.start, kw=factor * mean.mean_kw, without_cars_kw=factor * mean.without_cars_kw)


def _greatest(scheme: CapacityScheme, counted: Iterable[CountedPeak], zone: tzinfo, *, cars: bool) -> list[CountedPeak]:
    """Return the means that make the peak, the greatest first; of two alike the earlier."""
    ordered = sorted(counted, key=lambda one: (-(one.kw if cars else one.without_cars_kw), one.start))
    if not scheme.distinct_days:
        return ordered[: scheme.count]
    by_day: dict[date, CountedPeak] = {}
    for one in ordered:
        by_day.setdefault(one.start.astimezone(zone).date(), one)
    return list(by_day.values())[: scheme.count]


def _mean_of(scheme: CapacityScheme, found: list[float]) -> float:
    mean_kw = sum(found) / len(found) if found else 0.0
    return max(float(scheme.minimum_kw), mean_kw)


def _free_kw(
    scheme: CapacityScheme, counted: list[CountedPeak], peak_kw: float, local: datetime, zone: tzinfo
) -> float:
    """Return with which mean beside the greatest others the peak is still at its ceiling.

    That is never less than what this day has already, or what is below those that count anyway.
    """
    factor = scheme.factor_at(local)
    if not factor:
        return inf
    others = [one for one in counted if not scheme.distinct_days or one.start.astimezone(zone).date() != local.date()]
    greatest = [one.kw for one in _greatest(scheme, others, zone, cars=True)]
    places = min(scheme.count, len(greatest) + 1)
    return (places * scheme.ceiling_kw(peak_kw) - sum(greatest[: places - 1])) / factor
