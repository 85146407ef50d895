"""Who can wait: what a car needs until it leaves, and what part of it is to be had.

Where a departure is known, laxity is the time left less the time that the car needs at the
greatest current that it could have alone (least laxity first is the usual rule of scheduling with deadlines). Where it
can be foreseen that not all can have all, those who stand in each other's way are to have the
same part of what they asked for: the greatest for which the demand that falls due by each
departure fits in the room until then. So nobody gets nothing because another asked for more
than there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

#: Who says nothing of a departure counts as if he could wait for so long when he comes.
UNKNOWN_LAXITY_S = 4 * 3600.0
#: Laxities within the same hour are alike: no forecast of a house is better than that.
SAME_LAXITY_S = 3600.0
#: At a departure that is nearer than this, all that can be had is needed.
_LEAST_LEFT_S = 60.0
#: No room is so small that it would take for ever.
_LEAST_A = 0.1
#: On each bound, so many departures are looked at where the demand does not fit.
_MOST_LOOKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a car that is to leave needs. The times of charging are at `most_a`, in s.

    It leaves in `left_s`. It has charged for `got_s`, and needs `needed_s` more. `loads` are
    pairs (bound, factor) as those of a claim.
    """

    id: str
    left_s: float
    needed_s: float
    got_s: float
    most_a: float
    loads: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """What a car is to have now so that it has its part when it leaves; and how long it could wait."""

    current_a: float
    laxity_s: float


def paces(needs: Sequence[Need], room: Sequence[float], whole: Sequence[float]) -> dict[str, Pace]:
    """Return the pace of each.

    `room` is what each bound can be expected to leave for them, in A, and `whole` the same with
    what others are expected to take of it.
    """
    parts = fair_parts(needs, room)
    return {need.id: _pace(need, parts[need.id], whole) for need in needs}


def _pace(need: Need, part: float, whole: Sequence[float]) -> Pace:
    """Return the pace at which a car has its part in time, and how long it could wait and still have it."""
    needed_as = max(0.0, part * (need.got_s + need.needed_s) - need.got_s) * need.most_a
    if needed_as <= 0:
        return Pace(0.0, inf)
    # Alone it would have no more than this either.
    best_a = min(need.most_a, *(whole[bound] / factor for bound, factor in need.loads))
    pace_a = min(need.most_a, needed_as / max(_LEAST_LEFT_S, need.left_s))
    return Pace(pace_a, need.left_s - needed_as / max(_LEAST_A, best_a))


def fair_parts(needs: Sequence[Need], room: Sequence[float]) -> dict[str, float]:
    """Return which part of what it asked for each can have when it leaves, 0 to 1."""
    parts = dict.fromkeys((need.id for need in needs), 1.0)
    on_bound: dict[int, list[tuple[Need, float]]] = {}
    for need in sorted(needs, key=_by_departure):
        for bound, factor in need.loads:
            on_bound.setdefault(bound, []).append((need, factor * need.most_a))
    for bound, on in on_bound.items():
        for id_, part in _parts_on(on, max(0.0, room[bound])).items():
            parts[id_] = min(parts[id_], part)
    return parts


def _by_departure(need: Need) -> tuple[float, str]:
    return need.left_s, need.id


def _parts_on(on: Sequence[tuple[Need, float]], room_a: float) -> Mapping[str, float]:
    """Return the parts of those for whom a bound is too small; `on` is in the order of departure."""
    due_as = 0.0
    short: list[int] = []
    for place, (need, weight_a) in enumerate(on):
        due_as += need.needed_s * weight_a
        if due_as > room_a * need.left_s:
            short.append(place)
    parts: dict[str, float] = {}
    # The last of them holds for all before it; those between are looked at where there are few.
    every = -(-len(short) // _MOST_LOOKS) or 1
    for place in short[::-1][::every]:
        part = _part_of(on[: place + 1], room_a * max(0.0, on[place][0].left_s))
        for need, _ in on[: place + 1]:
            parts[need.id] = min(part, parts.get(need.id, 1.0))
    return parts


def _part_of(on: Sequence[tuple[Need, float]], room_as: float) -> float:
    """Return the part of what they asked for that all can have of so much room, where that is less than all.

    Who has more already keeps it, and takes nothing.
    """
    had = sorted(
        (need.got_s / asked_s, asked_s * weight_a)
        for need, weight_a in on
        if (asked_s := need.got_s + need.needed_s) > 0
    )
    reached, rising_as, left_as = 0.0, 0.0, room_as
    for part, asked_as in had:
        if (part - reached) * rising_as > left_as:
            break
        left_as -= (part - reached) * rising_as
        reached = part
        rising_as += asked_as
    return reached + left_as / rising_as
