"""The greatest load of the house in the last weeks: a mean of five minutes, as fuses do not mind less.

It tells what has to be left to the house when nobody balances.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from ..circuits.circuit import Protection
from ..evse.draw import PerLine
from ..load import SiteLimits

#: A mean is taken over so long; looks that are further apart make none.
SPAN_S = 300.0
_MOST_BETWEEN_S = 60.0
#: So many days are remembered, the newest last.
_DAYS = 28
#: A day that saw less of the house than this is no day to go by.
_SPANS_TO_JUDGE = 12


def at_least_a(house_a: PerLine | None, limits: SiteLimits) -> PerLine | None:
    """Return what a house draws on each line; where only its total is known, that its busiest line has a part of it.

    A total stands on every line of `house_a`, as nobody knows where it is.
    """
    if house_a is None or limits.protection is Protection.PER_LINE:
        return house_a
    count = limits.wiring.line_count
    return (max(0.0, house_a[0]) / limits.power_factor / count,) * count


@dataclass(frozen=True, slots=True)
class Span:
    """A mean in the making: since when, until when, and A·s per line."""

    since_s: float
    until_s: float
    sum_a_s: PerLine


@dataclass(frozen=True, slots=True)
class HousePeak:
    """The greatest means per line, by local day, and how many spans were seen in all."""

    days: tuple[tuple[date, PerLine], ...] = ()
    spans: int = 0
    span: Span | None = None

    @property
    def worst_a(self) -> PerLine | None:
        """The greatest load of each line, in A; None where too little was seen."""
        if self.spans < _SPANS_TO_JUDGE or not self.days:
            return None
        return tuple(map(max, zip(*(peak_a for _, peak_a in self.days), strict=True)))

    def look(self, house_a: PerLine | None, monotonic_s: float, today: date) -> HousePeak:
        """Take what the house draws now, in A per line; None where nobody knows."""
        span = self.span
        if house_a is None:
            return self if span is None else replace(self, span=None)
        if span is None or monotonic_s - span.until_s > _MOST_BETWEEN_S or len(span.sum_a_s) != len(house_a):
            return replace(self, span=Span(monotonic_s, monotonic_s, (0.0,) * len(house_a)))
        passed_s = monotonic_s - span.until_s
        sum_a_s = tuple(total + current * passed_s for total, current in zip(span.sum_a_s, house_a, strict=True))
        if monotonic_s - span.since_s < SPAN_S:
            return replace(self, span=Span(span.since_s, monotonic_s, sum_a_s))
        mean_a = tuple(total / (monotonic_s - span.since_s) for total in sum_a_s)
        begun = Span(monotonic_s, monotonic_s, (0.0,) * len(mean_a))
        return HousePeak(self._with(mean_a, today), self.spans + 1, begun)

    def _with(self, mean_a: PerLine, today: date) -> tuple[tuple[date, PerLine], ...]:
        # A clock that was set, or another wiring: what does not go together with today goes.
        days = [one for one in self.days if one[0] <= today and len(one[1]) == len(mean_a)]
        if days and days[-1][0] == today:
            mean_a = tuple(map(max, days.pop()[1], mean_a, strict=True))
        return (*days, (today, mean_a))[-_DAYS:]

    def to_data(self) -> dict[str, Any]:
        """Return what outlives a restart."""
        days = [[day.isoformat(), [round(peak, 2) for peak in peak_a]] for day, peak_a in self.days]
        return {"days": days, "spans": min(self.spans, _SPANS_TO_JUDGE)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read it again; what is no such thing is forgotten."""
        try:
            days = tuple(
                (date.fromisoformat(day), tuple(float(peak) for peak in peak_a)) for day, peak_a in data["days"]
            )
            return cls(days=days, spans=int(data["spans"]))
        except KeyError, TypeError, ValueError:
            return cls()
