"""A charger on the wall with its own register, its own words, and its own mind about commands."""

from dataclasses import dataclass
from enum import StrEnum
from math import floor
from random import Random

from .appliances import LINE_COUNT, VOLTAGE_V
from .car import MIN_A, Car, CarModel

_NO_CURRENT = (0.0,) * LINE_COUNT


class Status(StrEnum):
    """The words in which this brand tells what it does."""

    DISCONNECTED = "disconnected"
    AWAITING_START = "awaiting_start"  # a car is here, the charger does not let it
    READY = "ready_to_charge"  # a car is here and may, but does not yet
    CHARGING = "charging"
    COMPLETED = "completed"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerModel:
    """A kind of charger. `lines` are the house's lines in the charger's own order."""

    id: str
    name: str
    lines: tuple[int, ...] = (0, 1, 2)
    max_a: float = 16.0
    plug_in_limit_a: float = 16.0
    register_step_wh: float = 1.0
    command_delay_s: tuple[float, float] = (0.5, 1.5)


class Charger:
    """One charger with one outlet. What it shows is a property; `register_wh` is the truth behind its register."""

    def __init__(self, model: ChargerModel, seed: int, *, register_wh: float = 0.0) -> None:
        self.model = model
        self.limit_a = model.plug_in_limit_a
        self.enabled = True
        self.single_line = False
        self.car: Car | None = None
        self.register_wh = register_wh
        self.session_wh = 0.0
        self.faulty = False
        self.deaf = False  # takes commands and does nothing
        self.online = True
        self.commands = 0
        self._rng = Random(f"{seed} {model.id}")
        self._pending: list[tuple[float, float | bool]] = []

    def set_limit(self, limit_a: float, now_s: float) -> None:
        """Ask for another limit; the charger takes its time."""
        self._command(min(max(0.0, limit_a), self.model.max_a), now_s)

    def set_enabled(self, enabled: bool, now_s: float) -> None:  # noqa: FBT001
        """Ask to let the car charge, or not."""
        self._command(enabled, now_s)

    def set_single_line(self, single_line: bool) -> None:  # noqa: FBT001
        """Let the car have the first of the lines only, or all."""
        self.single_line = single_line
        self._share_lines()

    def plug_in(self, car: CarModel, *, stored_kwh: float) -> None:
        """Connect a car; the charger begins at its own limit, whatever it was told before."""
        self.car = Car(car, self._rng, stored_kwh=stored_kwh)
        self._share_lines()
        self.session_wh = 0.0
        self.limit_a = self.model.plug_in_limit_a
        self._pending = [entry for entry in self._pending if isinstance(entry[1], bool)]

    def unplug(self) -> None:
        """Let the car go; the session's counter stays for show, as on most chargers."""
        self.car = None

    def step(self, now_s: float, dt_s: float) -> None:
        """Live for `dt_s` from `now_s` on."""
        if self._pending:
            self._obey(now_s)
        if (car := self.car) is None:
            return
        offered_a = self.limit_a if self.enabled and not self.faulty else 0.0
        drawn_wh = car.step(offered_a, now_s, dt_s)
        self.register_wh += drawn_wh
        self.session_wh += drawn_wh

    @property
    def current_a(self) -> float:
        """Return what the car draws on each line that it uses."""
        return 0.0 if self.car is None else self.car.current_a

    @property
    def currents_a(self) -> tuple[float, ...]:
        """Return the currents on the charger's own lines, in its own order."""
        used = 0 if self.car is None else self.car.lines
        return tuple(self.current_a if line < used else 0.0 for line in range(len(self.model.lines)))

    @property
    def line_currents_a(self) -> tuple[float, ...]:
        """Return the currents on the house's lines."""
        if (car := self.car) is None or not car.current_a:
            return _NO_CURRENT
        currents = [0.0] * LINE_COUNT
        for line in self.model.lines[: car.lines]:
            currents[line] = car.current_a
        return tuple(currents)

    @property
    def power_w(self) -> float:
        """Return the power on all lines."""
        return sum(self.currents_a) * VOLTAGE_V

    @property
    def register_kwh(self) -> float:
        """Return the register as the charger shows it, in its own coarse steps."""
        return self._shown_kwh(self.register_wh)

    @property
    def session_kwh(self) -> float:
        """Return the session's counter as the charger shows it."""
        return self._shown_kwh(self.session_wh)

    @property
    def status(self) -> Status:
        """Return the word for what it does now."""
        if self.faulty:
            return Status.ERROR
        if self.car is None:
            return Status.DISCONNECTED
        if self.car.current_a > 0:
            return Status.CHARGING
        if self.car.full:
            return Status.COMPLETED
        return Status.READY if self.enabled and self.limit_a >= MIN_A else Status.AWAITING_START

    def _shown_kwh(self, energy_wh: float) -> float:
        step_wh = self.model.register_step_wh
        return round(floor(energy_wh / step_wh + 1e-9) * step_wh / 1000, 3)

    def _share_lines(self) -> None:
        if self.car is not None:
            self.car.lines = 1 if self.single_line else self.car.model.lines

    def _command(self, value: float | bool, now_s: float) -> None:  # noqa: FBT001
        self.commands += 1
        if not self.deaf:
            self._pending.append((now_s + self._rng.uniform(*self.model.command_delay_s), value))

    def _obey(self, now_s: float) -> None:
        waiting = []
        for due_s, value in self._pending:
            if due_s > now_s:
                waiting.append((due_s, value))
            elif isinstance(value, bool):
                self.enabled = value
            else:
                self.limit_a = value
        self._pending = waiting
