"""Keep the mean power of each interval under a target: what the chargers may take now.

The energy of the running interval so far, and the time that is left of it, say what the
mean of the rest may be. House load is expected to go on as it was lately; the less is left
of the interval, the less of the past counts. What was saved is spent over the rest and the
next interval, so that nobody races to the end of one and brakes at the start of the next.
"""

from dataclasses import dataclass, replace
from math import exp, inf

from ...moment import Now

#: This part of the target is left for what cannot be foreseen; it is given back towards the end.
_SPARED = 0.02
_SPARED_UNTIL_S = 120.0
#: House load counts over so long at most, and over this part of what is left of the interval.
_LONGEST_S = 300.0
_PART_OF_REST = 0.3
_SHORTEST_S = 5.0
#: What the chargers may have moves when it would by more than this, up and down; less and less towards the end.
_UP_W = 800.0
_DOWN_W = 200.0
#: Between two looks that are farther apart, nobody knows what was drawn.
_UNSEEN_S = 60.0
#: A running mean that falls below this part of what it was has begun anew.
_BEGUN_ANEW = 0.6
_BEGUN_ANEW_W = 50.0
#: Of what an interval's begin differs from what was learned, so much is believed.
_BELIEVED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakState:
    """The running interval: when it began (s since the epoch), and the energy that was imported since.

    `unseen_s` is for how long nobody looked. `house_w` is what the house draws beside the
    chargers, smoothed. `offset_s` is by how much the meter's intervals begin after those of
    the clock, as far as that was learned. `mean_w` and `peak_w` are what the meter itself
    says of the interval and of the month. `held_w` is what the chargers were last given.
    """

    began_s: float = -inf
    energy_ws: float = 0.0
    unseen_s: float = 0.0
    last_w: float | None = None
    last_s: float = -inf
    house_w: float | None = None
    offset_s: float = 0.0
    learned: bool = False
    mean_w: float | None = None
    peak_w: float | None = None
    held_w: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakSeen:
    """One look: the power at the meter (positive for import), what our chargers have of it, and what the meter says.

    `power_w` is None while the meter cannot be believed. `mean_w` is its own mean of the
    running interval, `peak_w` the greatest of the month, where it has them. `ended` tells that
    something of the meter has just changed that changes when an interval is over.
    """

    power_w: float | None
    cars_w: float = 0.0
    mean_w: float | None = None
    peak_w: float | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakAnswer:
    """The mean of the interval so far, spread over all of it; what all may draw now, and the chargers of it."""

    mean_w: float
    total_w: float
    cars_w: float


def look(state: PeakState, seen: PeakSeen, interval_s: float, now: Now) -> PeakState:
    """Return the interval after one more look."""
    at_s = now.utc.timestamp()
    state = _learned(state, seen, interval_s, at_s)
    began_s = at_s - (at_s - state.offset_s) % interval_s
    passed_s = now.monotonic_s - state.last_s
    if abs(began_s - state.began_s) > interval_s / 2:
        # What was drawn before the interval began is none of its business.
        into_s = at_s - began_s
        passed_s = min(passed_s, into_s)
        state = replace(state, began_s=began_s, energy_ws=0.0, unseen_s=into_s - passed_s)
    if state.last_w is None or passed_s > _UNSEEN_S:
        state = replace(state, unseen_s=state.unseen_s + passed_s)
    else:
        state = replace(state, energy_ws=state.energy_ws + max(0.0, state.last_w) * passed_s)
    house_w = state.house_w
    if seen.power_w is not None:
        drawn_w = seen.power_w - seen.cars_w
        rest_s = max(0.0, state.began_s + interval_s - at_s)
        over_s = min(_LONGEST_S, max(_SHORTEST_S, rest_s * _PART_OF_REST))
        kept = 0.0 if house_w is None else exp(-min(passed_s, _LONGEST_S) / over_s)
        house_w = drawn_w if house_w is None else kept * house_w + (1.0 - kept) * drawn_w
    return replace(state, last_w=seen.power_w, last_s=now.monotonic_s, house_w=house_w)


def _learned(state: PeakState, seen: PeakSeen, interval_s: float, at_s: float) -> PeakState:
    """Return the state with what the meter tells of when its intervals begin."""
    before, mean_w = state.mean_w, seen.mean_w
    fell = before is not None and mean_w is not None and mean_w < _BEGUN_ANEW * before - _BEGUN_ANEW_W
    rose = state.peak_w is not None and seen.peak_w is not None and seen.peak_w > state.peak_w
    offset_s, learned = state.offset_s, state.learned
    began = fell or (seen.ended and mean_w is None)
    # A month's peak rises when an interval is over, and the running mean falls: either will do.
    if began or (rose and mean_w is None):
        differs_s = (at_s - offset_s + interval_s / 2) % interval_s - interval_s / 2
        offset_s = (offset_s + differs_s * (_BELIEVED if learned else 1.0)) % interval_s
        learned = True
    return replace(
        state,
        began_s=-inf if began else state.began_s,
        offset_s=offset_s,
        learned=learned,
        mean_w=mean_w,
        peak_w=state.peak_w if seen.peak_w is None else seen.peak_w,
    )


def allowed(state: PeakState, target_w: float, interval_s: float, now: Now) -> PeakAnswer | None:
    """Return what may be drawn now so that the interval's mean ends under the target; None while nobody knows.

    What the month has reached already need not be kept under.
    """
    if state.last_w is None or state.house_w is None:
        return None
    target_w = max(target_w, state.peak_w or 0.0)
    into_s = min(interval_s, max(0.0, now.utc.timestamp() - state.began_s))
    rest_s = max(1.0, interval_s - into_s)
    # What nobody saw counts as if it had kept to the target.
    energy_ws = _energy_ws(state, interval_s, into_s, target_w)
    aim_w = target_w * (1.0 - _SPARED * min(1.0, rest_s / _SPARED_UNTIL_S))
    ahead_ws = aim_w * (interval_s - rest_s) - energy_ws
    total_w = aim_w + (ahead_ws / rest_s if ahead_ws < 0 else ahead_ws / (rest_s + interval_s))
    cars_w = total_w - state.house_w
    # What was given stays while it is about right: what is amiss shows in the energy, and is made good.
    band = min(1.0, rest_s / _SPARED_UNTIL_S)
    if state.held_w is not None and -_DOWN_W * band <= cars_w - state.held_w <= _UP_W * band:
        cars_w = state.held_w
    return PeakAnswer(mean_w=energy_ws / interval_s, total_w=total_w, cars_w=cars_w)


def _energy_ws(state: PeakState, interval_s: float, into_s: float, target_w: float) -> float:
    """Return the energy of the interval so far: by the meter's own mean where it has one, else by ours.

    Some meters divide by the whole interval, some by what has passed of it: what fits better
    with our own sum is meant; where that is not complete, the greater is taken. A mean that is
    told now and then only lags behind our own sum.
    """
    ours_ws = state.energy_ws + state.unseen_s * target_w
    if state.mean_w is None:
        return ours_ws
    whole_ws, passed_ws = state.mean_w * interval_s, state.mean_w * into_s
    if state.unseen_s > 0:
        return whole_ws
    nearest_ws = whole_ws if abs(whole_ws - ours_ws) <= abs(passed_ws - ours_ws) else passed_ws
    return max(ours_ws, nearest_ws)
