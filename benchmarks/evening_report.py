"""The evenings as tables and as a drawing: `python -m benchmarks.evening_report --help`.

Energy below the fuse stands against over-current: who waits longer is on the same line further
left and lower. What lies above that line is foresight.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import NormalDist, mean, stdev

from benchmarks.evening import Evening
from benchmarks.evening_lived import CARS, CEILING, HOLDS, METERS, NAMES, OURS, OURS_NEW, live_all, of_case
from benchmarks.frontier import Panel, Point, write

_DRAWING = Path(__file__).parents[1] / "docs" / "images" / "evening.svg"
_Z = NormalDist().inv_cdf(0.975)
#: The bar: over-current at most this of hold 60's on each evening, energy at most so many points below it.
_OVER_PART, _LESS_POINTS = 1.1, 1.0

type Case = Mapping[str, Sequence[Evening]]

FIGURES: dict[str, Callable[[Evening], float]] = {
    "over A·s": lambda one: one.over_a_s,
    "of it > 5 s": lambda one: one.long_over_a_s,
    "within %": lambda one: one.within_percent,
    "commands/h": lambda one: one.commands_per_hour,
    "stops": lambda one: float(one.stops),
}
#: What ours is measured by, and beside whom.
_BAR = (("over A·s", "hold 90"), ("within %", "hold 60"), ("stops", "hold 60"))


def main() -> None:
    """Live what is asked for, print the tables, and draw them where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first-seed", type=int, required=True, help="the others follow it")
    parser.add_argument("--evenings", type=int, default=20, help="how many seeds (20)")
    parser.add_argument("--results", type=Path, help="file to keep what was lived in, and to go on from")
    parser.add_argument("--workers", type=int, help="processes at a time (one per core)")
    parser.add_argument("--meters", nargs="+", choices=list(METERS), default=list(METERS))
    parser.add_argument("--cars", nargs="+", choices=list(CARS), default=list(CARS))
    parser.add_argument("--controllers", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--draw", action="store_true", help="write the drawing for the manual")
    asked = parser.parse_args()
    lived = live_all(
        range(asked.first_seed, asked.first_seed + asked.evenings),
        paces=asked.meters,
        cars=asked.cars,
        names=asked.controllers,
        results=asked.results,
        workers=asked.workers,
    )
    for car in asked.cars:
        for pace in asked.meters:
            print(f"\n{car}, meter each {pace}", *table(of_case(lived, pace, car)), sep="\n")
    if asked.draw:
        panels = [panel(f"{car}, meter each {pace}", of_case(lived, pace, car)) for car in CARS for pace in METERS]
        write(panels, _DRAWING, {"first_seed": asked.first_seed, "evenings": asked.evenings})


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean, and the half of its 95 % interval by Student's t."""
    count = len(values)
    if count < 2:
        return mean(values), 0.0
    return mean(values), _t_95(float(count - 1)) * stdev(values) / sqrt(count)


def _t_95(freedom: float) -> float:
    """Return Student's t for 95 %, by its expansion around the normal one (Abramowitz and Stegun, 26.7.5)."""
    terms = (
        (_Z**3 + _Z) / 4,
        (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96,
        (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384,
    )
    return _Z + sum(term / freedom**power for power, term in enumerate(terms, 1))


def beyond(case: Case, figure: str, reference: str) -> list[float]:
    """Return by how much ours is above a reference, seed by seed."""
    value_of = FIGURES[figure]
    return [value_of(one) - value_of(other) for one, other in zip(case[OURS], case[reference], strict=True)]


def table(case: Case) -> tuple[str, ...]:
    """Return all figures of all controllers, and where ours stands beside the bar."""
    lines = [f"{'':<13}" + "".join(f"{name:>22}" for name in FIGURES)]
    for name, evenings in case.items():
        if evenings:
            cells = [interval([value_of(one) for one in evenings]) for value_of in FIGURES.values()]
            lines.append(f"{name:<13}" + "".join(f"{f'{value:,.1f} ± {half:,.1f}':>22}" for value, half in cells))
    for figure, reference in _BAR:
        if case[OURS] and case[reference]:
            value, half = interval(beyond(case, figure, reference))
            lines.append(f"ours less {reference}, {figure}: {value:+,.2f} ± {half:,.2f}")
    pairs = list(zip(case[OURS], case["hold 60"], strict=False))
    over = sum(one.over_a_s <= _OVER_PART * other.over_a_s for one, other in pairs)
    within = sum(one.within_percent >= other.within_percent - _LESS_POINTS for one, other in pairs)
    lines.append(f"over-current at most {_OVER_PART:g} times hold 60's on {over} of {len(pairs)} evenings")
    lines.append(f"energy within the fuse at least hold 60's less a point on {within} of {len(pairs)} evenings")
    return tuple(lines)


def panel(title: str, case: Case) -> Panel:
    """Return what is drawn of one car and one meter."""
    return Panel(
        title=title,
        holds=[_point(name, case[name]) for name in HOLDS],
        ours=[_point(name, case[name]) for name in (OURS, OURS_NEW) if case[name]],
        ceiling=_point("sees the future, with the same lags", case[CEILING]),
    )


def _point(name: str, evenings: Sequence[Evening]) -> Point:
    return Point(
        name=name,
        over_a_s=mean(one.over_a_s for one in evenings),
        within_percent=mean(one.within_percent for one in evenings),
    )


if __name__ == "__main__":
    main()
