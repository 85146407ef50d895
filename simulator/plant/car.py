"""A car on a charger: what it asks for, and how it follows what it is offered."""

from dataclasses import dataclass
from random import Random

from .appliances import VOLTAGE_V

MIN_A = 6.0  # IEC 61851-1: below, the offer says "do not draw"
_RISE_A_PER_S = 3.0
_FALL_A_PER_S = 8.0
_TAPER_TO_A = MIN_A


@dataclass(frozen=True, slots=True, kw_only=True)
class CarModel:
    """A kind of car. `lines` is how many it draws from; from `taper_from` of its battery on it asks for less."""

    name: str
    battery_kwh: float
    max_a: float = 16.0
    lines: int = 3
    taper_from: float = 0.9
    efficiency: float = 0.9


class Car:
    """A car that is plugged in."""

    def __init__(self, model: CarModel, rng: Random, *, stored_kwh: float) -> None:
        self.model = model
        self.stored_kwh = min(model.battery_kwh, max(0.0, stored_kwh))
        self.current_a = 0.0
        self.lines = model.lines  # a charger may let it have fewer
        self._rng = rng
        self._target_a = 0.0
        self._follow_at_s: float | None = None

    @property
    def full(self) -> bool:
        """Tell whether it has what it came for."""
        return self.stored_kwh >= self.model.battery_kwh

    @property
    def asks_a(self) -> float:
        """Return what it would draw if it were let."""
        if self.full:
            return 0.0
        taper_kwh = self.model.battery_kwh * self.model.taper_from
        if self.stored_kwh <= taper_kwh:
            return self.model.max_a
        rest = (self.model.battery_kwh - self.stored_kwh) / (self.model.battery_kwh - taper_kwh)
        return _TAPER_TO_A + (self.model.max_a - _TAPER_TO_A) * rest

    @property
    def power_w(self) -> float:
        """Return what it draws on all of its lines."""
        return self.current_a * VOLTAGE_V * self.lines

    def step(self, offered_a: float, now_s: float, dt_s: float) -> float:
        """Follow the offer for `dt_s` and return the energy that was drawn, in Wh."""
        self._follow(offered_a, now_s, dt_s)
        drawn_wh = self.power_w * dt_s / 3600
        self.stored_kwh = min(self.model.battery_kwh, self.stored_kwh + drawn_wh / 1000 * self.model.efficiency)
        return drawn_wh

    def _follow(self, offered_a: float, now_s: float, dt_s: float) -> None:
        wanted_a = min(offered_a, self.asks_a) if offered_a >= MIN_A else 0.0
        if wanted_a < MIN_A:
            wanted_a = 0.0
        if wanted_a != self._target_a:
            if self._follow_at_s is None:
                starting = self.current_a == 0.0
                self._follow_at_s = now_s + (self._rng.uniform(4, 10) if starting else self._rng.uniform(1, 5))
            if now_s >= self._follow_at_s:
                self._target_a = wanted_a
                self._follow_at_s = None
        else:
            self._follow_at_s = None
        self._ramp(dt_s)

    def _ramp(self, dt_s: float) -> None:
        target = self._target_a
        if self.current_a < target:
            # No car draws less than 6 A: it begins there.
            begin = max(self.current_a, MIN_A - _RISE_A_PER_S * dt_s)
            self.current_a = min(target, max(MIN_A, begin + _RISE_A_PER_S * dt_s))
        elif self.current_a > target:
            falling = self.current_a - _FALL_A_PER_S * dt_s
            self.current_a = max(target, falling) if max(target, falling) >= MIN_A else 0.0
