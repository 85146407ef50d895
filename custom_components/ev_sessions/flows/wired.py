"""The ways in which a charger can hang on the lines of a site, as a person would choose one."""

from itertools import permutations

from ..core.balancing.circuits.circuit import Connection, Wiring

type WiredTo = tuple[Connection, tuple[int, ...]]

_ROTATIONS = tuple(permutations(range(3)))
_PAIRS = ((0, 1), (1, 2), (2, 0))

#: By wiring; what most chargers have comes first.
_WAYS: dict[Wiring, tuple[WiredTo, ...]] = {
    Wiring.SINGLE_PHASE: ((Connection.LINE_NEUTRAL, (0,)),),
    Wiring.SPLIT_PHASE: (
        (Connection.LINE_LINE, (0, 1)),
        (Connection.LINE_NEUTRAL, (0,)),
        (Connection.LINE_NEUTRAL, (1,)),
    ),
    Wiring.THREE_PHASE_FOUR_WIRE: (
        *((Connection.THREE_LINES, lines) for lines in _ROTATIONS),
        *((Connection.LINE_NEUTRAL, (line,)) for line in range(3)),
    ),
    Wiring.THREE_PHASE_THREE_WIRE: (
        *((Connection.LINE_LINE, lines) for lines in _PAIRS),
        *((Connection.THREE_LINES, lines) for lines in _ROTATIONS),
        *((Connection.THREE_LINES_DELTA, lines) for lines in _ROTATIONS),
    ),
}


def choices(wiring: Wiring) -> dict[str, WiredTo]:
    """Return the ways that a wiring allows, by the keys that the translations name."""
    return {key_of(connection, lines): (connection, lines) for connection, lines in _WAYS[wiring]}


def key_of(connection: Connection, lines: tuple[int, ...]) -> str:
    """Return the key of a way: `three_lines_l2_l3_l1`."""
    return "_".join((connection.value, *(f"l{line + 1}" for line in lines)))
