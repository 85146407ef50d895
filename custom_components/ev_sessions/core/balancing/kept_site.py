"""What is kept of a site over a restart: how late its meter was, and the room that was there just before.

Instants are those of the wall clock, as monotonic seconds begin anew with the machine.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite

from ..moment import Now
from .balancer_state import PATIENCE_S, BalancerState
from .headroom.headroom import LeastRoom
from .meter.delay import DELAYS_S, MeterDelay


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """The least room of a line in the last seconds."""

    times: tuple[datetime, ...] = ()
    rooms_a: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSite:
    """How late the grid meter was, and the room that its lines had when nobody looked any more.

    `meter` says which one that was: of another nothing is known.
    """

    meter: str = ""
    misfit: tuple[float, ...] = ()
    steps: float = 0.0
    lasting: tuple[KeptLine, ...] = ()


def kept_site(state: BalancerState, meter: str, now: Now) -> KeptSite:
    """Return what outlives a restart of what is known of the grid meter."""
    delay = state.delay
    return KeptSite(
        meter=meter,
        misfit=tuple(round(one, 4) for one in delay.misfit) if delay.steps else (),
        steps=round(delay.steps, 4),
        lasting=tuple(
            KeptLine(times=tuple(now.instant(at_s) for at_s in least.times_s), rooms_a=least.rooms_a)
            for least in state.lasting
            if isfinite(least.least_a)
        ),
    )


def revived_state(kept: KeptSite, meter: str, line_count: int, now: Now) -> BalancerState:
    """Return a state that begins with what was known of the grid meter.

    The room of the lines holds where so little time has passed that a meter might have said nothing meanwhile.
    """
    state = BalancerState()
    if kept.meter != meter:
        return state
    if len(kept.misfit) == len(DELAYS_S):
        state = replace(state, delay=MeterDelay(misfit=kept.misfit, steps=kept.steps))
    lines = [line for line in kept.lasting if line.times and len(line.times) == len(line.rooms_a)]
    if len(lines) != line_count:
        return state
    lasting = tuple(LeastRoom(tuple(map(now.past_s, line.times)), line.rooms_a) for line in lines)
    newest_s = max(least.times_s[-1] for least in lasting)
    return state if now.monotonic_s - newest_s > PATIENCE_S else replace(state, lasting=lasting)
