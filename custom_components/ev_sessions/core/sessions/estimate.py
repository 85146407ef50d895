"""When a charge will be over: from the power seen, what is asked for, and how past charges ended.

A car on its plateau takes what it is offered; near full it takes less and less. How long that
lasts is learned from the traces of past charges, as the time and the energy that were left
when the power was last at a given height. What a car needs is not known on its plateau: it is
taken to be the median of those past charges that needed more than this one has had by now.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from .session_limit import SessionLimit
from .trace import TraceSample

#: Below this a car does not charge.
CHARGING_W: Final = 500.0
#: A car that takes so much less than it is offered, and than it took before, is nearly full.
_TAPER_PART: Final = 0.9
#: A past charge that ended nearer to its greatest power than this was ended by somebody.
_ENDED_PART: Final = 0.75
#: Charges with less tell nothing, in mWh.
_LEAST_MWH: Final = 500_000
#: Past charges of a car whose power was this much another are of another car, or of one that was held back.
_ALIKE: Final = (0.8, 1.25)
_LEAST_ALIKE: Final = 3
_MWS_PER_MWH: Final = 3_600
#: An end that is shown stays, until a better one differs by a minute and by this part of the time left.
_STEADY_PART: Final = 0.05
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TailPoint:
    """What was left when a charge was last at that power."""

    power_w: float
    left_s: float
    left_mwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCharge:
    """A charge that the car ended: its energy, its greatest power, and its end from low power to high."""

    energy_mwh: int
    plateau_w: float
    tail: tuple[TailPoint, ...]

    def left_at(self, power_w: float) -> TailPoint:
        """Return what was left when it was last at that power."""
        place = bisect_left(self.tail, power_w, key=lambda point: point.power_w)
        return self.tail[min(place, len(self.tail) - 1)]

    def seconds_for(self, left_mwh: float, power_w: float) -> float:
        """Return how long it takes until it is over with so much energy left, where its plateau is at that power."""
        end = self.left_at(power_w)
        if left_mwh >= end.left_mwh:
            return _seconds_at(left_mwh - end.left_mwh, power_w) + end.left_s
        place = bisect_left(self.tail, left_mwh, key=lambda point: point.left_mwh)
        point = self.tail[place]
        return point.left_s * left_mwh / point.left_mwh if left_mwh > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """The charge that goes on. `offered_w` is what the car may take.

    `soc_mwh` is the energy to the state of charge that is its limit, `full_mwh` that to a full
    battery, `cost_mwh` that to its cost; None is not known.
    """

    at: datetime
    power_w: float | None
    peak_w: float | None
    energy_mwh: int
    connected_ms: int = 0
    offered_w: float | None = None
    soc_mwh: float | None = None
    full_mwh: float | None = None
    cost_mwh: float | None = None


def learned(samples: Sequence[TraceSample]) -> PastCharge | None:
    """Return what the trace of a session tells of how its car ends a charge; None where the car did not end it."""
    parts = [
        (one.power_w, (after.at - one.at).total_seconds())
        for one, after in pairwise(samples)
        if one.power_w is not None and one.power_w >= CHARGING_W and after.at > one.at
    ]
    energy_mws = sum(power_w * 1000 * seconds for power_w, seconds in parts)
    if not parts or energy_mws < _LEAST_MWH * _MWS_PER_MWH:
        return None
    plateau_w = max(power_w for power_w, _ in parts)
    last = samples[-1].power_w
    if (last is not None and last >= CHARGING_W) or parts[-1][0] > _ENDED_PART * plateau_w:
        return None
    return PastCharge(
        energy_mwh=round(energy_mws / _MWS_PER_MWH), plateau_w=plateau_w, tail=tuple(_tail(reversed(parts), plateau_w))
    )


def _tail(backwards: Iterable[tuple[float, float]], plateau_w: float) -> Iterable[TailPoint]:
    """Walk back from the end; a point for each step of a fiftieth of the greatest power."""
    step_w, told_w = plateau_w / 50, 0.0
    left_s = left_mws = 0.0
    for power_w, seconds in backwards:
        if power_w >= told_w + step_w:
            yield TailPoint(power_w=power_w, left_s=left_s, left_mwh=left_mws / _MWS_PER_MWH)
            told_w = power_w
        left_s += seconds
        left_mws += power_w * 1000 * seconds


def estimated_end(charge: Charge, limit: SessionLimit, past: Sequence[PastCharge]) -> datetime | None:
    """Return when the charge will be over, by its car or by its limit; None where nothing tells."""
    ends_s = [_time_left_s(charge, limit)]
    if (power_w := charge.power_w) is not None and power_w >= CHARGING_W:
        alike = _alike(past, charge.peak_w or power_w)
        ends_s += [_seconds_at(energy_mwh, power_w) for energy_mwh in _asked_mwh(charge, limit)]
        soc_s = _soc_s(charge, power_w, alike)
        ends_s.append(_natural_s(charge, power_w, alike) if soc_s is None else soc_s)
    known = [seconds for seconds in ends_s if seconds is not None]
    return charge.at + timedelta(seconds=max(0.0, min(known))) if known else None


def steady(shown: datetime | None, new: datetime | None, now: datetime) -> datetime | None:
    """Return the end to show, in whole minutes: one that differs little from what is shown changes nothing."""
    if new is None:
        return None
    if shown is not None and abs(new - shown) <= max(_MINUTE, _STEADY_PART * (new - now)):
        return shown
    return (new + _MINUTE / 2).replace(second=0, microsecond=0)


def _time_left_s(charge: Charge, limit: SessionLimit) -> float | None:
    return None if limit.connected_ms is None else (limit.connected_ms - charge.connected_ms) / 1000


def _asked_mwh(charge: Charge, limit: SessionLimit) -> Iterable[float]:
    """Yield the energies that are left until a limit."""
    if limit.energy_mwh is not None:
        yield limit.energy_mwh - charge.energy_mwh
    if limit.cost is not None and charge.cost_mwh is not None:
        yield charge.cost_mwh


def _seconds_at(energy_mwh: float, power_w: float) -> float:
    return max(0.0, energy_mwh) * _MWS_PER_MWH / 1000 / power_w


def _soc_s(charge: Charge, power_w: float, past: Sequence[PastCharge]) -> float | None:
    """Return how long it takes to the state of charge that is the limit; the last of it at the pace of past ends."""
    if charge.soc_mwh is None:
        return None
    if not past or charge.full_mwh is None:
        return _seconds_at(charge.soc_mwh, power_w)
    rest_mwh = max(0.0, charge.full_mwh - charge.soc_mwh)
    return median(one.seconds_for(charge.full_mwh, power_w) - one.seconds_for(rest_mwh, power_w) for one in past)


def _natural_s(charge: Charge, power_w: float, past: Sequence[PastCharge]) -> float | None:
    """Return how long the car will go on by itself, as past charges have it; None where there were none."""
    if not past:
        return None
    bounds = [bound for bound in (charge.peak_w, charge.offered_w) if bound is not None]
    needs_mwh = [(one, one.energy_mwh - charge.energy_mwh) for one in past if one.energy_mwh > charge.energy_mwh]
    if not needs_mwh or (bounds and power_w < _TAPER_PART * min(bounds)):
        # It takes less already; or it has had more than any before it, and soon will.
        return median(one.left_at(power_w).left_s for one in past)
    return median(one.seconds_for(left_mwh, power_w) for one, left_mwh in needs_mwh)


def _alike(past: Sequence[PastCharge], peak_w: float) -> Sequence[PastCharge]:
    """Return the past charges that were as strong as this one; all of them, where these are too few."""
    least, most = (part * peak_w for part in _ALIKE)
    alike = [one for one in past if least <= one.plateau_w <= most]
    return alike if len(alike) >= _LEAST_ALIKE else past
