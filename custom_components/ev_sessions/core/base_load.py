"""What the house needs without our chargers, and what room that leaves for them.

The house's load per line is what the meter shows less what the EVSEs drew at that instant.
While an EVSE is following a command its draw is not known to an ampere: the greatest draw
gives the load that is certain, and only for that load is anybody lowered; the least draw
gives the load that may be, and only beyond that one is anybody raised. But a house that
has certainly risen while a car moves is taken at its worst.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import sub

from .bounds import Bounds
from .circuit import Protection
from .draw import PerLine
from .evse_memory import EvseMemory
from .grid import total_current_a
from .load import EvseLoad, SiteLimits
from .reading import GridReading

#: A house that draws this much more than it did has risen.
_RISEN_A = 1.0

#: A draw is known where it is known to this.
_KNOWN_A = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the site, per bound: the room for all EVSEs, and what is carried now.

    `drawn` is the least and the greatest that each EVSE may be drawing, over the site's
    lines. `present` is the room beyond the certain load, `sure` beyond the possible one.
    `house_a` is what the house drew per line when that was last known.
    """

    drawn: Mapping[str, tuple[PerLine, PerLine]]
    present: list[float]
    sure: list[float]
    load: list[float]
    house_a: PerLine | None


def look(
    limits: SiteLimits,
    bounds: Bounds,
    evses: Sequence[EvseLoad],
    memories: Mapping[str, EvseMemory],
    reading: GridReading,
    measured: tuple[float, float],
    now_s: float,
    known_a: PerLine | None,
) -> Look:
    """Compare a reading with what the EVSEs may have drawn at the instant that it shows.

    `measured` are the earliest and the latest that this instant may have been.
    """
    count = bounds.line_count
    total_only = limits.protection is Protection.TOTAL_ONLY
    drawn: dict[str, tuple[PerLine, PerLine]] = {}
    least = [0.0] * count
    most = [0.0] * count
    for evse in evses:
        span = memories[evse.id].drawn_when(evse, measured, now_s, count)
        drawn[evse.id] = span
        if not evse.controllable:
            continue  # a part of the house
        low, high = span
        if total_only:
            low = (total_current_a(low, limits.wiring),) * count
            high = low if high is span[0] else (total_current_a(high, limits.wiring),) * count
        for line in range(count):
            least[line] += low[line]
            most[line] += high[line]
    certain = [shown - drawn_a for shown, drawn_a in zip(reading.currents_a, most, strict=True)]
    possible = [shown - drawn_a for shown, drawn_a in zip(reading.currents_a, least, strict=True)]
    if max(map(sub, possible, certain, strict=True)) <= _KNOWN_A:
        known_a = tuple(certain)
    elif known_a is not None:
        for line, before_a in enumerate(known_a):
            if certain[line] > before_a + _RISEN_A:
                certain[line] = possible[line]
    allowed = [limit - limits.margin_a for limit in bounds.root.limit_a]
    present = [most_a - _house_a(load_a, limits) for most_a, load_a in zip(allowed, certain, strict=True)]
    sure = [most_a - _house_a(load_a, limits) for most_a, load_a in zip(allowed, possible, strict=True)]
    load = list(reading.currents_a)
    if len(bounds.circuits) > 1:
        _add_branches(bounds, evses, drawn, present, sure, load)
    return Look(drawn, present, sure, load, known_a)


def _house_a(current_a: float, limits: SiteLimits) -> float:
    """Return the current to reckon with for the house, from what the meter shows of it."""
    if limits.protection is Protection.TOTAL_ONLY:
        if limits.reserve_a is not None:
            mean_a = current_a / limits.power_factor / limits.wiring.line_count
            return max(limits.reserve_a, mean_a)
        # The export of one line may hide the load of another.
        current_a = max(0.0, current_a)
    return current_a / limits.power_factor if current_a > 0 else current_a


def _add_branches(
    bounds: Bounds,
    evses: Sequence[EvseLoad],
    drawn: Mapping[str, tuple[PerLine, PerLine]],
    present: list[float],
    sure: list[float],
    load: list[float],
) -> None:
    """Add the circuits below the root: they carry EVSEs only, and have no meter."""
    count = bounds.line_count
    for circuit in bounds.circuits[1:]:
        present.extend(circuit.limit_a)
        sure.extend(circuit.limit_a)
        load.extend([0.0] * count)
    for evse in evses:
        for place in bounds.chains[evse.circuit_id][1:]:
            for line, current_a in enumerate(drawn[evse.id][1]):
                load[place * count + line] += current_a
