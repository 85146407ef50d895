"""A house, two cars and a grid meter that answer the balancer: small, seeded, in virtual time.

Everything that delays is in it: the meter's period and delay, the charger's own samples,
the time that a command takes, the car's dead time and ramps.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, LineUse, Wiring
from custom_components.ev_sessions.core.balancing.load import BalancingState, Decision, EvseLoad, SiteLimits
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading

START = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
FUSE_A = 25.0
HOUSE_MOST_A = 24.0
FLICKER_A = 0.2
COMMAND_S = (0.5, 1.5)
DEAD_S = (1.0, 5.0)
START_S = (4.0, 10.0)
UP_A_S = 3.0
DOWN_A_S = 8.0

SITE = SiteLimits(
    circuits=(Circuit(id="root", name="House", limit_a=(FUSE_A,) * 3),),
    wiring=Wiring.THREE_PHASE_FOUR_WIRE,
    margin_a=1.0,
)
#: What a house has that says nothing of a margin.
STRICT = replace(SITE, margin_a=0.0)


@dataclass
class Appliance:
    """A load that goes on and off by itself: A on some lines, with random times."""

    current_a: float
    lines: tuple[int, ...]
    on_s: tuple[float, float]
    off_s: tuple[float, float]
    rng: Random
    on: bool = False
    until_s: float = 0.0

    def at(self, t_s: float) -> float:
        while t_s >= self.until_s:
            self.on = not self.on
            self.until_s += self.rng.uniform(*(self.on_s if self.on else self.off_s))
        return self.current_a if self.on else 0.0


class House:
    """Appliances that together never pass what the fuse carries without cars."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.appliances = [
            Appliance(9.6, (rng.randrange(3),), (120, 240), (1200, 7200), rng),  # kettle
            Appliance(10.4, (0,), (60, 200), (60, 200), rng),  # oven's thermostat
            Appliance(8.0, (1,), (3, 9), (4, 11), rng),  # hob's pulses
            Appliance(5.5, (0, 1, 2), (900, 2400), (600, 2400), rng),  # heat pump
            Appliance(13.0, (2,), (600, 3600), (3600, 9000), rng),  # heater
            Appliance(9.5, (1,), (600, 900), (1500, 5000), rng),  # washing machine
            Appliance(10.5, (2,), (40, 300), (30, 200), rng),  # dryer
        ]

    def at(self, t_s: float) -> list[float]:
        loads = [1.2] * 3
        flicker_a = [FLICKER_A * self.rng.random() for _ in range(3)]
        for appliance in self.appliances:
            current_a = appliance.at(t_s)
            for line in appliance.lines:
                loads[line] += current_a
        # At its most it flickers, too: a line that stands quite still is one that nobody measures.
        return [min(load, HOUSE_MOST_A - FLICKER_A) + more_a for load, more_a in zip(loads, flicker_a, strict=True)]


@dataclass
class Car:
    """A car behind its charger: follows a limit late, and slowly."""

    evse: EvseLoad
    rng: Random
    most_a: float = 16.0
    plugged: bool = True
    obeys: bool = True
    limit_a: float = 16.0  # the charger's own default
    drawn_a: float = 0.0
    moves_at_s: float = 0.0
    arriving: deque[tuple[float, float]] = field(default_factory=deque)
    sampled_a: float = 0.0
    sampled_s: float = 0.0

    def command(self, t_s: float, limit_a: float) -> None:
        self.arriving.append((t_s + self.rng.uniform(*COMMAND_S), limit_a))

    def step(self, t_s: float, dt_s: float) -> float:
        while self.arriving and self.arriving[0][0] <= t_s:
            _, limit_a = self.arriving.popleft()
            if not self.obeys:
                continue
            if limit_a != self.limit_a:
                starts = self.limit_a < 6.0 <= limit_a
                if t_s >= self.moves_at_s:  # else it is about to move, and takes the newest limit
                    self.moves_at_s = t_s + self.rng.uniform(*(START_S if starts else DEAD_S))
            self.limit_a = limit_a
        if t_s >= self.moves_at_s:
            target_a = min(self.limit_a, self.most_a) if self.plugged and self.limit_a >= 6.0 else 0.0
            low_a, high_a = self.drawn_a - DOWN_A_S * dt_s, self.drawn_a + UP_A_S * dt_s
            self.drawn_a = min(max(target_a, low_a), high_a)
            if not self.plugged or (target_a == 0.0 and self.drawn_a < 6.0):
                self.drawn_a = 0.0
        return self.drawn_a

    def plug(self, t_s: float, *, plugged: bool) -> None:
        self.plugged = plugged
        if plugged:
            self.limit_a = 16.0
            self.moves_at_s = t_s + self.rng.uniform(*START_S)


@dataclass
class Run:
    """What came out: over-current that nothing excuses, energy, commands."""

    unexcused_a: float = 0.0
    unexcused_at: str = ""
    over_a_s: float = 0.0
    energy_a_s: float = 0.0
    commands: int = 0
    stops: int = 0
    between: int = 0
    hours: float = 0.0
    states: set[BalancingState] = field(default_factory=set)
    last: Decision | None = None


