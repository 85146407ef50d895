"""How well the balancer guards a busy evening, beside controllers without memory, and one that sees the future.

Each seed is an evening that every controller lives through; differences are taken seed by
seed. Fresh seeds each time; the first is in the details, the others follow it. The house was
lived in for three evenings before: ours has learned its appliances then, as it has in any
house where it runs for some days. "ours, new" has not.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from math import sqrt
from pathlib import Path
from random import SystemRandom
from statistics import mean, stdev

from benchmarks.evening import Controller, Evening, Meter, foresight, hold, lines_of, live, no_control, ours
from benchmarks.frontier import Panel, Point, write
from benchmarks.recorded import Recorded, record
from benchmarks.row import Measured, Row

_EVENINGS = 20
#: Student's t for 19 degrees of freedom: 95 % of the means lie within so many standard errors.
_T_95 = 2.093
_METERS = {"1 s": Meter(period_s=1.0, delay_s=1.0), "10 s": Meter(period_s=10.0, delay_s=2.0)}
_CARS = {"three-phase car": 3, "one-phase car": 1}
_HOLDS_S = (0, 10, 30, 60, 90, 180, 300)
_OURS = "ours"
_FRONTIER = Path(__file__).parents[2] / "docs" / "images" / "evening.svg"

type Figure = Callable[[Evening], float]

_FIGURES: dict[str, Figure] = {
    "over A·s": lambda one: one.over_a_s,
    "of it > 5 s": lambda one: one.long_over_a_s,
    "within %": lambda one: one.within_percent,
    "commands/h": lambda one: one.commands_per_hour,
    "stops": lambda one: float(one.stops),
}


def controllers(recorded: Recorded, meter: Meter, car_lines: int) -> dict[str, Controller]:
    """Return all that live through an evening, by their names in the table."""
    lines = lines_of(recorded, car_lines)
    return {
        "no control": no_control(),
        **{f"hold {seconds}" if seconds else "follow": hold(seconds) for seconds in _HOLDS_S},
        "foresight": foresight(recorded, car_lines, 0.0),
        "few commands": foresight(recorded, car_lines, 60.0),
        "ours, new": ours(meter, lines),
        _OURS: ours(meter, lines, recorded.learned(meter.period_s)),
    }


def _lived(seed: int, pace: str, car: str) -> dict[str, Evening]:
    """Let every controller live through the evening of a seed."""
    recorded, meter, car_lines = record(seed), _METERS[pace], _CARS[car]
    found = controllers(recorded, meter, car_lines)
    return {name: live(recorded, meter, controller, car_lines) for name, controller in found.items()}


@lru_cache
def _first_seed() -> int:
    return SystemRandom().randrange(1_000_000)


@lru_cache
def _evenings(pace: str, car: str) -> tuple[int, dict[str, list[Evening]]]:
    """Return the first seed, and what came of each controller's evenings."""
    first = _first_seed()
    with ProcessPoolExecutor() as pool:
        evenings = list(pool.map(partial(_lived, pace=pace, car=car), range(first, first + _EVENINGS)))
    return first, {name: [evening[name] for evening in evenings] for name in evenings[0]}


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean, and the half of its 95 % interval."""
    return mean(values), _T_95 * stdev(values) / sqrt(len(values))


def _beyond(pace: str, car: str, figure: str, reference: str) -> Measured:
    """Measure by how much ours is above a reference, seed by seed."""
    first, lived = _evenings(pace, car)
    value_of = _FIGURES[figure]
    apart = [value_of(one) - value_of(other) for one, other in zip(lived[_OURS], lived[reference], strict=True)]
    value, half = _interval(apart)
    return Measured(
        value=value,
        details={
            "plus_minus": round(half, 2),
            "first_seed": first,
            "evenings": _EVENINGS,
            "worst": round(max(apart), 2),
        },
    )


def _commands(pace: str, car: str) -> Measured:
    _, lived = _evenings(pace, car)
    value, half = _interval([one.commands_per_hour for one in lived[_OURS]])
    return Measured(value=value, details={"plus_minus": round(half, 2)}, remarks=_table(pace, car))


def _table(pace: str, car: str) -> tuple[str, ...]:
    """Return all figures of all controllers, and where ours stands on every seed."""
    _, lived = _evenings(pace, car)
    lines = [f"{'':<13}" + "".join(f"{name:>22}" for name in _FIGURES)]
    for name, evenings in lived.items():
        cells = [_interval([value_of(one) for one in evenings]) for value_of in _FIGURES.values()]
        lines.append(f"{name:<13}" + "".join(f"{f'{value:,.1f} ± {half:,.1f}':>22}" for value, half in cells))
    pairs = list(zip(lived[_OURS], lived["hold 60"], strict=True))
    over = sum(one.over_a_s <= 1.1 * other.over_a_s for one, other in pairs)
    within = sum(one.within_percent >= other.within_percent - 1 for one, other in pairs)
    lines.append(f"over-current at most 1.1 times hold 60's on {over} of {_EVENINGS} evenings")
    lines.append(f"energy within the fuse at least hold 60's less a point on {within} of {_EVENINGS} evenings")
    return tuple(lines)


def _rows(pace: str, car: str) -> tuple[Row, ...]:
    title = f"evening, {car}, meter each {pace}"
    return (
        Row(name=f"{title}: commands", unit="per hour", at_most=30, measure=lambda: _commands(pace, car)),
        Row(
            name=f"{title}: over-current beyond hold 90's (to be ≤ 0)",
            unit="A·s",
            measure=lambda: _beyond(pace, car, "over A·s", "hold 90"),
        ),
        Row(
            name=f"{title}: energy within beyond hold 60's (to be ≥ 3)",
            unit="points",
            measure=lambda: _beyond(pace, car, "within %", "hold 60"),
        ),
        Row(
            name=f"{title}: stops beyond hold 60's (to be ≤ 0)",
            unit="stops",
            measure=lambda: _beyond(pace, car, "stops", "hold 60"),
        ),
    )


def _point(name: str, evenings: Sequence[Evening]) -> Point:
    return Point(
        name=name,
        over_a_s=mean(one.over_a_s for one in evenings),
        within_percent=mean(one.within_percent for one in evenings),
    )


def _frontier() -> Measured:
    """Draw energy against over-current for each car and meter, for the manual."""
    panels = []
    for car in _CARS:
        for pace in _METERS:
            _, lived = _evenings(pace, car)
            names = [f"hold {seconds}" if seconds else "follow" for seconds in _HOLDS_S]
            panels.append(
                Panel(
                    title=f"{car}, meter each {pace}",
                    holds=[_point(name, lived[name]) for name in names],
                    ours=[_point(name, lived[name]) for name in (_OURS, "ours, new")],
                    ceiling=_point("sees the future, with the same lags", lived["foresight"]),
                )
            )
    write(panels, _FRONTIER, {"first_seed": _first_seed(), "evenings": _EVENINGS})
    return Measured(value=len(panels))


ROWS = (
    *(row for car in _CARS for pace in _METERS for row in _rows(pace, car)),
    Row(name="evening: frontier drawn", unit="panels", measure=_frontier),
)
