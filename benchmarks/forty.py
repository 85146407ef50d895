"""Forty chargers of a house of flats below one main fuse, and rules that share it among the cars that come.

A tree of three levels: the house, two halls, two rows in each. Cars come, stay and need energy as real
homes have it (`simulator/plant/home_charging.py`). The flats' own load moves below the same fuse. Each
rule sees the same visits and the same flats; the usual ones see the room of this instant without delay.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import floor, pi, sin
from random import Random

from simulator.plant.habits import Visit, visits
from simulator.plant.life import Life

CHARGERS = 40
DAYS = 2
LINES = 3
VOLTAGE_V = 230.0
STEP_S = 20.0
LEAST_A = 6.0
#: Of the house, of each hall and of each row, in A on each line.
HALL_PART, ROW_PART = 0.7, 0.5
START = datetime(2026, 11, 16, 11, 0, tzinfo=UTC)  # noon of a Monday
HOUR_S = 3600.0
_BATTERY_KWH = 77.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A car's stay: when, at which charger, what it asks for, and how it charges."""

    charger: int
    arrive_s: float
    depart_s: float
    asked_kwh: float
    lines: tuple[int, ...]
    most_a: float

    @property
    def kw_per_a(self) -> float:
        """Return what an ampere of it is, in kW."""
        return len(self.lines) * VOLTAGE_V / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What all rules live through: the stays, and the flats' load per step and line."""

    fuse_a: float
    stays: tuple[Stay, ...]
    flats_a: tuple[tuple[float, ...], ...]


def town(seed: int, fuse_a: float, per_day: float) -> Town:
    """Draw two days: noon to noon to noon."""
    rng = Random(seed)
    end_s = DAYS * 24 * HOUR_S
    stays: list[Stay] = []
    for charger in range(CHARGERS):
        first = charger % LINES
        three = rng.random() < 0.6
        lines = tuple((first + line) % LINES for line in range(LINES if three else 1))
        most_a = 16.0 if three else rng.choice((16.0, 32.0))
        for visit in visits(rng, Life(START), battery_kwh=_BATTERY_KWH, per_day=per_day):
            if visit.depart_s > end_s:
                break
            stays.append(_stay(charger, visit, lines, most_a))
    return Town(fuse_a=fuse_a, stays=tuple(stays), flats_a=_flats(rng, round(end_s / STEP_S), fuse_a))


def _stay(charger: int, visit: Visit, lines: tuple[int, ...], most_a: float) -> Stay:
    """Return a stay that asks for no more than the charger alone can give in it."""
    can_kwh = len(lines) * VOLTAGE_V / 1000 * most_a * (visit.depart_s - visit.arrive_s) / HOUR_S
    return Stay(
        charger=charger,
        arrive_s=visit.arrive_s,
        depart_s=visit.depart_s,
        asked_kwh=min(visit.need_kwh, can_kwh),
        lines=lines,
        most_a=most_a,
    )


def _flats(rng: Random, steps: int, fuse_a: float) -> tuple[tuple[float, ...], ...]:
    """Return the flats' load: an evening peak, and a wandering that differs by line."""
    wander = [0.0] * LINES
    load = []
    for step in range(steps):
        hour = (12 + step * STEP_S / HOUR_S) % 24
        daily = 0.25 + 0.18 * max(0.0, sin(pi * (hour - 15) / 8)) if 15 <= hour < 23 else 0.2
        for line in range(LINES):
            wander[line] = 0.99 * wander[line] + rng.gauss(0, 0.006)
        load.append(tuple(fuse_a * min(0.8, max(0.05, daily + wander[line])) for line in range(LINES)))
    return tuple(load)


@dataclass(slots=True)
class Car:
    """A car that is there: what it still lacks."""

    stay: Stay
    lacks_kwh: float
    got_kwh: float = 0.0
    rate_a: float = 0.0

    @property
    def wants(self) -> bool:
        """Tell whether it is not full."""
        return self.lacks_kwh > 1e-6

    def laxity_s(self, now_s: float) -> float:
        """Return how long it could wait and still get all at its greatest current."""
        return self.stay.depart_s - now_s - self.lacks_kwh / (self.stay.kw_per_a * self.stay.most_a) * HOUR_S


def circuits_of(charger: int) -> tuple[int, int, int]:
    """Return the places of house, hall and row above a charger: 0, 1-2, 3-6."""
    row = charger * 4 // CHARGERS
    return 0, 1 + row // 2, 3 + row


def limits_a(fuse_a: float) -> list[float]:
    """Return the limit of each circuit."""
    return [fuse_a, *[fuse_a * HALL_PART] * 2, *[fuse_a * ROW_PART] * 4]


#: From the cars that are there, the room per circuit and line, and the time, to a current for each car.
type Rule = Callable[[Sequence[Car], Sequence[float], float], None]


