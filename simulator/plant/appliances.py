"""What draws in a house: each appliance is a generator of the loads that it puts on the lines, one after another.

Programmes (a washing, an hour of cooking) follow people's time; pulses of a thermostat or an energy regulator
follow physics: a cycle is like the one before, to a fifth. Sizes and pulse lengths are those of common household
appliances on a 230/400 V supply; what one takes is the house's own and the same from day to day.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from .life import HOUR_S, Life

VOLTAGE_V = 230.0
LINE_COUNT = 3
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A constant draw for `duration_s`: active power in W per line (L1, L2, L3), and the power factor."""

    duration_s: float
    power_w: tuple[float, float, float]
    power_factor: float = 1.0


#: Yields loads; is sent the second at which the next one may begin.
type Behaviour = Generator[Load, float]
#: What an appliance of a house takes, in W: the same at each use but for the mains' voltage.
type Rated = tuple[float, float]
#: One use of an appliance: a behaviour that ends, and returns the second after it.
type Programme = Generator[Load, float, float]
type Appliance = Callable[[Random, Life], Behaviour]
#: From and to in hours of the local day, and the chance of a use on a day.
type Window = tuple[float, float, float]

_NOTHING = (0.0, 0.0, 0.0)

# The uses of an ordinary day.
_KETTLE = ((6, 8, 0.95), (9, 11, 0.6), (14, 16, 0.7), (17, 18.5, 0.8), (18.5, 20, 0.8), (20, 22, 0.8))
_OVEN = ((11, 12, 0.3), (17, 19, 0.8))
_HOB = ((7, 7.5, 0.3), (11.8, 12.3, 0.6), (17.3, 18.2, 0.9), (18.8, 19.8, 0.6))
_HEATER = ((6, 6.8, 0.5), (17.2, 19.0, 0.7))
_DISH_WASHER = ((13, 14, 0.3), (18.5, 20.5, 0.8))
_WASHING_MACHINE = ((8, 10, 0.4), (16.5, 18.5, 0.6))
_DRYER = ((10, 12, 0.4), (17.5, 20, 0.6))


def on_line(line: int, power_w: float) -> tuple[float, float, float]:
    """Return `power_w` on one line (0, 1, 2)."""
    powers = [0.0] * LINE_COUNT
    powers[line] = power_w
    return (powers[0], powers[1], powers[2])


def _off(duration_s: float) -> Load:
    return Load(duration_s=duration_s, power_w=_NOTHING)


def uses(rng: Random, life: Life, windows: Sequence[Window], since_s: float) -> Generator[float]:
    """Yield the seconds at which an appliance is used, in order, from `since_s` on."""
    day = life.local(since_s)
    while True:
        for first, last, chance in windows:
            hour = rng.uniform(first, last)
            if rng.random() < chance and (moment_s := life.at(day, hour)) >= since_s:
                yield moment_s
        day += timedelta(days=1)


def about(rng: Random, typical: float) -> float:
    """Return a thermostat's next span: no two of its cycles are alike, but they stay near to a typical one."""
    return typical * rng.uniform(0.8, 1.2)


def used(
    windows: Sequence[Window], rated: Rated, programme: Callable[[Random, Life, float, float], Programme]
) -> Appliance:
    """Return an appliance that stands idle, and runs `programme` at its times of the day.

    What it takes, in W, is drawn for the house, and strays a little with the mains at each use.
    """

    def behaviour(rng: Random, life: Life) -> Behaviour:
        rated_w = rng.uniform(*rated)
        now_s = yield _off(0.0)
        for moment_s in uses(rng, life, windows, now_s):
            if moment_s > now_s:
                now_s = yield _off(moment_s - now_s)
            now_s = yield from programme(rng, life, now_s, rated_w * rng.uniform(0.98, 1.02))

    return behaviour


def kettle(line: int, windows: Sequence[Window] = _KETTLE) -> Appliance:
    """Return a 2.2 kW kettle, three to five minutes at a time."""

    def boil(rng: Random, life: Life, _: float, power_w: float) -> Programme:
        yield Load(duration_s=life.seconds(rng.uniform(150, 300)), power_w=on_line(line, power_w))
        return (yield _off(1.0))

    return used(windows, (2000, 2300), boil)


