"""A session that goes on, or that may still change, as it is held in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from ..core.cost import CostRole, CostTally
from ..core.month import Month, Share
from ..core.session import ChargingPeriod, EndReason, Session
from ..core.session_limit import LIMIT_REASONS
from ..store import PricedPeriod, StoredSession
from .session_shown import counts, share_of


@dataclass(slots=True, kw_only=True)
class Live:
    """A session, its cost, and what of it counts in the month."""

    session: Session
    tally: CostTally
    periods: dict[int, ChargingPeriod] = field(default_factory=dict)
    shares: dict[int, Share] = field(default_factory=dict)
    priced_before: list[ChargingPeriod] = field(default_factory=list)  # by another tariff, whose price they keep
    counted: bool = False
    limit: EndReason | None = None  # which ended it, where the tracker only saw it end
    final: bool = False
    told_final: bool = False
    authorised: bool = False  # by a card or an app, as was told
    deleted: bool = False  # by a person; its tracker may still speak of it

    @classmethod
    def of(
        cls,
        stored: StoredSession,
        periods: tuple[PricedPeriod, ...],
        *,
        currency: str,
        priced_since: datetime | None,
        month: Month,
    ) -> Live:
        """Return a session as the ledger has it; what has a price from before `priced_since` keeps it."""
        live = cls(session=stored.session, tally=CostTally(currency))
        for priced in periods:
            period = priced.period
            live.tally.put(period)
            live.periods[period.index] = period
            if period.price_per_kwh is not None and (priced_since is None or period.start < priced_since):
                live.priced_before.append(period)
            if month.holds(period.start):
                live.shares[period.index] = share_of(period)
        live.counted = counts(stored.session)
        live.authorised = stored.id_token_id is not None
        if stored.session.end_reason in LIMIT_REASONS:
            live.limit = stored.session.end_reason
        live.final = live.told_final = any(one.final for one in stored.costings if one.role is CostRole.HOUSE)
        return live

    def price_kept(self, period: ChargingPeriod) -> ChargingPeriod | None:
        """Return the period of before whose price this one keeps."""
        return next((one for one in self.priced_before if one.start <= period.start < one.end), None)

    def count(self, period: ChargingPeriod, month: Month) -> Month:
        """Count a period as it is now; return the month with it."""
        self.tally.put(period)
        self.periods[period.index] = period
        if not month.holds(period.start) or self.deleted:
            return month
        before, self.shares[period.index] = self.shares.get(period.index, Share()), share_of(period)
        return month.with_share(before, self.shares[period.index])

    def take_back(self, kept: int, month: Month) -> Month:
        """Forget all but the first periods, and what is final of it; return the month without the rest."""
        self.final = False
        for index in [index for index in self.periods if index >= kept]:
            del self.periods[index]
        for index in [index for index in self.shares if index >= kept]:
            month = month.with_share(self.shares.pop(index), Share())
        self.tally = CostTally.of(self.tally.currency, self.periods.values())
        if self.counted and kept == 0 and month.holds(self.session.start):
            self.counted = False
            month = month.without_session()
        return month
