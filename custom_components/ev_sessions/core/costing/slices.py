"""Cutting a charging period wherever a tariff may count otherwise.

Time is cut at instants; energy goes with it in exact shares, a third of it as a third, and is
then cut at thresholds of the session's energy. An instant is only reckoned for such a cut,
never the other way round: kWh cut by rounded time end on the wrong side.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Self

from ..local_time import local_boundaries
from ..moment import instant_of, us_of
from ..prices.timeline import PriceTimeline
from ..tariff import Tariff, TimelinePrice
from .month_energy import MonthEnergy
from .usage import Usage, UsagePeriod

#: A whole number where it is one: that is reckoned with quicker.
type Exact = int | Fraction
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """All at which a tariff may begin or cease to count: minutes of the local day, energies, durations, prices.

    Beside them stands whether it asks for the power, and for the current.
    """

    minutes: tuple[int, ...]
    energies_mwh: tuple[int, ...]
    months_mwh: tuple[int, ...]
    durations_us: tuple[int, ...]
    sources: tuple[str, ...]
    asks_power: bool = False
    asks_current: bool = False

    @classmethod
    def of(cls, tariff: Tariff) -> Self:
        """Return the edges of a tariff."""
        restrictions = [element.restrictions for element in tariff.elements]
        minutes = {minute for one in restrictions for minute in one.edge_minutes}
        energies = {edge for one in restrictions for edge in (one.min_mwh, one.max_mwh) if edge}
        durations = {edge for one in restrictions for edge in (one.min_duration_us, one.max_duration_us) if edge}
        prices = [component.price for element in tariff.elements for component in element.price_components]
        sources = {price.source for price in prices if isinstance(price, TimelinePrice)}
        return cls(
            minutes=tuple(sorted(minutes)),
            energies_mwh=tuple(sorted(energies)),
            months_mwh=tuple(
                sorted({edge for one in restrictions for edge in (one.min_month_mwh, one.max_month_mwh) if edge})
            ),
            durations_us=tuple(sorted(durations)),
            sources=tuple(sorted(sources)),
            asks_power=any(one.min_power_kw is not None or one.max_power_kw is not None for one in restrictions),
            asks_current=any(one.min_current_a is not None or one.max_current_a is not None for one in restrictions),
        )

    def thresholds(self, offset_mwh: Exact) -> tuple[Exact, ...]:
        """Return the session's energies at which it is cut, where the month has so much more than the session."""
        if not self.months_mwh:
            return self.energies_mwh
        return tuple(sorted({*self.energies_mwh, *(edge - offset_mwh for edge in self.months_mwh)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part [start, end) of a period in which a tariff counts alike; the session had `before_mwh` before it.

    Instants are whole µs; `duration_us` is as long as it truly is, where energy cut it between two of them.
    `parts_energy` where the cut at its end is one of time, so that energy had to be parted by it.
    """

    start_us: int
    end_us: int
    duration_us: Exact
    before_mwh: Exact
    energy_mwh: Exact
    month_mwh: Exact = 0  # of the local month before it
    solar_mwh: Exact = 0
    parts_energy: bool = False


def clock_edges(usage: Usage, edges: Edges, zone: tzinfo) -> tuple[int, ...]:
    """Return the instants of a session at which the local clock or calendar may decide, in order."""
    if not edges.minutes:
        return ()
    start, end = usage.periods[0].start, usage.periods[-1].end
    return tuple(sorted(_us(local_boundaries(start, end, edges.minutes, zone))))


def slices_of(
    period: UsagePeriod,
    edges: Edges,
    *,
    origin_us: int,
    before_mwh: int,
    clock_us: Sequence[int],
    month: MonthEnergy,
    timelines: Mapping[str, PriceTimeline],
) -> Iterator[Slice]:
    """Yield the slices of a period, in order; their times and energies sum to its own.

    `origin_us` is where durations count from, `before_mwh` the session's energy before the
    period, `clock_us` the session's `clock_edges`.
    """
    cuts = sorted(_instants(period, edges, origin_us, clock_us, timelines))
    bounds = [period.start_us, *cuts, period.end_us]
    length_us = period.end_us - period.start_us
    # What came from the sun is spread over a period evenly.
    solar_mwh = min(period.solar_mwh or 0, period.energy_mwh)
    at_mwh: Exact = before_mwh
    for number, (start_us, end_us) in enumerate(pairwise(bounds)):
        energy_mwh = _share_of(period.energy_mwh, end_us - start_us, length_us) if cuts else period.energy_mwh
        offset_mwh = month.offset_at(start_us, at_mwh) if edges.months_mwh else 0
        parts = list(_cut_by_energy(start_us, end_us, at_mwh, energy_mwh, edges.thresholds(offset_mwh)))
        for part in parts:
            yield Slice(
                start_us=part.start_us,
                end_us=part.end_us,
                duration_us=part.duration_us,
                before_mwh=part.before_mwh,
                energy_mwh=part.energy_mwh,
                month_mwh=part.before_mwh + offset_mwh,
                solar_mwh=_share_of(solar_mwh, part.energy_mwh, period.energy_mwh) if solar_mwh else 0,
                parts_energy=part is parts[-1] and number < len(cuts),
            )
        at_mwh += energy_mwh


def _share_of(whole: int, part: Exact, of: int) -> Exact:
    """Return as much of a whole as a part is of something else, exactly."""
    share = Fraction(whole * part, of)
    return share.numerator if share.denominator == 1 else share


def _instants(
    period: UsagePeriod, edges: Edges, origin_us: int, clock_us: Sequence[int], timelines: Mapping[str, PriceTimeline]
) -> set[int]:
    """Return the instants inside a period at which it is cut."""
    start_us, end_us = period.start_us, period.end_us
    found = {at for edge in edges.durations_us if start_us < (at := origin_us + edge) < end_us}
    found.update(clock_us[bisect_right(clock_us, start_us) : bisect_left(clock_us, end_us)])
    for source in edges.sources:
        segments = timelines[source].segments(period.start, period.end) if source in timelines else ()
        found.update(_us(segment.start for segment in segments[1:]))
    return found


def _cut_by_energy(
    start_us: int, end_us: int, before_mwh: Exact, energy_mwh: Exact, thresholds: tuple[Exact, ...]
) -> Iterator[Slice]:
    first = bisect_right(thresholds, before_mwh)
    last = bisect_left(thresholds, before_mwh + energy_mwh)
    length_us = end_us - start_us
    at_us, at_mwh, gone_us = start_us, before_mwh, Fraction(0)
    for threshold in thresholds[first:last]:
        until_us = length_us * Fraction(threshold - before_mwh) / energy_mwh
        cut_us = start_us + floor(until_us + _HALF)
        yield Slice(
            start_us=at_us,
            end_us=cut_us,
            duration_us=until_us - gone_us,
            before_mwh=at_mwh,
            energy_mwh=threshold - at_mwh,
        )
        at_us, at_mwh, gone_us = cut_us, threshold, until_us
    yield Slice(
        start_us=at_us,
        end_us=end_us,
        duration_us=length_us - gone_us if gone_us else length_us,
        before_mwh=at_mwh,
        energy_mwh=before_mwh + energy_mwh - at_mwh,
    )


def _us(instants: Iterable[datetime]) -> Iterator[int]:
    return (us_of(instant) for instant in instants)


def local_at(at_us: int, zone: tzinfo) -> datetime:
    """Return what the wall clock shows at an instant."""
    return instant_of(at_us).astimezone(zone)
