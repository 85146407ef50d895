"""How well the balancer guards a busy evening, beside controllers without memory, and one that sees the future.

Each seed is an evening that every controller lives through; differences are taken seed by
seed. Fresh seeds each time; the first is in the details, the others follow it. The house was
lived in for three evenings before: ours has learned its appliances then, as it has in any
house where it runs for some days. "ours, new" has not. `python -m benchmarks.evening_report`
runs the same in slices, and goes on where it was broken off.
"""

from functools import lru_cache
from random import SystemRandom

from benchmarks.evening import Evening
from benchmarks.evening_lived import CARS, METERS, Key, live_all, of_case
from benchmarks.evening_report import FIGURES, beyond, interval, table
from benchmarks.row import Measured, Row

_EVENINGS = 20


@lru_cache
def _lived() -> tuple[int, dict[Key, Evening]]:
    """Return the first seed, and what came of each controller's evenings."""
    first = SystemRandom().randrange(1_000_000)
    return first, live_all(range(first, first + _EVENINGS))


def _beyond(pace: str, car: str, figure: str, reference: str) -> Measured:
    """Measure by how much ours is above a reference, seed by seed."""
    first, lived = _lived()
    apart = beyond(of_case(lived, pace, car), figure, reference)
    value, half = interval(apart)
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
    case = of_case(_lived()[1], pace, car)
    value, half = interval([FIGURES["commands/h"](one) for one in case["ours"]])
    return Measured(value=value, details={"plus_minus": round(half, 2)}, remarks=table(case))


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


ROWS = tuple(row for car in CARS for pace in METERS for row in _rows(pace, car))
