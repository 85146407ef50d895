"""A busy evening behind 3 × 25 A, and controllers that keep a car inside it: ours, and the usual ones beside it.

Four hours with kettle, oven, hob, heat pump, heater, washing and drying; the house alone never
above 24 A. A car on three lines, or on one, takes 6 to 16 A, after 1 to 5 s, at 3 A/s up and
8 A/s down, and starts in 4 to 10 s; a command takes 0.5 to 1.5 s. Every controller sees the
same house, meter and car; the usual ones are told what the house drew at the very instant that
the meter measured.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import floor, hypot

from benchmarks.recorded import HOURS, START, STEP_S, Recorded
from custom_components.ev_sessions.core.balancing.appliances.learned_loads import LearnedLoads
from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, LineUse, Wiring
from custom_components.ev_sessions.core.balancing.load import EvseLoad, SiteLimits
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading
from simulator.plant.appliances import VOLTAGE_V
from simulator.plant.car import CarModel
from simulator.plant.charger import Charger, ChargerModel, Status
from simulator.plant.meter import GridMeter, MeterReading

FUSE_A = 25.0
LEAST_A, MOST_A = 6.0, 16.0
#: An episode of over-current that lasts longer is more than a step that is being followed.
LONG_S = 5.0
#: A command, the car's dead time and its way down take so long at most.
_FOLLOWED_S = 9.0
#: The meters' periods and delays are whole seconds: nothing new is seen in between.
_MEASURES_S = 1.0
_BEGIN = Now(utc=START, monotonic_s=0.0)
_LINES = ((0, 1, 2), (1, 2, 0), (2, 0, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """How often the grid meter measures, and how late it shows that, in s."""

    period_s: float
    delay_s: float


@dataclass(slots=True)
class Evening:
    """What came of one evening. Over-current is summed over the lines, in A·s."""

    over_a_s: float = 0.0
    long_over_a_s: float = 0.0
    charged_a_s: float = 0.0
    possible_a_s: float = 0.0
    commands: int = 0
    stops: int = 0
    lines: tuple[int, ...] = (0, 1, 2)  # that the car loads
    _episodes: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)] * 3)

    @property
    def within_percent(self) -> float:
        """Return the energy below the fuse, as a share of what perfect foresight and a car without lag would have."""
        return 100 * self.charged_a_s / self.possible_a_s

    @property
    def commands_per_hour(self) -> float:
        """Return how many commands the charger got per hour."""
        return self.commands / HOURS

    def look(self, house_a: tuple[float, ...], flow_a: tuple[float, ...], drawn_a: float) -> None:
        """Count one step of the plant."""
        self.look_at_car(house_a, drawn_a)
        for line, current_a in enumerate(flow_a):
            over_a_s = max(0.0, current_a - FUSE_A) * STEP_S
            self.over_a_s += over_a_s
            lasted_s, sum_a_s = self._episodes[line]
            if over_a_s:
                self._episodes[line] = (lasted_s + STEP_S, sum_a_s + over_a_s)
            elif lasted_s:
                self.long_over_a_s += sum_a_s if lasted_s > LONG_S else 0.0
                self._episodes[line] = (0.0, 0.0)

    def look_at_car(self, house_a: tuple[float, ...], drawn_a: float) -> None:
        """Count what the car had in one step, and could have had."""
        room_a = min(MOST_A, FUSE_A - max([house_a[line] for line in self.lines]))
        best_a = room_a if room_a >= LEAST_A else 0.0
        self.possible_a_s += best_a * STEP_S
        self.charged_a_s += min(drawn_a, best_a) * STEP_S


@dataclass(frozen=True, slots=True)
class Seen:
    """What a controller sees: the meter's newest reading, and the charger."""

    now_s: float
    reading: MeterReading
    is_new: bool
    house_a: tuple[float, ...]  # what the house drew on the car's lines when the meter measured
    charger: Charger


#: Returns the limit that the charger is to have now, in A; 0 is a pause.
type Controller = Callable[[Seen], float]


def lines_of(recorded: Recorded, car_lines: int) -> tuple[int, ...]:
    """Return the lines that the evening's car loads: a car of one line is on another one in each house."""
    return _LINES[recorded.seed % 3][:car_lines]


def live(recorded: Recorded, meter: Meter, controller: Controller, car_lines: int = 3) -> Evening:
    """Let a controller guard a recorded evening."""
    lines = lines_of(recorded, car_lines)
    charger = Charger(ChargerModel(id="garage", name="Garage", lines=_LINES[recorded.seed % 3]), recorded.seed)
    charger.plug_in(CarModel(name="Estate", battery_kwh=500.0, lines=car_lines), stored_kwh=0.0)
    grid = GridMeter(period_s=meter.period_s, delay_s=meter.delay_s)
    evening, told_a, count = Evening(lines=lines), charger.limit_a, 0
    measures = round(_MEASURES_S / STEP_S)
    was_over = False
    for place, house_a in enumerate(recorded.currents_a):
        now_s = place * STEP_S
        charger.step(now_s, STEP_S)
        drawn_a = charger.current_a
        # The sum of currents that are not in phase is never more than the sum of their sizes: most steps need no look.
        is_over = drawn_a + max(house_a) > FUSE_A
        measured = not place % measures
        active_w, reactive_var = list(recorded.active_w[place]), recorded.reactive_var[place]
        for line in lines:
            active_w[line] += drawn_a * VOLTAGE_V
        if measured:
            grid.step(active_w, reactive_var, now_s, _MEASURES_S)
        if is_over or was_over:
            flow_a = tuple(
                hypot(active, reactive) / VOLTAGE_V for active, reactive in zip(active_w, reactive_var, strict=True)
            )
            evening.look(house_a, flow_a, drawn_a)
        else:
            evening.look_at_car(house_a, drawn_a)
        was_over = is_over
        reading = grid.latest
        if reading is None:
            continue
        then_a = recorded.currents_a[round(reading.at_s / STEP_S)]
        seen_a = tuple(then_a[line] for line in lines)
        limit_a = controller(Seen(now_s + STEP_S, reading, grid.count != count, seen_a, charger))
        count = grid.count
        if limit_a != told_a:
            evening.commands += 1
            evening.stops += limit_a == 0
            _command(charger, told_a, limit_a, now_s + STEP_S)
            told_a = limit_a
    return evening


