"""The grid meter: what of the truth is seen, how often, how late and how coarse."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random

from .appliances import VOLTAGE_V


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """What the meter shows: currents per line (negative: export), power, and its two registers."""

    at_s: float
    currents_a: tuple[float, ...]
    power_w: float
    import_kwh: float
    export_kwh: float


class GridMeter:
    """A meter that samples every `period_s` and shows a sample `delay_s` later.

    Its values come `apart_s` one after the other, where whoever reads it polls each of them.
    `ripple_a` is how far its currents stray around the truth: no real house is ever still to the last digit.
    """

    def __init__(
        self,
        *,
        period_s: float = 1.0,
        delay_s: float = 1.0,
        apart_s: float = 0.0,
        current_step_a: float = 0.01,
        power_step_w: float = 1.0,
        ripple_a: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.period_s = period_s
        self.delay_s = delay_s
        self.apart_s = apart_s
        self.current_step_a = current_step_a
        self.power_step_w = power_step_w
        self.latest: MeterReading | None = None
        self.count = 0  # goes up with every reading that is shown, also with an equal one
        self.frozen = False
        self.silent = False
        self.ripple_a = ripple_a
        self._rng = Random(f"{seed} ripple")
        self._import_wh = 0.0
        self._export_wh = 0.0
        self._next_s = 0.0
        self._waiting: deque[MeterReading] = deque()

    def step(self, active_w: Sequence[float], reactive_var: Sequence[float], now_s: float, dt_s: float) -> None:
        """Measure what flows from `now_s` on for `dt_s`."""
        total_w = sum(active_w)
        if total_w >= 0:
            self._import_wh += total_w * dt_s / 3600
        else:
            self._export_wh -= total_w * dt_s / 3600
        if now_s >= self._next_s:
            self._next_s += self.period_s * max(1, round((now_s - self._next_s) / self.period_s + 1))
            self._waiting.append(self._sample(active_w, reactive_var, total_w, now_s))
        while self._waiting and self._waiting[0].at_s + self.delay_s <= now_s:
            self._show(self._waiting.popleft())

    def _show(self, reading: MeterReading) -> None:
        if self.silent:
            return
        self.count += 1
        if not self.frozen or self.latest is None:
            self.latest = reading

    def _sample(
        self, active_w: Sequence[float], reactive_var: Sequence[float], total_w: float, now_s: float
    ) -> MeterReading:
        currents = []
        for active, reactive in zip(active_w, reactive_var, strict=True):
            current = sqrt(active * active + reactive * reactive) / VOLTAGE_V
            stray_a = self._rng.gauss(0.0, self.ripple_a) if self.ripple_a else 0.0
            total_w += stray_a * VOLTAGE_V
            currents.append(_stepped((current if active >= 0 else -current) + stray_a, self.current_step_a))
        return MeterReading(
            at_s=now_s,
            currents_a=tuple(currents),
            power_w=_stepped(total_w, self.power_step_w),
            import_kwh=round(self._import_wh / 1000, 3),
            export_kwh=round(self._export_wh / 1000, 3),
        )


def _stepped(value: float, step: float) -> float:
    return round(round(value / step) * step, 6)
