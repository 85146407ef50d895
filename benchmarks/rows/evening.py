"""How well the balancer guards a busy evening, beside what a controller without memory or patience does.

Each seed is an evening that every controller lives through; differences are taken seed by
seed. Fresh seeds each time; the first is in the details, the others follow it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from math import sqrt
from random import SystemRandom
from statistics import mean, stdev

from benchmarks.evening import SITE, Controller, Evening, Meter, hold, live, no_control, ours
from benchmarks.row import Measured, Row

_EVENINGS = 20
#: Student's t for 19 degrees of freedom: 95 % of the means lie within so many standard errors.
_T_95 = 2.093
_METERS = {"1 s": Meter(period_s=1.0, delay_s=1.0), "10 s": Meter(period_s=10.0, delay_s=2.0)}
_USUAL: dict[str, Callable[[], Controller]] = {
    "no control": no_control,
    "follow": lambda: hold(0),
    "hold 60": lambda: hold(60),
    "hold 90": lambda: hold(90),
}
_OURS = "ours"
#: The usual ones leave nothing free below the fuse; ours leaves an ampere, unless its owner says otherwise.
_BARE = "no margin"

type Figure = Callable[[Evening], float]

_FIGURES: dict[str, Figure] = {
    "over A·s": lambda one: one.over_a_s,
    "of it > 5 s": lambda one: one.long_over_a_s,
    "within %": lambda one: one.within_percent,
    "commands/h": lambda one: one.commands_per_hour,
    "stops": lambda one: float(one.stops),
}


@lru_cache
def _evenings(pace: str) -> tuple[int, dict[str, list[Evening]]]:
    """Return the first seed, and what came of each controller's evenings."""
    first, meter = SystemRandom().randrange(1_000_000), _METERS[pace]
    bare = replace(SITE, margin_a=0.0)
    controllers = {**_USUAL, _OURS: lambda: ours(meter), _BARE: lambda: ours(meter, bare)}
    seeds = range(first, first + _EVENINGS)
    return first, {name: [live(seed, meter, make()) for seed in seeds] for name, make in controllers.items()}


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean, and the half of its 95 % interval."""
    return mean(values), _T_95 * stdev(values) / sqrt(len(values))


def _beyond(pace: str, figure: str, reference: str) -> Measured:
    """Measure by how much ours is above a reference, seed by seed."""
    first, lived = _evenings(pace)
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


def _commands(pace: str) -> Measured:
    _, lived = _evenings(pace)
    value, half = _interval([one.commands_per_hour for one in lived[_OURS]])
    return Measured(value=value, details={"plus_minus": round(half, 2)}, remarks=_table(pace))


def _table(pace: str) -> tuple[str, ...]:
    """Return all figures of all controllers, and where ours stands on every seed."""
    _, lived = _evenings(pace)
    lines = [f"{'':<11}" + "".join(f"{name:>22}" for name in _FIGURES)]
    for name, evenings in lived.items():
        cells = [_interval([value_of(one) for one in evenings]) for value_of in _FIGURES.values()]
        lines.append(f"{name:<11}" + "".join(f"{f'{value:,.1f} ± {half:,.1f}':>22}" for value, half in cells))
    pairs = list(zip(lived[_OURS], lived["hold 60"], strict=True))
    over = sum(one.over_a_s <= 1.1 * other.over_a_s for one, other in pairs)
    within = sum(one.within_percent >= other.within_percent - 1 for one, other in pairs)
    lines.append(f"over-current at most 1.1 times hold 60's on {over} of {_EVENINGS} evenings")
    lines.append(f"energy within the fuse at least hold 60's less a point on {within} of {_EVENINGS} evenings")
    return tuple(lines)


def _rows(pace: str) -> tuple[Row, ...]:
    title = f"evening, meter each {pace}"
    return (
        Row(name=f"{title}: commands", unit="per hour", at_most=30, measure=lambda: _commands(pace)),
        Row(
            name=f"{title}: over-current beyond hold 90's (to be ≤ 0)",
            unit="A·s",
            measure=lambda: _beyond(pace, "over A·s", "hold 90"),
        ),
        Row(
            name=f"{title}: energy within beyond hold 60's (to be ≥ 3)",
            unit="points",
            measure=lambda: _beyond(pace, "within %", "hold 60"),
        ),
        Row(
            name=f"{title}: stops beyond hold 60's (to be ≤ 0)",
            unit="stops",
            measure=lambda: _beyond(pace, "stops", "hold 60"),
        ),
    )


ROWS = (*_rows("1 s"), *_rows("10 s"))
