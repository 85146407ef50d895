"""The forty chargers under the algorithms of acnportal, the Adaptive Charging Network's own, beside those named alike.

acnportal (Caltech, BSD licence) wants an old setuptools, so it lives in an environment of its own, in which nothing of
Home Assistant is (`scripts/benchmark --acnportal`). Its algorithms see the same cars, the same flats and the same tree
as the others, step by step, and are told the same of departures and needs.

Its test of a schedule against all limits is a loop over them, which would take hours here: it is done in one product
with the same result, and held to the original at the start.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from acnportal.acnsim.interface import InfrastructureInfo, SessionInfo
from acnportal.algorithms import sorted_algorithms as theirs
import numpy as np

from benchmarks.forty import (
    CHARGERS,
    HOUR_S,
    LEAST_A,
    LINES,
    STEP_S,
    USUAL,
    Car,
    Outcome,
    Rule,
    circuits_of,
    live,
    town,
)
from simulator.plant.home_charging import MEAN_VISITS_PER_DAY

_PERIOD_MIN = STEP_S / 60
_FUSE_A = 40.0
#: The same tolerance as theirs.
_ABSOLUTE_A, _RELATIVE = 1e-5, 1e-7

_ORIGINAL = theirs.infrastructure_constraints_feasible


def _feasible(rates: Any, infrastructure: InfrastructureInfo) -> bool:
    """Tell whether all circuits carry a schedule: all currents of a line are in phase here."""
    limits = infrastructure.constraint_limits
    flow = np.abs(infrastructure.constraint_matrix @ rates)
    return bool(np.all(flow <= limits + np.maximum(_ABSOLUTE_A, _RELATIVE * limits)))


@dataclass(slots=True)
class _House:
    """What their algorithms ask of the network: the part of acnportal's interface that they use."""

    infrastructure: InfrastructureInfo
    current_time: int
    period: float = _PERIOD_MIN

    def infrastructure_info(self) -> InfrastructureInfo:
        """Return the tree with the room of this step."""
        return self.infrastructure

    def max_pilot_signal(self, station_id: str) -> float:
        """Return the greatest current of a charger, in A."""
        return float(self.infrastructure.max_pilot[self.infrastructure.get_station_index(station_id)])

    def remaining_amp_periods(self, session: SessionInfo) -> float:
        """Return what a car lacks, in A times a step."""
        return float(theirs_remaining(session, self.infrastructure, self.period))


def theirs_remaining(session: SessionInfo, infrastructure: InfrastructureInfo, period: float) -> float:
    """Return what a car lacks, in A times a step, as they reckon it."""
    volts = infrastructure.voltages[infrastructure.get_station_index(session.station_id)]
    return float(session.remaining_demand) * 1000 / float(volts) * 60 / period


def _network(cars: Sequence[Car], room: Sequence[float]) -> InfrastructureInfo:
    """Return the tree as they describe it: a row for each line of each circuit, a column for each charger."""
    matrix = np.zeros((len(room), CHARGERS))
    most_a, volts = np.full(CHARGERS, 16.0), np.full(CHARGERS, 230.0)
    for car in cars:
        stay = car.stay
        for place in circuits_of(stay.charger):
            for line in stay.lines:
                matrix[place * LINES + line, stay.charger] = 1.0
        most_a[stay.charger], volts[stay.charger] = stay.most_a, stay.kw_per_a * 1000
    return InfrastructureInfo(
        constraint_matrix=matrix,
        constraint_limits=np.maximum(0.0, np.array(room)),
        phases=np.zeros(CHARGERS),
        voltages=volts,
        constraint_ids=[str(row) for row in range(len(room))],
        station_ids=[str(charger) for charger in range(CHARGERS)],
        max_pilot=most_a,
        min_pilot=np.full(CHARGERS, LEAST_A),
        allowable_pilots=[np.array([0.0, *np.arange(LEAST_A, most + 0.5)]) for most in most_a],
        is_continuous=np.zeros(CHARGERS, dtype=bool),
    )


def _session(car: Car, step: int) -> SessionInfo:
    stay = car.stay
    leaves = max(step + 1, int(stay.depart_s // STEP_S))
    return SessionInfo(
        station_id=str(stay.charger),
        session_id=f"{stay.charger} {stay.arrive_s:.0f}",
        requested_energy=stay.asked_kwh,
        energy_delivered=car.got_kwh,
        arrival=int(stay.arrive_s // STEP_S),
        departure=leaves,
        estimated_departure=leaves,
        current_time=step,
        max_rates=stay.most_a,
    )


def acn(algorithm: Any) -> Rule:
    """Let one of their algorithms do it."""

    def rule(cars: Sequence[Car], room: Sequence[float], now_s: float) -> None:
        wanting = [car for car in cars if car.wants]
        for car in cars:
            car.rate_a = 0.0
        if not wanting:
            return
        step = round(now_s / STEP_S)
        algorithm.register_interface(_House(_network(wanting, room), step))
        rates = algorithm.schedule([_session(car, step) for car in wanting])
        for car in wanting:
            car.rate_a = float(rates[str(car.stay.charger)][0])

    return rule


THEIRS: Mapping[str, Callable[[], Rule]] = {
    "round robin": lambda: acn(theirs.RoundRobin(theirs.first_come_first_served)),
    "earliest deadline": lambda: acn(theirs.SortedSchedulingAlgo(theirs.earliest_deadline_first)),
    "least laxity": lambda: acn(theirs.SortedSchedulingAlgo(theirs.least_laxity_first)),
}


def _hold_to_the_original(seed: int) -> None:
    """See that our test of a schedule says the same as theirs."""
    random = np.random.default_rng(seed)
    answers = set()
    for _ in range(300):
        matrix = random.integers(0, 2, (21, CHARGERS)).astype(float)
        least_a = random.uniform(40, 160)
        network = _network((), [random.uniform(least_a, least_a + 40) for _ in range(21)])
        network.constraint_matrix = matrix
        rates = random.integers(0, 17, CHARGERS) * random.integers(0, 2, CHARGERS).astype(float)
        answer = _feasible(rates, network)
        if answer != _ORIGINAL(rates, network):
            raise AssertionError("their test of a schedule says something else than ours")
        answers.add(answer)
    if answers != {True, False}:
        raise AssertionError("the test of a schedule was not put to the test")


def _cells(one: Outcome) -> str:
    share = 100 * one.energy_kwh / one.asked_kwh
    return (
        f"{one.energy_kwh:10.1f} kWh {share:7.2f} % {one.peak_a:7.1f} A"
        f" {one.over_a_s:8.2f} A·s {one.unfairness:9.5f} {100 * min(one.shares):6.1f} %"
    )


def main() -> None:
    """Print both of each name, town by town: from a first seed on, so many, so busy, for so many hours from noon on."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forty_acn", description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--busy", type=float, default=1.0, help="how often cars come, of how often they do at homes")
    parser.add_argument("--hours", type=float, default=48.0)
    asked = parser.parse_args()
    _hold_to_the_original(asked.first)
    theirs.infrastructure_constraints_feasible = _feasible
    for seed in range(asked.first, asked.first + asked.seeds):
        whole = town(seed, _FUSE_A, asked.busy * MEAN_VISITS_PER_DAY)
        lived = replace(whole, flats_a=whole.flats_a[: round(asked.hours * HOUR_S / STEP_S)])
        for name, make in THEIRS.items():
            for whose, rule in (("acnportal's", make), ("as here", USUAL[name])):
                print(f"{seed:>7} {name:<18} {whose:<12} {_cells(live(lived, rule()))}", flush=True)


if __name__ == "__main__":
    main()
