"""How fast this machine runs plain Python: figures of two machines are compared by it."""

from benchmarks.row import Measured, Row, repeated_ms

_ROUNDS = 500_000


def fixed_loop() -> int:
    """Return a number that depends on every round: integers, a list, a dictionary."""
    seen: dict[int, int] = {}
    window = [0] * 16
    value = 1
    for round_ in range(_ROUNDS):
        value = (value * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        window[round_ & 15] = value
        seen[value & 255] = window[(round_ + 7) & 15]
    return value ^ sum(seen.values())


def _measure() -> Measured:
    return repeated_ms(fixed_loop, 5)


ROWS = (Row(name="calibration", unit="ms", measure=_measure),)
