"""How much CO₂ charged energy stands for: by the grid's intensity, quarter hour by quarter hour.

What comes from the own roof counts as chosen, usually nothing. Charging periods never straddle a quarter
hour, so each has one intensity: the mean of its quarter, over the time in which it was known.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from ..moment import Now

QUARTER_S: Final = 900
#: Between two looks that are farther apart nobody knows what it was.
_UNSEEN_S: Final = 60.0
#: What is recalled holds no longer than this by itself.
_HELD: Final = timedelta(hours=1)
#: ng in a kg.
NG_PER_KG: Final = 10**12
#: What a grid can have: lignite alone is a good 1,000 g/kWh.
MOST_G_PER_KWH: Final = Decimal(5_000)
_GRAMS: Final = {"mg": Decimal("0.001"), "g": Decimal(1), "kg": Decimal(1_000), "t": Decimal(1_000_000)}
_PER_KWH: Final = {"wh": Decimal(1_000), "kwh": Decimal(1), "mwh": Decimal("0.001")}


def g_per_kwh(value: Decimal, unit: str | None) -> Decimal | None:
    """Return an intensity in g/kWh, whatever stands for CO₂ in its unit ("gCO2eq/kWh"); None where it is none."""
    mass, _, per = (unit or "").replace(" ", "").partition("/")
    weight = mass.casefold().partition("co")[0]
    factor, energy = _GRAMS.get(weight), _PER_KWH.get(per.casefold())
    if factor is None or energy is None or not value.is_finite():
        return None
    intensity = value * factor * energy
    return intensity if 0 <= intensity <= MOST_G_PER_KWH else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterIntensity:
    """The grid's mean intensity in a quarter hour, over the time in which it was known."""

    start: datetime
    weighted: float = 0.0  # g/kWh × s
    seen_s: float = 0.0
    first_g_per_kwh: float | None = None

    @property
    def g_per_kwh(self) -> float | None:
        """The mean; what was seen first before any time went by; None where nothing was seen."""
        return self.weighted / self.seen_s if self.seen_s else self.first_g_per_kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class IntensityMeter:
    """The running quarter hour. Between two looks the intensity is that of the first one."""

    running: QuarterIntensity | None = None
    last: Now | None = None
    held: float | None = None

    def look(self, intensity: float | None, now: Now) -> tuple[IntensityMeter, tuple[QuarterIntensity, ...]]:
        """Return the meter after one more look, and the quarter hours of which something new is known."""
        start = quarter_of(now.utc)
        running = self.running or QuarterIntensity(start=start)
        passed_s = 0.0 if self.last is None else now.monotonic_s - self.last.monotonic_s
        if self.held is None or not 0.0 < passed_s <= _UNSEEN_S:
            passed_s = 0.0
        told: list[QuarterIntensity] = []
        if running.start != start:
            # What held before the boundary belongs to the quarter hour before it.
            into_s = min(passed_s, max(0.0, (now.utc - start).total_seconds()))
            over = self._with(running, passed_s - into_s)
            told += [over] if over.g_per_kwh is not None else []
            running, passed_s = QuarterIntensity(start=start), into_s
        running = self._with(running, passed_s)
        if intensity is not None and running.first_g_per_kwh is None:
            running = replace(running, first_g_per_kwh=intensity)
            told.append(running)
        elif intensity != self.held and running.g_per_kwh is not None:
            told.append(running)
        return IntensityMeter(running=running, last=now, held=intensity), tuple(told)

    def _with(self, one: QuarterIntensity, seconds: float) -> QuarterIntensity:
        return replace(one, weighted=one.weighted + (self.held or 0.0) * seconds, seen_s=one.seen_s + seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntensitySpan:
    """An intensity that is known of [start, end)."""

    start: datetime
    end: datetime
    g_per_kwh: float


def spans_of(samples: Sequence[tuple[datetime, float | None]], end: datetime) -> Iterator[IntensitySpan]:
    """Yield of how long the samples of an intensity, in order of time, tell something.

    Each holds until the next, which may say that nothing is known, but no longer than an hour: what does not
    change for longer was perhaps seen by nobody.
    """
    for (at, intensity), (until, _) in pairwise([*samples, (end, None)]):
        if intensity is not None and at < until:
            yield IntensitySpan(start=at, end=min(until, at + _HELD), g_per_kwh=intensity)


def quarters_of(spans: Iterable[IntensitySpan], start: datetime, end: datetime) -> tuple[QuarterIntensity, ...]:
    """Return the quarter hours between two boundaries of such that spans tell something of, in order."""
    found: dict[datetime, QuarterIntensity] = {}
    for span in spans:
        at, until = max(span.start, start), min(span.end, end)
        while at < until:
            quarter = quarter_of(at)
            rest = min(until, quarter + timedelta(seconds=QUARTER_S))
            seconds = (rest - at).total_seconds()
            before = found.get(quarter, QuarterIntensity(start=quarter))
            found[quarter] = replace(
                before, weighted=before.weighted + span.g_per_kwh * seconds, seen_s=before.seen_s + seconds
            )
            at = rest
    return tuple(found[quarter] for quarter in sorted(found))


def quarter_of(at: datetime) -> datetime:
    """Return the beginning of the quarter hour that holds an instant; all zones share them."""
    return datetime.fromtimestamp(at.timestamp() // QUARTER_S * QUARTER_S, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carbon:
    """What some energy stands for: `known_mwh` of it has an intensity, and with that `ng` of CO₂."""

    ng: int = 0
    known_mwh: int = 0

    def plus(self, other: Carbon) -> Carbon:
        """Return both together."""
        return Carbon(ng=self.ng + other.ng, known_mwh=self.known_mwh + other.known_mwh)

    @property
    def kg(self) -> float | None:
        """In kg; None where no energy has an intensity, which is another thing than none."""
        return round(self.ng / NG_PER_KG, 6) if self.known_mwh else None
