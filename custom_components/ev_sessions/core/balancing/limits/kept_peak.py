"""What is kept of a running interval over a restart: its energy so far, and when the meter's intervals begin."""

from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from ...moment import Now
from .peak_demand import PeakState


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPeak:
    """The interval as it stood at an instant; `interval_s` is how long such intervals are."""

    at: datetime
    interval_s: float
    state: PeakState


def kept_peak(state: PeakState, interval_s: float, now: Now) -> KeptPeak | None:
    """Return what outlives a restart; None where nothing was seen yet."""
    if state.last_s == -inf:
        return None
    at = now.instant(state.last_s)
    return KeptPeak(at=at, interval_s=interval_s, state=replace(state, last_s=-inf))


def revived_peak(kept: KeptPeak | None, interval_s: float, now: Now) -> PeakState:
    """Return the interval after a start; the time between was seen by nobody, unless it was a moment only."""
    if kept is None or kept.interval_s != interval_s:
        return PeakState()
    return replace(kept.state, last_s=now.past_s(kept.at))
