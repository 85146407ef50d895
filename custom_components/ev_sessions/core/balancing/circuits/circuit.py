"""Lines, wirings and the tree of current limits.

All current vectors of a site are over its lines, in this order: L1, L2, L3.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt


class Wiring(StrEnum):
    """How lines and loads meet at the site (IEC 60364-1, 312.1)."""

    SINGLE_PHASE = "single_phase"
    SPLIT_PHASE = "split_phase"
    THREE_PHASE_FOUR_WIRE = "three_phase_four_wire"
    THREE_PHASE_THREE_WIRE = "three_phase_three_wire"

    @property
    def line_count(self) -> int:
        """How many lines carry current against the fuse."""
        return {Wiring.SINGLE_PHASE: 1, Wiring.SPLIT_PHASE: 2}.get(self, 3)

    @property
    def lines(self) -> tuple[str, ...]:
        """The names of the lines."""
        return ("L1", "L2", "L3")[: self.line_count]


class Protection(StrEnum):
    """What a grid meter can guard."""

    PER_LINE = "per_line"
    TOTAL_ONLY = "total_only"


class Connection(StrEnum):
    """How an EVSE is wired to the site's lines."""

    LINE_NEUTRAL = "line_neutral"  # one line against neutral
    LINE_LINE = "line_line"  # between two lines: 240 V split-phase, or a 230 V IT grid
    THREE_LINES = "three_lines"  # all lines; the limit is the line current
    THREE_LINES_DELTA = "three_lines_delta"  # three loads between lines; the limit is per load


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUse:
    """Which lines an EVSE loads, in its own order, and by which factor of its limit.

    `lines` are indices into the site's lines: `(1, 2, 0)` is a charger whose L1 hangs on
    the site's L2 (rotation L2 L3 L1). An EVSE at `limit_a` puts at most
    `limit_a * factor` on each of them: 1 for line-neutral, 1 on both for line-line, and
    the square root of 3 where each line feeds two of three loads between lines.
    """

    lines: tuple[int, ...]
    factor: float = 1.0

    @classmethod
    def of(cls, connection: Connection, lines: tuple[int, ...]) -> LineUse:
        """Return the use of `lines` by an EVSE that is wired by `connection`."""
        factor = sqrt(3) if connection is Connection.THREE_LINES_DELTA else 1.0
        return cls(lines=lines, factor=factor)

    def one_phase(self, wiring: Wiring) -> LineUse:
        """Return the use while an EVSE on three lines charges on its first phase alone."""
        if len(self.lines) < 3:
            return self
        # Without a neutral a phase is between two lines.
        between = wiring is Wiring.THREE_PHASE_THREE_WIRE
        return LineUse(lines=self.lines[: 2 if between else 1])

    def per_line(self, current_a: float, line_count: int) -> tuple[float, ...]:
        """Return what `current_a` of the EVSE is on each of the site's lines."""
        loads, on_each_a = [0.0] * line_count, current_a * self.factor
        for line in self.lines:
            loads[line] = on_each_a
        return tuple(loads)


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitMeter:
    """The own meter of a circuit below the root: what it can guard, as `SiteLimits` has it for the root's."""

    protection: Protection = Protection.PER_LINE
    power_factor: float = 1.0
    delay_s: float = 2.0  # how old a value may be when the meter reports it, until more is learned
    has_heartbeat: bool = False  # the owner chose what alone shows that it lives


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A node in the tree of current limits, in A per line; the root has no parent.

    `limit_w` is a limit of the power of all lines together: infinite where there may be one
    at times. `unbalance_a` is the most by which its lines may differ. Where the load is
    `continuous`, a charger's current counts 1.25 times (NEC 625.42, 210.20). `moves` tells
    that its limits of now may be less than these. What hangs on a circuit beside chargers is
    known only where it has a `meter`; the root's stands in `SiteLimits`.
    """

    id: str
    name: str
    limit_a: tuple[float, ...]
    parent_id: str | None = None
    limit_w: float | None = None
    unbalance_a: float | None = None
    continuous: bool = False
    moves: bool = False
    meter: CircuitMeter | None = None
