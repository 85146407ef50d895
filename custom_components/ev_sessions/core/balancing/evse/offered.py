"""What a station offers its car where we allow more: what another controller leaves of our limit.

A station takes the least of our profile, of those of others and of its own balancer, and of what
cable and heat allow. So what it offers is nobody's wish; but where it goes up and down again and
again below a limit that stays, somebody else sets it as well.
"""

from dataclasses import dataclass, replace
from math import ceil, inf

from ..load import EvseLoad

#: After a command, a plug-in or a reconnect a station may offer anything for so long.
_ECHO_S = 60.0
#: So many changes below our limit within so long are another controller's; without one for so long it is gone.
_RIVAL_CHANGES = 4
_RIVAL_WITHIN_S = 3600.0
_RIVAL_GONE_S = 6 * 3600.0
#: It offers less than we allow where this part of a step is missing.
_PART_OF_STEP = 0.6


@dataclass(frozen=True, slots=True)
class Offered:
    """What is offered in A where that is less than our limit, None else; and when it changed, in monotonic s."""

    less_a: float | None = None
    shown_a: float | None = None
    changes_s: tuple[float, ...] = ()
    rival_until_s: float = -inf

    def has_rival(self, now_s: float) -> bool:
        """Tell whether another controller sets the station as well."""
        return now_s < self.rival_until_s

    def ceiling_a(self, step_a: float) -> float:
        """Return what the station is allowed at most: a step above what it offers, so that it can show more."""
        return inf if self.less_a is None else ceil(self.less_a / step_a + 1) * step_a

    def look(self, evse: EvseLoad, standing_a: float, told_s: float, now_s: float) -> Offered:
        """Return the state after a look at what an EVSE offers, under a limit that was told at `told_s`."""
        offered_a, step_a = evse.offered_a, evse.step_a
        if offered_a is None or not evse.online or evse.connected is False:
            return self if self.less_a is self.shown_a is None else replace(self, less_a=None, shown_a=None)
        less_a = offered_a if offered_a < standing_a - _PART_OF_STEP * step_a else None
        if now_s - told_s < _ECHO_S:
            # On its way to our limit; what was less before still is, unless it is more by now.
            less_a = None if self.less_a is None or less_a is None else self.less_a
            return self if less_a == self.less_a else replace(self, less_a=less_a)
        if less_a is None or self.shown_a is None or abs(offered_a - self.shown_a) <= _PART_OF_STEP * step_a:
            same = less_a == self.less_a and offered_a == self.shown_a
            return self if same else replace(self, less_a=less_a, shown_a=offered_a)
        changes_s = (*(at_s for at_s in self.changes_s if at_s > now_s - _RIVAL_WITHIN_S), now_s)[-_RIVAL_CHANGES:]
        there = len(changes_s) >= _RIVAL_CHANGES or self.has_rival(now_s)
        return Offered(less_a, offered_a, changes_s, now_s + _RIVAL_GONE_S if there else self.rival_until_s)


def due_s(evse: EvseLoad, told_s: float) -> float:
    """Return when a look at the same may tell something else, in monotonic s."""
    return inf if evse.offered_a is None else told_s + _ECHO_S


NOT_OFFERED = Offered()
