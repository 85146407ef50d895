"""How much of a car's energy came from the own roof. The house takes the sun first.

The car's share of the grid at an instant is min(P_ev, max(0, P_grid)) / P_ev; over a
period it is the integral of the one over the integral of the other.

Charger and meter tell of one instant at different times, the later by its lag. So the car
counts with the least and the grid with the greatest power of that time: where either has
just changed, the sun is told too low and never too high. At night it is nothing.
"""

from dataclasses import dataclass, replace
from typing import Final

from ...energy import split

#: The least lag between the two sources: a grid meter tells of itself every few seconds.
_LEAST_LAG_US: Final = 15_000_000
_LONGEST_LAG_US: Final = 120_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A power that was held until an instant."""

    power_mw: int
    until_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """The powers of now, and those of before that may still be what the other source tells of."""

    power_mw: int | None = None
    grid_mw: int | None = None
    least: tuple[Held, ...] = ()  # of the car, each lower and older than the next
    greatest: tuple[Held, ...] = ()  # of the grid, each higher and older than the next
    read_us: int | None = None  # when the car's power was read last
    pace_us: int = 0  # the usual time between two readings of it

    @property
    def lag_us(self) -> int:
        """By how much one source may be behind the other."""
        return min(_LEAST_LAG_US + self.pace_us, _LONGEST_LAG_US)


UNALIGNED = Alignment()


def read(alignment: Alignment, at_us: int) -> Alignment:
    """Return the alignment after the car's power was read."""
    took_us = 0 if alignment.read_us is None else min(at_us - alignment.read_us, _LONGEST_LAG_US)
    return replace(alignment, read_us=at_us, pace_us=max(took_us, alignment.pace_us // 2))


def moved(alignment: Alignment, by_us: int) -> Alignment:
    """Return the alignment after the clock was set by so much."""
    return replace(
        alignment,
        least=tuple(replace(held, until_us=held.until_us + by_us) for held in alignment.least),
        greatest=tuple(replace(held, until_us=held.until_us + by_us) for held in alignment.greatest),
        read_us=None if alignment.read_us is None else alignment.read_us + by_us,
    )


def seen(alignment: Alignment, at_us: int, power_mw: int, grid_mw: int) -> Alignment:
    """Return the alignment from an instant on, at which the car and the grid have these powers."""
    before_mw, grid_before_mw = alignment.power_mw, alignment.grid_mw
    if (power_mw, grid_mw) == (before_mw, grid_before_mw):
        return alignment
    since_us = at_us - _LONGEST_LAG_US
    least = tuple(held for held in alignment.least if held.until_us > since_us and held.power_mw < power_mw)
    if before_mw is not None and before_mw < power_mw:
        least = (*(held for held in least if held.power_mw < before_mw), Held(power_mw=before_mw, until_us=at_us))
    greatest = tuple(held for held in alignment.greatest if held.until_us > since_us and held.power_mw > grid_mw)
    if grid_before_mw is not None and grid_before_mw > grid_mw:
        kept = (held for held in greatest if held.power_mw > grid_before_mw)
        greatest = (*kept, Held(power_mw=grid_before_mw, until_us=at_us))
    return replace(alignment, power_mw=power_mw, grid_mw=grid_mw, least=least, greatest=greatest)


def grid_uj(alignment: Alignment, at_us: int, to_us: int) -> int:
    """Return how much of the car's energy in a span came from the grid, in µJ, at the powers that are held."""
    power_mw, grid_mw = alignment.power_mw or 0, alignment.grid_mw or 0
    lag_us = alignment.lag_us
    ends = {held.until_us + lag_us for held in (*alignment.least, *alignment.greatest)}
    total_uj = 0
    for end_us in (*sorted(end_us for end_us in ends if at_us < end_us < to_us), to_us):
        least_mw = min([power_mw, *(held.power_mw for held in alignment.least if held.until_us + lag_us > at_us)])
        most_mw = max([grid_mw, *(held.power_mw for held in alignment.greatest if held.until_us + lag_us > at_us)])
        total_uj += (power_mw - least_mw + grid_part_mw(least_mw, most_mw)) * ((end_us - at_us) // 1000)
        at_us = end_us
    return total_uj


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