def oven(line: int, windows: Sequence[Window] = _OVEN) -> Appliance:
    """Return an oven: a long preheat, then a thermostat."""

    def bake(rng: Random, life: Life, start_s: float, power_w: float) -> Programme:
        power = on_line(line, power_w)
        now_s = yield Load(duration_s=life.seconds(rng.uniform(400, 700)), power_w=power)
        end_s = start_s + life.seconds(rng.uniform(45, 90) * _MINUTE_S)
        off_s, on_s = rng.uniform(40, 110), rng.uniform(20, 60)  # by how hot it is to be
        while now_s < end_s:
            now_s = yield _off(about(rng, off_s))
            now_s = yield Load(duration_s=about(rng, on_s), power_w=power)
        return (yield _off(1.0))

    return used(windows, (2300, 2700), bake)


def hob(line: int, windows: Sequence[Window] = _HOB) -> Appliance:
    """Return a plate whose energy regulator pulses: 3-9 s on, 4-11 s off."""

    def cook(rng: Random, life: Life, start_s: float, power_w: float) -> Programme:
        power = on_line(line, power_w)
        end_s = start_s + life.seconds(rng.uniform(20, 50) * _MINUTE_S)
        now_s = yield Load(duration_s=life.seconds(rng.uniform(60, 180)), power_w=power)
        while now_s < end_s:
            now_s = yield _off(rng.uniform(4, 11))
            now_s = yield Load(duration_s=rng.uniform(3, 9), power_w=power)
        return (yield _off(1.0))

    return used(windows, (1400, 2000), cook)


def heat_pump(rng: Random, life: Life) -> Behaviour:
    """Run a three-phase heat pump all day, each start with more than twice its running current."""
    power_factor = 0.9
    running_w = rng.uniform(900, 1200)
    starting_w = running_w * rng.uniform(2.0, 2.6)
    run_s, rest_s = rng.uniform(15, 40) * _MINUTE_S, rng.uniform(15, 45) * _MINUTE_S
    yield _off(rng.uniform(60, 1500))
    while True:
        yield Load(duration_s=rng.uniform(0.8, 1.6), power_w=(starting_w,) * 3, power_factor=0.7)
        lasts_s = max(120.0, life.seconds(about(rng, run_s)))
        yield Load(duration_s=lasts_s, power_w=(running_w,) * 3, power_factor=power_factor)
        yield _off(max(120.0, life.seconds(about(rng, rest_s))))


def heater(line: int, windows: Sequence[Window] = _HEATER) -> Appliance:
    """Return a 3 kW heater with a thermostat of some minutes."""

    def heat(rng: Random, life: Life, start_s: float, power_w: float) -> Programme:
        power = on_line(line, power_w)
        end_s = start_s + life.seconds(rng.uniform(0.8, 2.5) * HOUR_S)
        on_s, off_s = rng.uniform(120, 480), rng.uniform(90, 420)  # by how cold it is
        now_s = start_s
        while now_s < end_s:
            now_s = yield Load(duration_s=about(rng, on_s), power_w=power)
            now_s = yield _off(about(rng, off_s))
        return now_s

    return used(windows, (3000, 3000), heat)


def dish_washer(line: int, windows: Sequence[Window] = _DISH_WASHER) -> Appliance:
    """Return a dish washer: two spells of heating between hours of pumping."""

    def wash(rng: Random, life: Life, _: float, power_w: float) -> Programme:
        heating = on_line(line, power_w)
        pumping = on_line(line, 60.0)
        for heat_minutes, pump_minutes in ((rng.uniform(10, 18), 35.0), (rng.uniform(8, 14), 25.0)):
            yield Load(duration_s=life.seconds(5 * _MINUTE_S), power_w=pumping)
            yield Load(duration_s=life.seconds(heat_minutes * _MINUTE_S), power_w=heating)
            yield Load(duration_s=life.seconds(pump_minutes * _MINUTE_S), power_w=pumping)
        return (yield _off(1.0))

    return used(windows, (1800, 2100), wash)