def in_order(key: Callable[[Car, float], float]) -> Rule:
    """Serve who comes first by a key with all that it can take, then the next."""

    def rule(cars: Sequence[Car], room: Sequence[float], now_s: float) -> None:
        left = list(room)
        for car in sorted(_wanting(cars), key=lambda one: (key(one, now_s), one.stay.charger)):
            bounds = _bounds(car)
            most_a = floor(min(car.stay.most_a, *(left[bound] for bound in bounds)))
            car.rate_a = float(most_a) if most_a >= LEAST_A else 0.0
            for bound in bounds:
                left[bound] -= car.rate_a

    return rule


def round_robin() -> Rule:
    """Give each in turn an ampere more (the least current at first), until nobody can have more."""
    first = 0

    def rule(cars: Sequence[Car], room: Sequence[float], _now_s: float) -> None:
        nonlocal first
        left = list(room)
        ordered = sorted(_wanting(cars), key=lambda one: one.stay.charger)
        ordered = [car for car in ordered if car.stay.charger >= first] + [
            car for car in ordered if car.stay.charger < first
        ]
        first = (first + 1) % CHARGERS
        queue = ordered
        for car in queue:
            car.rate_a = 0.0
        while queue:
            again = []
            for car in queue:
                more_a = 1.0 if car.rate_a else LEAST_A
                bounds = _bounds(car)
                if car.rate_a + more_a <= car.stay.most_a and all(left[bound] >= more_a for bound in bounds):
                    car.rate_a += more_a
                    for bound in bounds:
                        left[bound] -= more_a
                    again.append(car)
            queue = again

    return rule


def uncontrolled() -> Rule:
    """Let each have all it can take: the fuse is not heeded."""

    def rule(cars: Sequence[Car], _room: Sequence[float], _now_s: float) -> None:
        for car in cars:
            car.rate_a = car.stay.most_a

    return rule


def _wanting(cars: Sequence[Car]) -> list[Car]:
    return [car for car in cars if car.wants]


def _bounds(car: Car) -> list[int]:
    return [place * LINES + line for place in circuits_of(car.stay.charger) for line in car.stay.lines]


@dataclass(slots=True)
class Outcome:
    """What came of two days."""

    energy_kwh: float = 0.0
    asked_kwh: float = 0.0
    peak_a: float = 0.0
    over_a_s: float = 0.0
    shares: list[float] = field(default_factory=list)

    @property
    def unfairness(self) -> float:
        """Return 1 less Jain's index of what was delivered by what was asked for."""
        return 1 - sum(self.shares) ** 2 / (len(self.shares) * sum(share**2 for share in self.shares))


def live(where: Town, rule: Rule) -> Outcome:
    """Live two days under a rule."""
    outcome = Outcome()
    waiting = sorted(where.stays, key=lambda stay: stay.arrive_s)
    there: list[Car] = []
    limits = limits_a(where.fuse_a)
    for step, flats_a in enumerate(where.flats_a):
        now_s = step * STEP_S
        while waiting and waiting[0].arrive_s <= now_s:
            stay = waiting.pop(0)
            there.append(Car(stay, stay.asked_kwh))
        for car in [car for car in there if car.stay.depart_s < now_s + STEP_S]:
            there.remove(car)
            outcome.asked_kwh += car.stay.asked_kwh
            outcome.energy_kwh += car.got_kwh
            outcome.shares.append(car.got_kwh / car.stay.asked_kwh)
        room = [
            limit_a - (flats_a[line] if place == 0 else 0.0)
            for place, limit_a in enumerate(limits)
            for line in range(LINES)
        ]
        wanting = [car for car in there if car.wants]
        rule(there, room, now_s)
        flow = [[0.0] * LINES for _ in limits]
        flow[0] = list(flats_a)
        for car in wanting:
            kwh = min(car.lacks_kwh, car.rate_a * car.stay.kw_per_a * STEP_S / HOUR_S)
            car.lacks_kwh -= kwh
            car.got_kwh += kwh
            for place in circuits_of(car.stay.charger):
                for line in car.stay.lines:
                    flow[place][line] += car.rate_a
        outcome.peak_a = max(outcome.peak_a, *flow[0])
        for place, lines in enumerate(flow):
            for current_a in lines:
                outcome.over_a_s += max(0.0, current_a - limits[place]) * STEP_S
    return outcome


USUAL: Mapping[str, Callable[[], Rule]] = {
    "uncontrolled": uncontrolled,
    "round robin": round_robin,
    "earliest deadline": lambda: in_order(lambda car, _now_s: car.stay.depart_s),
    "least laxity": lambda: in_order(lambda car, now_s: car.laxity_s(now_s)),
}