class Loop:
    """The plant and the balancer, step by step."""

    def __init__(
        self,
        seed: int,
        *,
        meter_period_s: float = 1.0,
        meter_delay_s: float = 1.0,
        sample_s: float = 1.0,
        dt_s: float = 0.5,
        lines: tuple[tuple[int, ...], ...] = ((0, 1, 2), (0, 1, 2)),
        site: SiteLimits = SITE,
        looks_at_samples: bool = False,
    ) -> None:
        self.rng = Random(seed)
        self.house = House(self.rng)
        self.site = site
        self.looks_at_samples = looks_at_samples  # else the balancer sees them with the next report of the meter
        self.period_s, self.delay_s = meter_period_s, meter_delay_s
        self.sample_s, self.dt_s = sample_s, dt_s
        self.cars = [
            Car(EvseLoad(id=f"evse{number}", use=LineUse(lines=use)), self.rng) for number, use in enumerate(lines)
        ]
        self.state = BalancerState()
        self.run = Run()
        self.t_s = 0.0
        self.next_meter_s = 0.0
        self.next_look_s = 0.0
        self.flows: deque[tuple[float, tuple[float, ...]]] = deque()
        self.grid: GridReading | None = None
        self.meter_on = True
        self.meter_stuck = False
        # The house's load in the span in which a step is excused, per line.
        self.excuse_s = meter_period_s + meter_delay_s + COMMAND_S[1] + DEAD_S[1] + 16.0 / DOWN_A_S + 2 * dt_s
        self.recent: tuple[deque[tuple[float, float]], ...] = tuple(deque() for _ in range(3))
        self.watched_from_s = 60.0  # the first command takes its time too

    def now(self) -> Now:
        return Now(utc=START, monotonic_s=0.0).later(self.t_s)

    def until(self, end_s: float) -> Run:
        while self.t_s < end_s:
            self._step()
        self.run.hours = end_s / 3600
        return self.run

    def _step(self) -> None:
        t_s = self.t_s
        house = self.house.at(t_s)
        flow = list(house)
        for car in self.cars:
            drawn_a = car.step(t_s, self.dt_s)
            for line in car.evse.use.lines:
                flow[line] += drawn_a
            if t_s >= car.sampled_s + self.sample_s:
                car.sampled_a, car.sampled_s = drawn_a, t_s
                self.next_look_s = t_s if self.looks_at_samples else self.next_look_s
            self.run.energy_a_s += drawn_a * len(car.evse.use.lines) * self.dt_s
        self._judge(t_s, house, flow)
        self.flows.append((t_s, tuple(round(current, 1) for current in flow)))
        while len(self.flows) > 1 and self.flows[1][0] <= t_s - self.delay_s:
            self.flows.popleft()
        due = t_s >= self.next_look_s
        if t_s >= self.next_meter_s:
            self.next_meter_s += self.period_s
            if self.meter_on:
                currents = self.flows[0][1]
                if self.meter_stuck and self.grid is not None:
                    currents = self.grid.currents_a
                self.grid = GridReading(at=self.now().utc, currents_a=currents)
                due = True
        if due:
            self._balance()
        self.t_s = round(t_s + self.dt_s, 3)

    def _balance(self) -> None:
        evses = tuple(self._seen(car) for car in self.cars)
        grid = self.grid if self.meter_on else None
        self.state, decision = balance(self.state, self.site, grid, evses, self.now())
        self.next_look_s = self.t_s + decision.check_again_s
        self.run.last = decision
        self.run.states.add(decision.state)
        cars = {car.evse.id: car for car in self.cars}
        for command in decision.commands:
            assert command.limit_a is not None
            self.run.commands += 1
            self.run.stops += command.limit_a == 0
            self.run.between += 0 < command.limit_a < 6 or command.limit_a > 16
            cars[command.evse_id].command(self.t_s, command.limit_a)

    def _seen(self, car: Car) -> EvseLoad:
        return replace(
            car.evse,
            connected=car.plugged,
            drawn_a=car.evse.use.per_line(car.sampled_a, 3),
            drawn_age_s=self.t_s - car.sampled_s,
        )

    def _judge(self, t_s: float, house: list[float], flow: list[float]) -> None:
        for line in range(3):
            recent = self.recent[line]
            while recent and recent[-1][1] >= house[line]:
                recent.pop()
            recent.append((t_s, house[line]))
            while recent[0][0] < t_s - self.excuse_s:
                recent.popleft()
            over_a = flow[line] - FUSE_A
            if over_a <= 0 or t_s < self.watched_from_s:
                continue
            self.run.over_a_s += over_a * self.dt_s
            unexcused_a = over_a - (house[line] - recent[0][1])
            if unexcused_a > self.run.unexcused_a:
                self.run.unexcused_a = unexcused_a
                self.run.unexcused_at = f"L{line + 1} at {t_s} s: {flow[line]:.1f} A, house {house[line]:.1f} A"
