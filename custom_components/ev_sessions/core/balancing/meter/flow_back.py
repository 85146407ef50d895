"""What flows back into a circuit is room for more only where its meter has moved since our cars took what they take.

A meter that stands still since a car began may be dead: it shows less than that car, as if the rest flowed back.
"""

from collections.abc import Mapping, Sequence

from ..circuits.bounds import BoundKind, Bounds
from .branch_meters import BranchMeter
from .watch import MeterWatch


def without_flow_back(
    lasting: list[float],
    limit: Sequence[float],
    bounds: Bounds,
    watch: MeterWatch,
    meters: Mapping[str, BranchMeter],
    *,
    margin_a: float,
) -> list[float]:
    """Return the room that has lasted, per bound, without what may only seem to flow back.

    `limit` is of each bound, `watch` the grid meter's, `meters` those of circuits.
    """
    places = {circuit.id: place for place, circuit in enumerate(bounds.circuits)}
    outrun = {places[id_] for id_, one in meters.items() if id_ in places and one.watch.outrun}
    if watch.outrun:
        outrun.add(0)
    if not outrun:
        return lasting
    rooms, count = list(lasting), bounds.line_count
    for place in outrun:
        for bound in range(place * count, (place + 1) * count):
            rooms[bound] = min(rooms[bound], limit[bound] - margin_a)
    for bound, across in enumerate(bounds.across, len(bounds.circuits) * count):
        if across.place in outrun and across.kind is BoundKind.POWER:
            rooms[bound] = min(rooms[bound], limit[bound])
    return rooms
