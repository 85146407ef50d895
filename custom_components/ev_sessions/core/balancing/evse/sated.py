"""A car that asked for nothing more and was then paused: it still asks for nothing, whatever its charger shows.

A charger that is paused names itself as the cause, so a full car that was paused would seem to
wait for current. It counts as waiting again when it takes some, or asks while it is offered some.
"""

from ..load import EvseLoad

#: A car charges where it draws more than this.
_DRAWS_A = 0.5


def sated(evse: EvseLoad, standing_a: float, drawn_a: float | None, *, before: bool, settled: bool) -> bool:
    """Tell whether the car is full for all we know, after a look at it.

    `standing_a` is what it is offered; `settled` is whether its charger had the time to follow.
    """
    if evse.connected is False:
        return False
    if not evse.wants:
        return True
    if drawn_a is not None and drawn_a > _DRAWS_A:
        return False
    return before and not (settled and standing_a >= evse.min_a)
