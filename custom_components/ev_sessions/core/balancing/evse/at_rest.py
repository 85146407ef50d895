"""Until when another look at an EVSE of which nothing new was heard would tell nothing new.

Among very many EVSEs few report between two readings of the meter. What is known of the others
stays as it is until one of the times falls due that a look compares with.
"""

from math import inf

from ..load import EvseLoad
from ..override import Override
from .car_lines import CarLines
from .draw import SAMPLE_TRUSTED_S
from .obedience import Obedience
from .taking import Taking
from .wake import Wake

#: A time that was reckoned as a sum is met by a hair too early.
_HAIR_S = 0.001


def rests_until_s(
    evse: EvseLoad,
    told_dues_s: tuple[float, float],
    parts: tuple[Obedience, Taking, CarLines, Wake, Override],
    now_s: float,
) -> float:
    """Return until when an EVSE may rest after a look that changed none of its parts, in monotonic s.

    `told_dues_s` are when its last command tells something, as it has followed it. A draw without an
    instant is measured at each look.
    """
    if evse.drawn_a is not None and evse.drawn_s is None:
        return -inf
    obedience, taking, car_lines, wake, override = parts
    dues_s = [*told_dues_s, *taking.dues_s]
    # What is learned of an old sample is learned so much later.
    dues_s += [due_s + SAMPLE_TRUSTED_S for due_s in dues_s if due_s < inf]
    dues_s += (obedience.due_s, car_lines.due_s, *wake.dues_s, override.due_s)
    since_s = now_s - _HAIR_S
    soonest_s = min([due_s for due_s in dues_s if due_s >= since_s], default=inf)
    return soonest_s - _HAIR_S if now_s + _HAIR_S < soonest_s else -inf
