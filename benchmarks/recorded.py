"""What a house drew on a busy evening, lived once and played to every controller; and what was learned before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from custom_components.ev_sessions.core.balancing.appliances.learned_loads import LearnedLoads
from simulator.plant.appliances import BUSY_EVENING
from simulator.plant.house import House
from simulator.plant.life import Life

HOURS = 4.0
STEP_S = 0.5
START = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)  # 17 h where the house stands
#: So many evenings were lived in the house before the one that counts.
DAYS_BEFORE = 3
_DAY_S = 86_400.0
_EVENING_S = HOURS * 3600

type PerLine = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An evening by steps of `STEP_S`; `before` are the seconds of the evenings before it. In W, var and A."""

    seed: int
    active_w: tuple[PerLine, ...]
    reactive_var: tuple[PerLine, ...]
    currents_a: tuple[PerLine, ...]
    before: tuple[tuple[PerLine, ...], ...]

    def learned(self, period_s: float) -> LearnedLoads:
        """Return what a meter of that period let the balancer learn on the evenings before, without a car."""
        loads = LearnedLoads()
        for day, evening in enumerate(self.before):
            start_s, last_a = (day - DAYS_BEFORE) * _DAY_S, None
            for second in range(0, len(evening), max(1, round(period_s))):
                if evening[second] != last_a:
                    last_a = evening[second]
                    loads = loads.look(start_s + second, last_a)
            loads = loads.blinded()
        return loads


def record(seed: int) -> Recorded:
    """Let the house live its days, and return the last evening."""
    house = House(seed, Life(START - timedelta(days=DAYS_BEFORE)), appliances=BUSY_EVENING)
    before = []
    for day in range(DAYS_BEFORE):
        evening = []
        for second in range(round(_EVENING_S)):
            house.step(day * _DAY_S + second)
            evening.append(house.currents_a)
        before.append(tuple(evening))
    active_w, reactive_var, currents_a = [], [], []
    for now_s in _steps():
        house.step(DAYS_BEFORE * _DAY_S + now_s)
        active_w.append(tuple(house.active_w))
        reactive_var.append(tuple(house.reactive_var))
        currents_a.append(house.currents_a)
    return Recorded(
        seed=seed,
        active_w=tuple(active_w),
        reactive_var=tuple(reactive_var),
        currents_a=tuple(currents_a),
        before=tuple(before),
    )


def _steps() -> Iterator[float]:
    return (step * STEP_S for step in range(round(_EVENING_S / STEP_S)))
