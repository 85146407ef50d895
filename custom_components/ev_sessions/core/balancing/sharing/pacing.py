"""At what pace the cars that have said when they leave charge: worked out now and then, for it moves slowly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, inf

from ..circuits.bounds import Bounds
from ..load import EvseLoad
from .laxity import Need, Pace, paces

#: So often the paces are worked out anew, and when a car comes or goes.
_EVERY_S = 60.0
#: The house of the next hours is held to be like that of the last hour.
_MEMORY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Pacing:
    """The paces by EVSE, and the usual room that they were worked out with, in A per bound."""

    paces: Mapping[str, Pace] = field(default_factory=dict)
    room_a: tuple[float, ...] = ()
    worked_out_s: float = -inf

    def look(self, evses: Sequence[EvseLoad], bounds: Bounds, present: Sequence[float], now_s: float) -> Pacing:
        """Return the pacing after a look at the room that is present for all that share."""
        leaving = [evse for evse in evses if evse.left_s is not None and evse.wants]
        if not leaving:
            return self if not self.room_a else NO_PACING
        new = len(leaving) != len(self.paces) or any(evse.id not in self.paces for evse in leaving)
        if not new and now_s - self.worked_out_s < _EVERY_S:
            return self
        room_a = tuple(present)
        if len(self.room_a) == len(room_a):
            kept = exp((self.worked_out_s - now_s) / _MEMORY_S)
            room_a = tuple(kept * before + (1 - kept) * now for before, now in zip(self.room_a, room_a, strict=True))
        left = _left_for_them(room_a, [evse for evse in evses if evse.wants], bounds)
        return Pacing(paces([_need(evse, bounds) for evse in leaving], left, room_a), room_a, now_s)


NO_PACING = Pacing()


def _left_for_them(room_a: Sequence[float], wanting: Iterable[EvseLoad], bounds: Bounds) -> list[float]:
    """Return the room less what those take who said nothing: their least, at most their number's share."""
    others_a = [0.0] * len(room_a)
    counts = [[0, 0] for _ in room_a]
    for evse in wanting:
        said = evse.left_s is not None
        for bound, factor in _loads(evse, bounds):
            counts[bound][said] += 1
            if not said:
                others_a[bound] += evse.min_a * factor
    return [
        max(room - other_a, room * said / max(1, said + not_said))
        for room, other_a, (not_said, said) in zip(room_a, others_a, counts, strict=True)
    ]


def _loads(evse: EvseLoad, bounds: Bounds) -> tuple[tuple[int, float], ...]:
    return bounds.loads(evse.circuit_id, evse.use.lines, evse.use.factor)


def _need(evse: EvseLoad, bounds: Bounds) -> Need:
    """Return what an EVSE's car needs until it leaves."""
    return Need(
        id=evse.id,
        left_s=evse.left_s or 0.0,
        needed_s=evse.needed_s,
        got_s=evse.got_s,
        most_a=max(evse.min_a, min(evse.max_a, evse.wish_a)),
        loads=_loads(evse, bounds),
    )
