"""Learned loads as plain data and back: what is kept over a restart. Who is on or off then is not known."""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from ...moment import Now
from .appliance import ABSENCES_KEPT, SEEN_MOST, Appliance
from .learned_loads import APPLIANCES_KEPT, LearnedLoads

#: Seen once, it is no habit.
_LEAST_TIMES = 2


def to_data(loads: LearnedLoads, now: Now) -> dict[str, Any]:
    """Return what is worth keeping: currents in A, spans in s, the instant at which that was so."""
    return {
        "at": now.utc.isoformat(),
        "appliances": [
            {
                "size_a": [round(current_a, 2) for current_a in one.size_a],
                "unseen_s": round(now.monotonic_s - one.seen_s),
                "times": one.times,
                "absences_s": [round(absence_s, 1) for absence_s in one.absences_s],
                "stays_s": [round(stay_s, 1) for stay_s in one.stays_s],
            }
            for one in loads.appliances
            if one.times >= _LEAST_TIMES
        ],
    }


def from_data(data: Mapping[str, Any], now: Now) -> LearnedLoads:
    """Return what was kept. What cannot be read was not learned."""
    try:
        away_s = max(0.0, (now.utc - datetime.fromisoformat(data["at"])).total_seconds())
        kept = data["appliances"][:APPLIANCES_KEPT]
        found = tuple(_appliance(one, now.monotonic_s - away_s) for one in kept)
    except KeyError, TypeError, ValueError:
        return LearnedLoads()
    if len({len(one.size_a) for one in found}) > 1:
        return LearnedLoads()
    return LearnedLoads(found)


def _appliance(data: Mapping[str, Any], then_s: float) -> Appliance:
    """Return one appliance; ValueError where a number is none that it could have."""
    size_a = tuple(float(current_a) for current_a in data["size_a"])
    absences_s = tuple(float(absence_s) for absence_s in data["absences_s"])[-ABSENCES_KEPT:]
    stays_s = tuple(float(stay_s) for stay_s in data.get("stays_s", ()))[-ABSENCES_KEPT:]
    if len(stays_s) > len(absences_s):
        stays_s = ()  # of other absences
    unseen_s = float(data["unseen_s"])
    numbers = (*size_a, *absences_s, *stays_s, unseen_s)
    if not all(isfinite(number) and number >= 0 for number in numbers) or not any(size_a):
        raise ValueError("no appliance is like that")
    times = min(SEEN_MOST, max(1, int(data["times"])))
    return Appliance(size_a, then_s - unseen_s, times=times, absences_s=absences_s, stays_s=stays_s)
