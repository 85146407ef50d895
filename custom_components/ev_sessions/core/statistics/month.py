"""Energy, cost and number of sessions of the running local month, kept up period by period."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from ..money import add, subtract

#: A session with less is kept and listed, but not counted.
LEAST_COUNTED_MWH = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a charging period adds to its month; `cost` None where it is unpriced."""

    energy_mwh: int = 0
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The totals of [start, end); `cost` is None while nothing in it is priced.

    Charging periods count by their own start (they never straddle a quarter hour), a
    session by its own.
    """

    start: datetime
    end: datetime
    energy_mwh: int = 0
    cost: Decimal | None = None
    sessions: int = 0

    def holds(self, at: datetime) -> bool:
        """Tell whether the instant is in this month."""
        return self.start <= at < self.end

    def with_share(self, before: Share, after: Share) -> Month:
        """Return the month after one of its periods went from `before` to `after`."""
        cost = self.cost
        if after.cost is not None:
            cost = add(cost or Decimal(0), after.cost)
        if before.cost is not None:
            cost = subtract(cost or Decimal(0), before.cost)
        return replace(
            self,
            energy_mwh=self.energy_mwh + after.energy_mwh - before.energy_mwh,
            cost=cost,
        )

    def with_growth(self, before: Month, after: Month) -> Month:
        """Return the month with what another count of it grew by."""
        grown = self.with_share(
            Share(energy_mwh=before.energy_mwh, cost=before.cost), Share(energy_mwh=after.energy_mwh, cost=after.cost)
        )
        return replace(grown, sessions=self.sessions + after.sessions - before.sessions)

    def with_session(self) -> Month:
        """Return the month with one session more."""
        return replace(self, sessions=self.sessions + 1)

    def without_session(self) -> Month:
        """Return the month with one session less."""
        return replace(self, sessions=self.sessions - 1)


def month_of(at: datetime, zone: tzinfo) -> Month:
    """Return the empty month, in local time of `zone`, that holds the instant `at`."""
    local = at.astimezone(zone)
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    years, month = divmod(first.month, 12)
    last = first.replace(year=first.year + years, month=month + 1)
    return Month(start=first.astimezone(UTC), end=last.astimezone(UTC))
