"""When a car leaves, and what it is to have by then: as its owner said it, for one session."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

#: What a car is held to need of which only its leaving is known: a day's driving of most, twice.
DEFAULT_ENERGY_MWH = 20_000_000

_W_S_PER_MWH = 3.6  # a mWh is 3.6 W·s


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The instant at which the car leaves (UTC), and the energy that the session is to have by then, in mWh."""

    at: datetime
    energy_mwh: int


class Times(NamedTuple):
    """How long until the car leaves; how long it has to charge until then, and has charged, at full power. In s."""

    left_s: float
    needed_s: float
    got_s: float


def times(departure: Departure | None, delivered_mwh: int, power_w: float, now: datetime) -> Times | None:
    """Return the times of a car that can charge at `power_w` at most; None where nothing is known of its leaving.

    Who has not left when he said he would is as if he had said nothing.
    """
    if departure is None or departure.at <= now:
        return None
    lacking_mwh = max(0, departure.energy_mwh - delivered_mwh)
    return Times(
        left_s=(departure.at - now).total_seconds(),
        needed_s=lacking_mwh * _W_S_PER_MWH / power_w,
        got_s=delivered_mwh * _W_S_PER_MWH / power_w,
    )
