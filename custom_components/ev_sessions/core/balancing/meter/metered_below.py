"""A circuit without a meter that carries others which have one: these tell what hangs there beside chargers.

What flows back out of one of them is no room for more above it: nobody sees what else takes that.
"""

from collections.abc import Iterable, Sequence
from functools import reduce

from ..circuits.circuit import Circuit
from ..evse.draw import PerLine
from ..load import SiteLimits
from .grid import total_current_a
from .others import Others


def others_below(
    below: Sequence[tuple[Circuit, Others | None]],
    assumed_a: Sequence[PerLine],
    most_assumed_a: PerLine,
    ours_a: PerLine,
    limits: SiteLimits,
) -> Others:
    """Return what hangs on a circuit beside our EVSEs, in A per line, as far as the meters `below` it tell.

    Of one that is lost, `assumed_a` is what hangs there, but for no more than `most_assumed_a` on a line. `ours_a`
    is what our EVSEs draw on the circuit.
    """
    parts = [
        _assumed(tuple(map(min, alone_a, most_assumed_a, strict=True)), limits)
        if other is None
        else _imported(other, circuit.meter.power_factor if circuit.meter else 1.0)
        for (circuit, other), alone_a in zip(below, assumed_a, strict=True)
    ]
    known = [part.known_a for part in parts if part.known_a is not None]
    certain_a, certain_sum_a = _sum(part.certain_a for part in parts), sum(part.certain_sum_a for part in parts)
    return Others(
        certain_a,
        _sum(part.possible_a for part in parts),
        certain_sum_a,
        sum(part.possible_sum_a for part in parts),
        _sum((certain_a, ours_a)),
        certain_sum_a + total_current_a(ours_a, limits.wiring),
        _sum(known) if len(known) == len(parts) else None,
        sum(part.known_sum_a or 0.0 for part in parts) if len(known) == len(parts) else None,
    )


def _imported(other: Others, power_factor: float) -> Others:
    """Return what a meter shows beside our EVSEs, where it flows in."""

    def current_a(load_a: PerLine) -> PerLine:
        return tuple(max(0.0, one_a) / power_factor for one_a in load_a)

    return Others(
        current_a(other.certain_a),
        current_a(other.possible_a),
        max(0.0, other.certain_sum_a),
        max(0.0, other.possible_sum_a),
        other.shown_a,
        other.shown_sum_a,
        None if other.known_a is None else current_a(other.known_a),
        None if other.known_sum_a is None else max(0.0, other.known_sum_a),
    )


def _assumed(load_a: PerLine, limits: SiteLimits) -> Others:
    sum_a = total_current_a(load_a, limits.wiring)
    return Others(load_a, load_a, sum_a, sum_a, load_a, sum_a, load_a, sum_a)


def _sum(currents: Iterable[PerLine]) -> PerLine:
    return reduce(lambda one_a, other_a: tuple(map(sum, zip(one_a, other_a, strict=True))), currents)
