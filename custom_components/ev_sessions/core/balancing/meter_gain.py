"""What a quicker meter would gain: the charge that is given up because this one shows a load late.

Room is held back for loads that may return before they are seen and followed, and a slow meter has a margin on top.
What the cars would have beside a meter that reports each second is worked out on the same readings now and then;
the mean of what they have less is what the meter costs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from .appliances.ahead import Ahead
from .headroom.margin import automatic_margin_a
from .load import MeterPace
from .sharing.allotment import Contender, allot

#: As quick as a meter has to be: a second from one report to the next, and a second late.
QUICK_PERIOD_S = 1.0
QUICK_DELAY_S = 1.0
#: An evening of charging.
EVENING_H = 4.0

#: It is worked out so often, but not where there are more EVSEs than a home has: there a decision has to be quick.
_EVERY_S = 10.0
_MOST_CONTENDERS = 8
#: A mean is told after so long with a car that wants power, and forgets what is older than this.
_TOLD_AFTER_S = 1800.0
_REMEMBERED_S = 12 * 3600.0
_W_PER_KW = 1000.0


@dataclass(frozen=True, slots=True)
class MeterGain:
    """The mean current in A and power in W that a quick meter would give more, over `known_s`."""

    looked_s: float = -inf
    known_s: float = 0.0
    current_a: float = 0.0
    power_w: float = 0.0

    def is_due(self, contenders: Sequence[Contender], now_s: float) -> bool:
        """Tell whether to work it out now: a car wants power, and the last time is a while ago."""
        wanted = any(contender.full_a > contender.claim.min_a for contender in contenders)
        return wanted and len(contenders) <= _MOST_CONTENDERS and now_s >= self.looked_s + _EVERY_S

    def look(
        self,
        ahead: Ahead,
        contenders: Sequence[Contender],
        rooms: tuple[Sequence[float], Sequence[float], Sequence[float]],
        goal: Mapping[str, float],
        *,
        meter_s: tuple[float, float],
        voltage_v: float,
        now_s: float,
    ) -> MeterGain:
        """Return the gain after one look. `goal` is what each is to have.

        `rooms` are the present, the sure and the lasting room per bound before anything is held back, `meter_s` the
        meter's period and delay.
        """
        present, sure, lasting = rooms
        more_a = automatic_margin_a(*meter_s) - automatic_margin_a(QUICK_PERIOD_S, QUICK_DELAY_S)
        lines = ahead.foresight.line_count
        quick = replace(ahead, foresight=ahead.foresight.with_meter(QUICK_PERIOD_S, QUICK_DELAY_S))
        wider = [_wider(room, max(0.0, more_a), lines) for room in (lasting, sure, present)]
        room, _ = quick.for_more(wider[0], wider[1], contenders)
        _, quick_goal = allot(contenders, room, wider[1], wider[2])
        gain_a = gain_w = 0.0
        for contender in contenders:
            id_ = contender.claim.id
            one_a = quick_goal.get(id_, 0.0) - goal.get(id_, 0.0)
            gain_a += one_a
            gain_w += one_a * voltage_v * sum(factor for bound, factor in contender.claim.loads if bound < lines)
        since_s = min(now_s - self.looked_s, 2 * _EVERY_S)
        known_s = min(self.known_s + since_s, _REMEMBERED_S)
        part = since_s / known_s
        return MeterGain(
            now_s,
            known_s,
            self.current_a + (max(0.0, gain_a) - self.current_a) * part,
            self.power_w + (max(0.0, gain_w) - self.power_w) * part,
        )

    def pace(self, period_s: float, delay_s: float) -> MeterPace:
        """Return what is shown of it, to a tenth: more only fills the recorder."""
        known = self.known_s >= _TOLD_AFTER_S
        return MeterPace(
            period_s=round(period_s, 1),
            delay_s=round(delay_s, 1),
            gain_a=round(self.current_a, 1) if known else None,
            gain_kwh=round(self.power_w / _W_PER_KW * EVENING_H, 1) if known else None,
        )


def _wider(room: Sequence[float], more_a: float, lines: int) -> list[float]:
    """Return the room with so much more on the root's lines."""
    return [have + more_a if line < lines else have for line, have in enumerate(room)]
