"""One phase instead of a pause: 1 x 6 A fits where 3 x 6 A does not.

Contactors wear, and a switch costs the car a pause: so it is done where three phases would be
a pause for a while, and undone with much patience, within a daily budget.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from ..circuits.bounds import Bounds
from ..circuits.circuit import LineUse
from ..load import EvseLoad
from .allotment import Contender
from .fair_share import Claim, fits, take

#: One phase is taken where three have not fitted for so long, and one would have.
_DOWN_AFTER_S = 60.0
#: Three are taken again where they have fitted for so long.
_UP_AFTER_S = 600.0
#: Three need so much more than their least, or they would be a pause again with the next lamp.
_UP_MARGIN_A = 1.0
#: Between two switches there are at least so many seconds, and in any 24 h at most so many switches.
_LEAST_BETWEEN_S = 300.0
MOST_PER_DAY = 10
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class OnePhase:
    """Since when another number of phases would be better, by EVSE; and when it was asked for, in monotonic s."""

    better_s: Mapping[str, float]
    asked_s: Mapping[str, float]

    def look(
        self,
        evses: Iterable[EvseLoad],
        contenders: Sequence[Contender],
        granted: Mapping[str, float],
        goal: Mapping[str, float],
        rooms: tuple[Sequence[float], Sequence[float]],
        bounds: Bounds,
        now_s: float,
    ) -> tuple[OnePhase, dict[str, int]]:
        """Return the state after a look, and the EVSEs that are to switch now, with the number of phases.

        `granted` are the limits of now, `goal` what each is to have, `rooms` the present and
        the lasting room for all of them.
        """
        switchable = [(evse, use) for evse in evses if (use := evse.other_use) is not None]
        if not switchable:
            return NO_ONE_PHASE, {}
        present, lasting = map(list, rooms)
        for contender in contenders:
            take(contender.claim, granted[contender.claim.id], present)
            take(contender.claim, granted[contender.claim.id], lasting)
        sharing = {contender.claim.id: contender for contender in contenders}
        better_s: dict[str, float] = {}
        asked_s: dict[str, float] = {}
        switches: dict[str, int] = {}
        for evse, use in switchable:
            last_s = max(self.asked_s.get(evse.id, -inf), now_s - min(evse.switches_ago_s, default=inf))
            asked_s[evse.id] = last_s
            if not _is_better(evse, use, sharing.get(evse.id), goal, (present, lasting), bounds):
                continue
            since_s = better_s[evse.id] = self.better_s.get(evse.id, now_s)
            after_s = _UP_AFTER_S if _is_on_one(evse, use) and evse.connected is not False else _DOWN_AFTER_S
            today = sum(ago_s < DAY_S for ago_s in evse.switches_ago_s)
            if now_s - since_s < after_s or now_s - last_s < _LEAST_BETWEEN_S or today >= MOST_PER_DAY:
                continue
            asked_s[evse.id] = now_s
            switches[evse.id] = 3 if _is_on_one(evse, use) else 1
            del better_s[evse.id]
        return OnePhase(better_s, asked_s), switches


NO_ONE_PHASE = OnePhase({}, {})


def _is_on_one(evse: EvseLoad, other_use: LineUse) -> bool:
    """Tell whether it is switched to one phase: then the other use has more lines."""
    return len(other_use.lines) > len(evse.use.lines)


def _is_better(
    evse: EvseLoad,
    use: LineUse,
    contender: Contender | None,
    goal: Mapping[str, float],
    left: tuple[Sequence[float], Sequence[float]],
    bounds: Bounds,
) -> bool:
    """Tell whether the other number of phases would serve its car better, with the room that is left."""
    present, lasting = left
    if contender is None:
        # The next car begins on all that there is.
        return evse.connected is False and _is_on_one(evse, use)
    if not evse.wants:
        return False
    claim = contender.claim
    other = Claim(
        id=claim.id,
        min_a=claim.min_a,
        max_a=claim.max_a,
        step_a=claim.step_a,
        weight=claim.weight,
        loads=bounds.loads(evse.circuit_id, use.lines, use.factor),
    )
    if not _is_on_one(evse, use):
        # A car that uses one line anyway gains nothing, and one that only has to be patient needs nothing.
        waits = claim.id not in goal and contender.current_a <= 0 and not fits(claim, claim.min_a, present)
        return waits and len(evse.use.lines) > 1 and fits(other, claim.min_a, lasting)
    room = list(lasting)
    for bound, factor in claim.loads:
        room[bound] += contender.current_a * factor
    return fits(other, claim.min_a + _UP_MARGIN_A, room)
