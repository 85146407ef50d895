"""What the balancer remembers of an EVSE from one look to the next."""

from dataclasses import dataclass, replace
from math import inf

from .draw import FRESH_S, Draw, PerLine, greatest, least
from .load import EvseLimit, EvseLoad
from .obedience import Obedience
from .taking import Taking

#: Drawing this much more than the limit, or this part of it, is not obeying.
_EXCESS_A = 1.0
_EXCESS_PART = 0.08
#: A sample of the draw may be so much older than the instant at which it is reported.
_SAMPLE_DELAY_S = 1.0
#: After so long a draw that was not reported again is taken as it is.
_SAMPLE_TRUSTED_S = 60.0

_NO_DRAW = Draw()
_FRESH_CHARGER = Obedience()
_FRESH_CAR = Taking()


@dataclass(frozen=True, slots=True)
class EvseMemory:
    """The limit that an EVSE stands at, its draw, its turn, and how it obeys.

    `standing_a` is what it is held to be allowed: what was sent, else what it shows.
    `sent_a` is None where nothing was sent since the start or the plug-in: then whatever is
    decided is sent. `turn_since_s` is since when it has charged, or waited.
    """

    standing_a: float
    previous_a: float
    sent_a: float | None = None
    sent_s: float = -inf
    connected: bool | None = None
    turn_since_s: float = -inf
    paused_s: float = -inf
    repeat: bool = False
    draw: Draw = _NO_DRAW
    obedience: Obedience = _FRESH_CHARGER
    taking: Taking = _FRESH_CAR
    limit: EvseLimit | None = None

    def settle_s(self, evse: EvseLoad) -> float:
        """Return how long an EVSE needs to follow a command."""
        return self.obedience.lag_s if evse.lag_s is None else evse.lag_s

    def drawn_when(
        self, evse: EvseLoad, measured_s: float, meter_delay_s: float, now_s: float, line_count: int
    ) -> tuple[PerLine, PerLine]:
        """Return the least and the greatest that the EVSE may have drawn when the meter measured."""
        settle_s = self.settle_s(evse)
        end_s = measured_s
        seen = self.draw.between(measured_s - meter_delay_s, measured_s + _SAMPLE_DELAY_S)
        if seen is None:
            return self._presumed(evse, end_s, settle_s, line_count)
        low, high = seen
        if self.draw.sampled_s >= end_s - FRESH_S or self.draw.sampled_s >= self.sent_s + settle_s:
            return seen
        if now_s > max(self.sent_s, self.draw.sampled_s) + _SAMPLE_TRUSTED_S:
            return seen
        target = evse.use.per_line(self.standing_a, line_count)
        if self.standing_a < self.previous_a:
            low = least(low, target)
            return low, low if end_s > self.sent_s + settle_s else high
        return low, greatest(high, target)

    def _presumed(self, evse: EvseLoad, end_s: float, settle_s: float, count: int) -> tuple[PerLine, PerLine]:
        """Return what an EVSE that nothing measures is held to draw: what it may."""
        if not evse.wants or not evse.online or evse.connected is False:
            nothing = evse.use.per_line(0.0, count)
            return nothing, nothing
        now_a = evse.use.per_line(self.standing_a, count)
        if end_s > self.sent_s + settle_s:
            return now_a, now_a
        before_a = evse.use.per_line(self.previous_a, count)
        return least(now_a, before_a), greatest(now_a, before_a)


def remember(memory: EvseMemory | None, evse: EvseLoad, now_s: float) -> EvseMemory:
    """Return the memory after one more look at the EVSE."""
    if memory is None:
        memory = _first_sight(evse, now_s)
    if evse.connected is not memory.connected and evse.connected is not None:
        memory = _plugged(memory, evse, now_s)
    draw = memory.draw
    if evse.drawn_a is not None:
        draw = draw.sampled(evse.drawn_a, now_s - evse.drawn_age_s)
    obedience, repeat = _obedience(memory, draw, evse, now_s)
    taking = memory.taking
    if evse.connected is False or not evse.wants:
        taking = taking if taking == _FRESH_CAR else _FRESH_CAR
    elif draw.newest_a is not None and memory.standing_a > 0:
        settled = now_s > memory.sent_s + memory.settle_s(evse)
        taking = taking.learn(draw.newest_a, evse.use, memory.standing_a, evse.step_a, now_s, settled=settled)
    if draw is memory.draw and obedience is memory.obedience and taking is memory.taking and repeat is memory.repeat:
        return memory
    return EvseMemory(
        standing_a=memory.standing_a,
        previous_a=memory.previous_a,
        sent_a=memory.sent_a,
        sent_s=memory.sent_s,
        connected=memory.connected,
        turn_since_s=memory.turn_since_s,
        paused_s=memory.paused_s,
        repeat=repeat,
        draw=draw,
        obedience=obedience,
        taking=taking,
        limit=memory.limit,
    )


def _first_sight(evse: EvseLoad, now_s: float) -> EvseMemory:
    """Return the memory of an EVSE that may already be charging at a limit of its own."""
    standing_a = evse.max_a if evse.limit_read_a is None else evse.limit_read_a
    return EvseMemory(standing_a, standing_a, connected=evse.connected, turn_since_s=now_s)


def _plugged(memory: EvseMemory, evse: EvseLoad, now_s: float) -> EvseMemory:
    """Return the memory after a car came or went.

    At plug-in a charger starts at a current of its own, so the limit is sent again; until
    it is admitted the car counts as waiting.
    """
    if not evse.connected or memory.connected is None:
        return replace(memory, connected=evse.connected)
    return replace(
        memory,
        connected=True,
        standing_a=0.0,
        sent_a=None,
        turn_since_s=now_s,
        paused_s=-inf,
        taking=_FRESH_CAR,
    )


def _obedience(memory: EvseMemory, draw: Draw, evse: EvseLoad, now_s: float) -> tuple[Obedience, bool]:
    """Return how the EVSE follows its last command, and whether to repeat it."""
    obedience = memory.obedience
    sent_a = memory.sent_a
    if sent_a is None or not evse.controllable or not evse.online:
        return obedience, False
    tolerance_a = max(_EXCESS_A, _EXCESS_PART * sent_a)
    shown = evse.limit_read_a
    excess = False
    if draw.newest_a is not None:
        if draw.sampled_s > memory.sent_s:
            excess = max(draw.newest_a) / evse.use.factor > sent_a + tolerance_a
            if obedience.effect_awaited and not excess:
                obedience = obedience.effect_seen(draw.sampled_s - memory.sent_s)
    elif shown is not None:
        excess = shown > sent_a + 0.6 * evse.step_a
    mistaken = shown is not None and abs(shown - sent_a) > 0.6 * evse.step_a
    return obedience.judged(now_s, excess=excess, mistaken=mistaken)
