"""How much of a car's energy came from the own roof. The house takes the sun first.

The car's share of the grid at an instant is min(P_ev, max(0, P_grid)) / P_ev; over a
period it is the integral of the one over the integral of the other.
"""

from .energy import split


def grid_part_mw(power_mw: int, grid_mw: int) -> int:
    """Return how much of a car's power comes from the grid, in mW; `grid_mw` is positive for import."""
    return min(power_mw, max(0, grid_mw))


def solar_mwh(energy_mwh: int, *, power_uj: int, known_uj: int, grid_uj: int, known_ms: int) -> int | None:
    """Return the solar part of a period's energy, or None where it cannot be told.

    `power_uj` is the car's energy by its power samples, `known_uj` the part of it during
    which the grid's power was known too (for `known_ms`), `grid_uj` what of that came
    from the grid. A tenth may be unknown: a meter that blinks says enough.
    """
    if energy_mwh == 0:
        return 0 if known_ms else None
    if power_uj <= 0 or known_uj * 10 < power_uj * 9:
        return None
    return split(energy_mwh, (grid_uj, known_uj - grid_uj))[1]
