"""Very many chargers under a tree of circuits: what one decision costs, and how that grows with their number.

The house moves at every reading, so that every decision shares out anew among cars that all want more than there is.
"""

from math import log
from statistics import median
from time import perf_counter, process_time

from benchmarks.row import Measured, Row
from custom_components.ev_sessions.core.balancer import BalancerState, balance
from custom_components.ev_sessions.core.circuit import Circuit, Connection, LineUse, Wiring
from custom_components.ev_sessions.core.load import EvseLoad, SiteLimits
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import GridReading

from .core import _BEGIN

_COUNTS = (10, 30, 100, 300, 1000, 2000, 4000)
_PER_CIRCUIT = 10
_EVERY_S = 2.0
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
    """Return `count` chargers, ten to a circuit, below a fuse that none of the circuits may use alone."""
    circuits = -(-count // _PER_CIRCUIT)
    root = Circuit(id="root", name="Main fuse", limit_a=(count * _SHARE_A * 0.7,) * 3)
    below = tuple(
        Circuit(
            id=f"c{number}", name=f"Row {number}", limit_a=(_PER_CIRCUIT * (_SHARE_A + number % 3),) * 3, parent_id="root"
        )
        for number in range(circuits)
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
    return SiteLimits(circuits=(root, *below), wiring=Wiring.THREE_PHASE_FOUR_WIRE), evses


def decisions_ms(count: int, looks: int = 40) -> list[float]:
    """Return what each of so many decisions took, in ms of this process's computing time."""
    limits, evses = site_of(count)
    state, now, took = BalancerState(), _BEGIN, []
    drawing = dict.fromkeys((evse.id for evse in evses), 0.0)
    fuse_a = limits.circuits[0].limit_a[0]
    for look in range(_WARM_UP + looks):
        now = now.later(_EVERY_S)
        house_a = fuse_a * (0.05 + 0.05 * (look * 7 % 11) / 11)
        lines = [house_a] * 3
        loads = []
        for evse in evses:
            drawn_a = evse.use.per_line(drawing[evse.id], 3)
            for line, current_a in enumerate(drawn_a):
                lines[line] += current_a
            loads.append(_drawing(evse, drawn_a))
        grid = GridReading(at=now.utc, currents_a=tuple(lines))
        begun_s = process_time()
        state, decision = balance(state, limits, grid, loads, now)
        if look >= _WARM_UP:
            took.append((process_time() - begun_s) * 1000)
        for command in decision.commands:
            drawing[command.evse_id] = command.limit_a or 0.0
    return took


def _drawing(evse: EvseLoad, drawn_a: tuple[float, ...]) -> EvseLoad:
    from dataclasses import replace

    return replace(evse, drawn_a=drawn_a)
