"""When a car leaves, and what it is to have by then: as its owner said it, for one session."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

#: What a car is held to need of which only its leaving is known: a day's driving of most, twice.
DEFAULT_ENERGY_MWH = 20_000_000

_W_S_PER_MWH = 3.6  # a mWh is 3.6 W·s
#: What of the energy that a car takes ends in its battery, where the car itself has not shown it.
EFFICIENCY = 0.85
_FULL_PERCENT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The instant at which the car leaves (UTC), and the energy that the session is to have by then, in mWh.

    Where a state of charge is asked for, that counts as far as it is known what is lacking to it.
    """

    at: datetime
    energy_mwh: int
    soc_percent: float | None = None


class Times(NamedTuple):
    """How long until the car leaves; how long it has to charge until then, and has charged, at full power. In s."""

    left_s: float
    needed_s: float
    got_s: float


def lacking_mwh(target_percent: float, soc_percent: float | None, battery_kwh: float | None) -> float | None:
    """Return what a car has to take until its battery is so full; None where too little is known of it."""
    if soc_percent is None or battery_kwh is None:
        return None
    percent = max(0.0, min(_FULL_PERCENT, target_percent) - soc_percent)
    return percent / _FULL_PERCENT * battery_kwh * 1_000_000 / EFFICIENCY


def times(
    departure: Departure | None, delivered_mwh: int, power_w: float, now: datetime, *, to_soc_mwh: float | None = None
) -> Times | None:
    """Return the times of a car that can charge at `power_w` at most; None where nothing is known of its leaving.

    `to_soc_mwh` is what it lacks to the state of charge that was asked for, where that is known.
    Who has not left when he said he would is as if he had said nothing.
    """
    if departure is None or departure.at <= now:
        return None
    needs_mwh = max(0.0, departure.energy_mwh - delivered_mwh)
    if departure.soc_percent is not None and to_soc_mwh is not None:
        needs_mwh = to_soc_mwh
    return Times(
        left_s=(departure.at - now).total_seconds(),
        needed_s=needs_mwh * _W_S_PER_MWH / power_w,
        got_s=delivered_mwh * _W_S_PER_MWH / power_w,
    )
