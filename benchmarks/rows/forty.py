"""Forty chargers below one main fuse: our balancer beside round robin, earliest deadline and least laxity first.

All rules know when each car leaves and what it asks for, and live through the same two days; fresh seeds each
time. Differences are taken seed by seed.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import sqrt
from random import SystemRandom
from statistics import mean, stdev

from benchmarks.forty import USUAL, Outcome, Rule, live, town
from benchmarks.forty_ours import ours
from benchmarks.row import Measured, Row
from simulator.plant.home_charging import MEAN_VISITS_PER_DAY

_SEEDS = 10
#: Student's t for 9 degrees of freedom: 95 % of the means lie within so many standard errors.
_T_95 = 2.262
_OURS = "ours"
#: Of which no fuse is heeded.
_REFERENCE = "uncontrolled"
#: Visits per charger and day, and the main fuse in A: as homes are, and twice as busy.
_HOMES = (MEAN_VISITS_PER_DAY, 40.0)
_BUSY = (2 * MEAN_VISITS_PER_DAY, 40.0)

_FIGURES: dict[str, Callable[[Outcome], float]] = {
    "energy kWh": lambda one: one.energy_kwh,
    "of asked %": lambda one: 100 * one.energy_kwh / one.asked_kwh,
    "peak A": lambda one: one.peak_a,
    "over A·h": lambda one: one.over_a_s / 3600,
    "unfairness": lambda one: one.unfairness,
    "least share %": lambda one: 100 * min(one.shares),
}


@lru_cache
def _lived(setting: tuple[float, float]) -> tuple[int, dict[str, list[Outcome]]]:
    """Return the first seed, and what came of each rule's days."""
    per_day, fuse_a = setting
    first = SystemRandom().randrange(1_000_000)
    towns = [town(seed, fuse_a, per_day) for seed in range(first, first + _SEEDS)]
    rules: dict[str, Callable[[], Rule]] = {**USUAL, _OURS: lambda: ours(fuse_a)}
    return first, {name: [live(one, make()) for one in towns] for name, make in rules.items()}


def _interval(values: Sequence[float]) -> tuple[float, float]:
    return mean(values), _T_95 * stdev(values) / sqrt(len(values))


def _energy(setting: tuple[float, float]) -> Measured:
    """Measure the energy as a share of that of the best rule that heeds the fuse."""
    first, lived = _lived(setting)
    usual = {name: mean(one.energy_kwh for one in days) for name, days in lived.items() if name != _REFERENCE}
    best = max(usual, key=lambda name: usual[name])
    return Measured(
        value=100 * usual[_OURS] / usual[best],
        details={"best": best, "first_seed": first, "seeds": _SEEDS},
        remarks=_table(setting),
    )


def _unfairness(setting: tuple[float, float]) -> Measured:
    """Measure by how much the unfairness is above that of the fairest of the others, seed by seed."""
    first, lived = _lived(setting)
    unfair = {name: [one.unfairness for one in days] for name, days in lived.items() if name != _REFERENCE}
    beyond = {
        name: _interval([mine - other for mine, other in zip(unfair[_OURS], values, strict=True)])
        for name, values in unfair.items()
        if name != _OURS
    }
    fairest = max(beyond, key=lambda name: beyond[name][0])
    value, half = beyond[fairest]
    return Measured(
        value=1000 * value, details={"plus_minus": round(1000 * half, 2), "fairest": fairest, "seed": first}
    )


def _table(setting: tuple[float, float]) -> tuple[str, ...]:
    _, lived = _lived(setting)
    lines = [f"{'':<18}" + "".join(f"{name:>20}" for name in _FIGURES)]
    for name, days in lived.items():
        cells = [_interval([figure(one) for one in days]) for figure in _FIGURES.values()]
        lines.append(f"{name:<18}" + "".join(f"{f'{value:,.4g} ± {half:,.2g}':>20}" for value, half in cells))
    return tuple(lines)


def _rows(title: str, setting: tuple[float, float]) -> tuple[Row, ...]:
    return (
        Row(
            name=f"forty chargers, {title}: energy, of the best that heeds the fuse",
            unit="%",
            at_least=99,
            measure=lambda: _energy(setting),
        ),
        Row(
            name=f"forty chargers, {title}: unfairness beyond the fairest other's (to be < 0)",
            unit="thousandths",
            at_most=0,
            measure=lambda: _unfairness(setting),
        ),
    )


ROWS = (*_rows("as homes", _HOMES), *_rows("twice as busy", _BUSY))
