"""What stands behind a connector: a charger of the plant with its cars, or a car that does at once what it is told."""

from abc import ABC, abstractmethod
from typing import override

from simulator.plant.appliances import VOLTAGE_V
from simulator.plant.car import MIN_A
from simulator.plant.charger import Charger


class Outlet(ABC):
    """One connector: what is plugged in, what flows, and the register that counts it."""

    def __init__(self, *, register_wh: float = 0.0, max_a: float = 16.0) -> None:
        self.max_a = max_a
        self.own_register_wh = register_wh

    @property
    def register_wh(self) -> float:
        """Return the true register."""
        return self.own_register_wh

    @property
    @abstractmethod
    def plugged(self) -> bool:
        """Tell whether a car is here."""

    @property
    @abstractmethod
    def currents_a(self) -> tuple[float, ...]:
        """Return the current on each of its lines."""

    @property
    @abstractmethod
    def faulty(self) -> bool:
        """Tell whether it is broken."""

    @property
    def soc_percent(self) -> float | None:
        """Return how full the car's battery is; None where nobody knows."""
        return None

    @property
    def power_w(self) -> float:
        """Return the power on all lines."""
        return sum(self.currents_a) * VOLTAGE_V

    @abstractmethod
    def offer(self, current_a: float, lines: int) -> None:
        """Offer the car so much on so many lines; 0 is a pause."""

    @abstractmethod
    def step(self, dt_s: float) -> None:
        """Live for `dt_s`, where nobody else makes it live."""


class HandOutlet(Outlet):
    """A car by hand: it draws `asks_a` at once, as far as it is let."""

    def __init__(self, *, register_wh: float = 0.0, lines: int = 3, max_a: float = 16.0) -> None:
        super().__init__(register_wh=register_wh, max_a=max_a)
        self.lines = lines
        self.asks_a = 16.0
        self.soc: float | None = None
        self.counts = True  # the register follows what flows; else whoever has the hands on it says what it shows
        self.here = False
        self.broken = False
        self._offered_a = 0.0
        self._offered_lines = lines

    @property
    @override
    def plugged(self) -> bool:
        return self.here

    @property
    @override
    def soc_percent(self) -> float | None:
        return self.soc

    @property
    @override
    def currents_a(self) -> tuple[float, ...]:
        drawn_a = min(self.asks_a, self._offered_a) if self.here and self._offered_a >= MIN_A else 0.0
        return tuple(drawn_a if line < self._offered_lines else 0.0 for line in range(self.lines))

    @property
    @override
    def faulty(self) -> bool:
        return self.broken

    @override
    def offer(self, current_a: float, lines: int) -> None:
        self._offered_a, self._offered_lines = current_a, min(lines, self.lines)

    @override
    def step(self, dt_s: float) -> None:
        if self.counts:
            self.own_register_wh += self.power_w * dt_s / 3600


class PlantOutlet(Outlet):
    """A charger of the plant, which makes it live; the station only says what the car may have."""

    def __init__(self, charger: Charger) -> None:
        super().__init__(max_a=charger.model.max_a)
        self.charger = charger

    @property
    @override
    def plugged(self) -> bool:
        return self.charger.car is not None

    @property
    @override
    def currents_a(self) -> tuple[float, ...]:
        return self.charger.currents_a

    @property
    @override
    def register_wh(self) -> float:
        return self.charger.register_wh

    @property
    @override
    def faulty(self) -> bool:
        return self.charger.faulty

    @property
    @override
    def soc_percent(self) -> float | None:
        car = self.charger.car
        return None if car is None else 100.0 * car.stored_kwh / car.model.battery_kwh

    @override
    def offer(self, current_a: float, lines: int) -> None:
        # What the plant's own charger takes its time for, a station has decided already.
        self.charger.limit_a = current_a
        if self.charger.single_line != (lines == 1):
            self.charger.set_single_line(lines == 1)

    @override
    def step(self, dt_s: float) -> None:
        """Leave it to the plant."""