def washing_machine(line: int, windows: Sequence[Window] = _WASHING_MACHINE) -> Appliance:
    """Return a washing machine: heating, then a drum that turns to and fro, then spinning."""

    def wash(rng: Random, life: Life, _: float, power_w: float) -> Programme:
        now_s = yield Load(duration_s=life.seconds(rng.uniform(8, 15) * _MINUTE_S), power_w=on_line(line, power_w))
        end_s = now_s + life.seconds(rng.uniform(35, 60) * _MINUTE_S)
        drum = on_line(line, rng.uniform(200, 350))
        while now_s < end_s:
            now_s = yield Load(duration_s=rng.uniform(8, 14), power_w=drum, power_factor=0.7)
            now_s = yield _off(rng.uniform(3, 8))
        yield Load(duration_s=life.seconds(8 * _MINUTE_S), power_w=on_line(line, 500.0), power_factor=0.75)
        return (yield _off(1.0))

    return used(windows, (1900, 2200), wash)


def dryer(line: int, windows: Sequence[Window] = _DRYER) -> Appliance:
    """Return a dryer whose element goes on and off with a period of 20 s to some minutes."""

    def dry(rng: Random, life: Life, start_s: float, power_w: float) -> Programme:
        element = on_line(line, power_w)
        drum = on_line(line, 250.0)
        end_s = start_s + life.seconds(rng.uniform(50, 100) * _MINUTE_S)
        off_s, on_s = rng.uniform(10, 90), rng.uniform(10, 150)  # by how full it is
        now_s = yield Load(duration_s=life.seconds(15 * _MINUTE_S), power_w=element, power_factor=0.98)
        while now_s < end_s:
            now_s = yield Load(duration_s=about(rng, off_s), power_w=drum, power_factor=0.8)
            now_s = yield Load(duration_s=about(rng, on_s), power_w=element, power_factor=0.98)
        return (yield _off(1.0))

    return used(windows, (2100, 2500), dry)


def fridge(line: int) -> Appliance:
    """Return a fridge."""

    def behaviour(rng: Random, _: Life) -> Behaviour:
        yield _off(rng.uniform(10, 900))
        while True:
            yield Load(duration_s=rng.uniform(500, 1100), power_w=on_line(line, 95.0), power_factor=0.8)
            yield _off(rng.uniform(900, 1900))

    return behaviour


def small_things(line: int) -> Appliance:
    """Return what is always there: light and electronics, more of it in the evening."""

    def behaviour(rng: Random, life: Life) -> Behaviour:
        now_s = yield _off(0.0)
        while True:
            evening = 17 <= life.local(now_s).hour <= 22
            power_w = rng.uniform(120, 420) if evening else rng.uniform(40, 160)
            now_s = yield Load(duration_s=rng.uniform(60, 600), power_w=on_line(line, power_w), power_factor=0.95)

    return behaviour


#: A family's house, spread over the lines as an electrician would.
FAMILY_HOUSE: dict[str, Appliance] = {
    "fridge": fridge(0),
    "small things 1": small_things(0),
    "small things 2": small_things(1),
    "small things 3": small_things(2),
    "heat pump": heat_pump,
    "kettle": kettle(0),
    "dryer": dryer(0),
    "oven": oven(1),
    "dish washer": dish_washer(1),
    "front plate": hob(1),
    "rear plate": hob(2),
    "washing machine": washing_machine(2),
    "heater": heater(2),
}

#: The same house on an evening from 17 to 21 h on which all is done at once: what a controller is tried on.
BUSY_EVENING: dict[str, Appliance] = FAMILY_HOUSE | {
    "kettle": kettle(0, [(17 + part * 2 / 3, 17.5 + part * 2 / 3, 0.9) for part in range(6)]),
    "dryer": dryer(0, ((17.0, 18.5, 1), (19.7, 20.2, 0.4))),
    "oven": oven(1, ((17.2, 17.8, 1), (19.2, 19.6, 0.4))),
    "dish washer": dish_washer(1, ((18.8, 19.5, 1),)),
    "front plate": hob(1, ((17.3, 17.8, 1), (18.5, 19.2, 1))),
    "rear plate": hob(2, ((17.3, 17.8, 1),)),
    "washing machine": washing_machine(2, ((17.0, 18.0, 1),)),
    "heater": heater(2, ((17.0, 18.0, 1), (19.4, 19.8, 0.5))),
}