def _command(charger: Charger, before_a: float, limit_a: float, now_s: float) -> None:
    if limit_a > 0:
        charger.set_limit(limit_a, now_s)
    if (limit_a > 0) is not (before_a > 0):
        charger.set_enabled(limit_a > 0, now_s)


# The usual ones


def no_control() -> Controller:
    """Let the car have all that it wants."""
    return lambda _: MOST_A


def hold(seconds: float) -> Controller:
    """Go down at once, and up only to the least room of the last seconds; 0 follows each reading."""
    rooms: deque[tuple[float, float]] = deque()
    limit_a = 0.0

    def control(seen: Seen) -> float:
        nonlocal limit_a
        if not seen.is_new:
            return limit_a
        room_a = float(floor(min(MOST_A, FUSE_A - max(seen.house_a))))
        rooms.append((seen.now_s, room_a))
        while rooms[0][0] < seen.now_s - seconds:
            rooms.popleft()
        least_a = min(room for _, room in rooms)
        wanted_a = room_a if room_a < limit_a else max(limit_a, least_a)
        limit_a = wanted_a if wanted_a >= LEAST_A else 0.0
        return limit_a

    return control


def foresight(recorded: Recorded, car_lines: int, lasts_s: float) -> Controller:
    """See what the house will draw, with everybody's lags: the ceiling. A raise has to last for `lasts_s`."""
    lines = lines_of(recorded, car_lines)
    rooms = [
        float(floor(min(MOST_A, FUSE_A - max(house_a[line] for line in lines)))) for house_a in recorded.currents_a
    ]
    soon, long = _least_ahead(rooms, _FOLLOWED_S), _least_ahead(rooms, max(lasts_s, _FOLLOWED_S))
    limit_a = 0.0

    def control(seen: Seen) -> float:
        nonlocal limit_a
        place = min(len(rooms) - 1, round(seen.now_s / STEP_S))
        wanted_a = soon[place] if soon[place] < limit_a else max(limit_a, long[place])
        limit_a = wanted_a if wanted_a >= LEAST_A else 0.0
        return limit_a

    return control


def _least_ahead(rooms: list[float], ahead_s: float) -> list[float]:
    """Return the least room from each step on for a while."""
    count = round(ahead_s / STEP_S)
    waiting: deque[int] = deque()
    least = [0.0] * len(rooms)
    for place in reversed(range(len(rooms))):
        while waiting and rooms[waiting[-1]] >= rooms[place]:
            waiting.pop()
        waiting.append(place)
        if waiting[0] > place + count:
            waiting.popleft()
        least[place] = rooms[waiting[0]]
    return least


# Ours

SITE = SiteLimits(
    circuits=(Circuit(id="root", name="Main fuse", limit_a=(FUSE_A,) * 3),),
    wiring=Wiring.THREE_PHASE_FOUR_WIRE,
)
_WANTING = {Status.AWAITING_START, Status.READY, Status.CHARGING}


def ours(meter: Meter, lines: tuple[int, ...] = (0, 1, 2), loads: LearnedLoads | None = None) -> Controller:
    """Let the balancer decide, as a site with a charger that is read each second does. `loads` is what it knows."""
    state = BalancerState() if loads is None else BalancerState(loads=loads)
    limit_a = MOST_A
    look_s = sampled_s = 0.0
    drawn_a: tuple[float, ...] = (0.0,) * 3

    def control(seen: Seen) -> float:
        nonlocal state, limit_a, look_s, sampled_s, drawn_a
        charger = seen.charger
        moved = False
        if seen.now_s >= sampled_s + 1.0:
            moved = drawn_a != charger.line_currents_a
            drawn_a, sampled_s = charger.line_currents_a, seen.now_s
        if not (seen.is_new or moved or seen.now_s >= look_s):
            return limit_a
        load = EvseLoad(
            id="garage",
            use=LineUse(lines=lines),
            connected=True,
            wants=charger.status in _WANTING,
            drawn_a=drawn_a,
            drawn_age_s=seen.now_s - sampled_s,
        )
        grid = GridReading(at=_BEGIN.later(seen.reading.at_s + meter.delay_s).utc, currents_a=seen.reading.currents_a)
        state, decision = balance(state, SITE, grid, (load,), _BEGIN.later(seen.now_s))
        look_s = seen.now_s + decision.check_again_s
        for command in decision.commands:
            limit_a = command.limit_a or 0.0
        return limit_a

    return control
