"""Very many chargers under a tree of circuits: what one decision costs, and how that grows with their number.

The meter reports every two seconds and each charger every ten. The house moves at every reading, so that every
decision shares out anew among cars that all want more than there is. Each figure is this process's computing
time; the calibration row tells how fast the machine is.
"""

from dataclasses import replace
from functools import lru_cache
import gc
from math import log
from statistics import linear_regression, median
from time import process_time

from benchmarks.row import Measured, Row
from custom_components.ev_sessions.core.balancing.balancer import balance
from custom_components.ev_sessions.core.balancing.balancer_state import BalancerState
from custom_components.ev_sessions.core.balancing.circuits.circuit import Circuit, Connection, LineUse, Wiring
from custom_components.ev_sessions.core.balancing.load import EvseLoad, SiteLimits
from custom_components.ev_sessions.core.reading import GridReading

from .core import _BEGIN

_COUNTS = (10, 30, 100, 300, 1000, 2000, 4000)
_PER_CIRCUIT = 10
_EVERY_S = 2.0
_LOOKS_PER_REPORT = 5
#: By then all that patience holds back at first is there.
_WARM_UP = 50
#: Three-phase cars and, on rotated lines, one-phase ones.
_USES = (
    LineUse.of(Connection.THREE_LINES, (0, 1, 2)),
    LineUse.of(Connection.LINE_NEUTRAL, (0,)),
    LineUse.of(Connection.LINE_NEUTRAL, (1,)),
    LineUse.of(Connection.THREE_LINES, (1, 2, 0)),
    LineUse.of(Connection.LINE_NEUTRAL, (2,)),
)
_SHARE_A = 9.0  # of a charger, on each line of its circuits


def site_of(count: int) -> tuple[SiteLimits, list[EvseLoad]]:
    """Return `count` chargers, ten to a circuit, below a fuse that is too small for all circuits at once."""
    root = Circuit(id="root", name="Main fuse", limit_a=(count * _SHARE_A * 0.7,) * 3)
    rows = tuple(
        Circuit(id=f"c{row}", name=f"Row {row}", limit_a=(_PER_CIRCUIT * (_SHARE_A + row % 3),) * 3, parent_id="root")
        for row in range(-(-count // _PER_CIRCUIT))
    )
    evses = [
        EvseLoad(
            id=f"evse{number:04}",
            use=_USES[number % len(_USES)],
            circuit_id=f"c{number // _PER_CIRCUIT}",
            max_a=32.0 if number % 4 == 0 else 16.0,
            priority=1 + number % 3,
            connected=True,
        )
        for number in range(count)
    ]
    return SiteLimits(circuits=(root, *rows), wiring=Wiring.THREE_PHASE_FOUR_WIRE), evses


def decisions_ms(count: int, looks: int = 40) -> list[float]:
    """Return what each of so many decisions took, in ms."""
    limits, evses = site_of(count)
    state, now, took = BalancerState(), _BEGIN, []
    heard = list(evses)
    drawing = {evse.id: 0.0 for evse in evses}
    fuse_a = limits.circuits[0].limit_a[0]
    for look in range(_WARM_UP + looks):
        now = now.later(_EVERY_S)
        lines = [fuse_a * (0.05 + 0.05 * (look * 7 % 11) / 11)] * 3
        for number, evse in enumerate(evses):
            drawn_a = evse.use.per_line(drawing[evse.id], 3)
            lines = [carried + current_a for carried, current_a in zip(lines, drawn_a, strict=True)]
            if (look + number) % _LOOKS_PER_REPORT == 0 or look == 0:
                # Who says nothing is told of as he was.
                heard[number] = replace(evse, drawn_a=drawn_a, drawn_s=now.monotonic_s)
        grid = GridReading(at=now.utc, currents_a=tuple(lines))
        begun_s = process_time()
        state, decision = balance(state, limits, grid, tuple(heard), now)
        took.append((process_time() - begun_s) * 1000)
        drawing |= {command.evse_id: command.limit_a or 0.0 for command in decision.commands}
    return took[_WARM_UP:]


@lru_cache
def _measured() -> dict[int, list[float]]:
    # What this process has made before is not the decisions' to clear away.
    gc.collect()
    gc.freeze()
    return {count: decisions_ms(count) for count in _COUNTS}


def _thousand() -> Measured:
    took = _measured()[1000]
    return Measured(
        value=median(took),
        details={"least": round(min(took), 2), "greatest": round(max(took), 2), "decisions": len(took)},
    )


def exponent(times_ms: dict[int, float]) -> float:
    """Return the power of the number of chargers by which a time grows: 1 is straight."""
    counts = sorted(times_ms)
    return linear_regression([log(count) for count in counts], [log(times_ms[count]) for count in counts]).slope


def _growth() -> Measured:
    times = {count: median(took) for count, took in _measured().items()}
    large = {count: time for count, time in times.items() if count >= 100}
    by_n_log_n = {count: time / (count * log(count)) * 1e6 for count, time in times.items()}
    lines = [f"{'chargers':>9} {'ms':>9} {'ns per n·log n':>15}"]
    longest = max(by_n_log_n.values())
    for count, time in times.items():
        bar = "#" * round(40 * by_n_log_n[count] / longest)
        lines.append(f"{count:>9,} {time:>9.2f} {by_n_log_n[count]:>15.0f}  {bar}")
    return Measured(
        value=exponent(large),
        details={str(count): round(time, 3) for count, time in times.items()},
        remarks=(*lines, f"n·log n itself grows by {exponent({n: n * log(n) for n in large}):.2f} in this span"),
    )


ROWS = (
    Row(name="many: a decision for 1,000 chargers in 100 circuits", unit="ms", at_most=10, measure=_thousand),
    # From 100 to 4,000 chargers n·log n grows by the power 1.16.
    Row(name="many: growth from 100 to 4,000 chargers", unit="exponent", at_most=1.16, measure=_growth),
)
