"""A car that follows its charger's limit, beside a house that goes its own way, behind one grid meter."""

from dataclasses import dataclass, field

from .house import CURRENT, House

VOLTS = 230
SECOND_S = 1


@dataclass(slots=True, kw_only=True)
class Drive:
    """The closed loop, a second at a time: what is commanded is drawn, and what is drawn is measured.

    `house_a` is what the house takes without the car, per line; `car_a` what the car takes at
    most; `car_lines` are the lines that it loads, each with `factor` of what it takes. At 1 A it has
    `watts_per_a`: that of each line to neutral if nothing is said. The car takes a new limit a second after it.
    """

    house: House
    house_a: list[float] = field(default_factory=lambda: [2.0, 2.0, 2.0])
    car_a: float = 16.0
    car_lines: tuple[int, ...] = (0, 1, 2)
    factor: float = 1.0
    watts_per_a: float | None = None
    obeys: bool = True
    meter_every_s: int = 2
    meter_speaks: bool = True
    meter_trembles: bool = True
    drawn_a: float = 0.0
    seconds: int = 0
    over_a_s: float = 0.0

    @property
    def line_a(self) -> tuple[float, ...]:
        """What flows through the fuses now."""
        car_a = self.drawn_a * self.factor
        return tuple(base + (car_a if line in self.car_lines else 0.0) for line, base in enumerate(self.house_a))

    @property
    def limit_a(self) -> float:
        """What the charger is set to; 0 where it is switched off."""
        number = self.house.hass.states.get("number.wallbox_limit")
        switch = self.house.hass.states.get("switch.wallbox_enable")
        assert number is not None
        assert switch is not None
        return float(number.state) if switch.state == "on" else 0.0

    @property
    def status(self) -> str:
        """What Home Assistant shows as the charger's word."""
        state = self.house.hass.states.get("sensor.wallbox_status")
        assert state is not None
        return state.state

    async def run(self, seconds: int) -> None:
        """Let so many seconds go by."""
        for _ in range(seconds):
            next_a = self._wanted_a()
            await self.house.later(seconds=SECOND_S)
            self.seconds += SECOND_S
            self.drawn_a = next_a
            self.over_a_s += sum(max(0.0, current - 25.0) for current in self.line_a)
            self._report()
        await self.house.hass.async_block_till_done(wait_background_tasks=True)

    def measure(self) -> None:
        """Let the meter report what flows now; no true one shows the same last digit for long."""
        tremor_a = 0.01 * (self.seconds // self.meter_every_s % 3) if self.meter_trembles else 0.0
        for line, current in enumerate(self.line_a, 1):
            self.house.state(f"sensor.grid_l{line}", round(current - tremor_a, 3), CURRENT)

    def _wanted_a(self) -> float:
        if self.status == "free":
            return 0.0
        return min(self.car_a, self.limit_a) if self.obeys else self.car_a

    def _report(self) -> None:
        if self.status != "free":
            watts_per_a = VOLTS * len(self.car_lines) if self.watts_per_a is None else self.watts_per_a
            power_w = round(self.drawn_a * watts_per_a, 1)
            self.house.charger("charging" if self.drawn_a else "paused", power_w=power_w)
        if self.meter_speaks and self.seconds % self.meter_every_s == 0:
            self.measure()
