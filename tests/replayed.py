"""Recorded sessions put at other dates, and what they truly took and cost: counted without the integration.

A reading comes at each quarter hour, so that it is known how much flowed at which price.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
import os
from random import Random

from simulator.replay import DcSession, slot_at

QUARTER = timedelta(minutes=15)


def drawn_seed() -> int:
    """Draw a seed and print it: who finds a failure can live it again."""
    seed = int(os.environ.get("EV_SESSIONS_SEED") or Random().randrange(10**6))
    print(f"seed {seed}")  # noqa: T201
    return seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A recorded session at another date."""

    session: DcSession
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + self.session.stay

    def instants(self, rng: Random) -> list[datetime]:
        """Return when the charger reports: at each quarter hour, at the end, and whenever it likes."""
        seconds = int(self.session.stay.total_seconds())
        found = {self.start + timedelta(seconds=rng.randrange(1, seconds)) for _ in range(rng.randrange(1, 6))}
        boundary = quarter_after(self.start)
        while boundary < self.end:
            found.add(boundary)
            boundary += QUARTER
        return sorted(found | {self.end})


def quarter_after(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0) + QUARTER


def true_cost(one: Placed, instants: list[datetime]) -> Decimal:
    """Return what the market charges for what flowed between the instants."""
    cost = Decimal(0)
    before, before_mwh = one.start, 0
    for at in instants:
        flowed_mwh = one.session.energy_mwh_at(at - one.start)
        # EUR/MWh is as many thousand-millionths of a EUR per thousandth of a Wh.
        cost += slot_at(before).eur_per_mwh * (flowed_mwh - before_mwh) / 10**9
        before, before_mwh = at, flowed_mwh
    assert before_mwh == one.session.energy_wh * 1000
    return cost
