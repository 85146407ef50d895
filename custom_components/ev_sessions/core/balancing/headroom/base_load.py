"""What the house needs without our chargers, and what room that leaves for them.

The house's load per line is what the meter shows less what the EVSEs drew at that instant.
While an EVSE is following a command its draw is not known to an ampere: the greatest draw
gives the load that is certain, and only for that load is anybody lowered; the least draw
gives the load that may be, and only beyond that one is anybody raised. But a house that
has certainly risen while a car moves is taken at its worst.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...reading import GridReading
from ..circuits.bounds import Bounds
from ..circuits.circuit import Protection
from ..evse.draw import PerLine
from ..evse.drawn_when import drawn_when, leaving
from ..evse.memory import EvseMemory
from ..load import EvseLoad, SiteLimits
from ..meter.branch_meters import BranchMeter
from ..meter.others import others_of
from .branches import amperes_now, branches_of, lowered_now


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the site, per bound: the room for all EVSEs, what is carried now, and may be.

    `drawn` is the least and the greatest that each EVSE may be drawing, over the site's
    lines. `present` is the room beyond the certain load, `sure` beyond the possible one.
    `house_a` is what the house drew per line when that was last known, `others_a` the same
    of the circuits with a meter of their own.
    """

    drawn: Mapping[str, tuple[PerLine, PerLine]]
    present: list[float]
    sure: list[float]
    load: list[float]
    limit: list[float]
    house_a: PerLine | None
    others_a: Mapping[str, PerLine | None]


def look(
    limits: SiteLimits,
    bounds: Bounds,
    evses: Sequence[EvseLoad],
    memories: Mapping[str, EvseMemory],
    reading: GridReading,
    measured: tuple[float, float],
    now_s: float,
    known_a: PerLine | None,
    meters: Mapping[str, BranchMeter],
) -> Look:
    """Compare a reading with what the EVSEs may have drawn at the instant that it shows.

    `measured` are the earliest and the latest that this instant may have been, `meters` those
    of branches.
    """
    count = bounds.line_count
    drawn = {evse.id: drawn_when(memories[evse.id], evse, measured, now_s, count) for evse in evses}
    ours = [drawn[evse.id] for evse in evses if evse.controllable]  # the rest is a part of the house
    left = leaving(evses, memories, measured)
    house = others_of(reading, ours, limits, limits.protection, known_a, sums=bool(bounds.across), leaving=left)
    limit = list(amperes_now(bounds.root, limits))
    allowed = [limit_a - limits.margin_a for limit_a in limit]
    load_a = house.held_a if lowered_now(bounds.root, limits) else house.certain_a
    present = [most_a - _house_a(current_a, limits) for most_a, current_a in zip(allowed, load_a, strict=True)]
    sure = [most_a - _house_a(load_a, limits) for most_a, load_a in zip(allowed, house.possible_a, strict=True)]
    load = list(reading.currents_a)
    others_a: Mapping[str, PerLine | None] = {}
    if len(bounds.circuits) > 1 or bounds.across:
        more = branches_of(limits, bounds, evses, drawn, memories, house, reading, meters, now_s)
        present.extend(more.present)
        sure.extend(more.sure)
        load.extend(more.load)
        limit.extend(more.limit)
        others_a = more.other_a
    return Look(drawn, present, sure, load, limit, house.known_a, others_a)


def _house_a(current_a: float, limits: SiteLimits) -> float:
    """Return the current to reckon with for the house, from what the meter shows of it."""
    if limits.protection is Protection.TOTAL_ONLY:
        if limits.reserve_a is not None:
            mean_a = current_a / limits.power_factor / limits.wiring.line_count
            return max(limits.reserve_a, mean_a)
        # The export of one line may hide the load of another.
        current_a = max(0.0, current_a)
    return current_a / limits.power_factor if current_a > 0 else current_a
