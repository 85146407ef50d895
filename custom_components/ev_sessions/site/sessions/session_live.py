"""A session that goes on, or that may still change, as it is held in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ...core.costing import Circumstances
from ...core.costing.cost import CostRole, CostTally
from ...core.costing.running import RunningCost
from ...core.costing.session_cost import BesideLine, SessionCost
from ...core.money import Money
from ...core.prices.price import PriceAt
from ...core.prices.timeline import PriceTimeline
from ...core.sessions.session import ChargingPeriod, EndReason, Session
from ...core.sessions.session_limit import LIMIT_REASONS
from ...core.statistics.month import Month, Share
from ...store import CostLine, PricedPeriod, StoredSession
from ..prices.billing import Billing
from ..prices.cost_lines import told
from ..prices.session_pricing import Pricing
from .shown import counts, share_of

NO_FEES = Share()
#: So many periods lie within the time by which a price is seen late.
_MAY_CHANGE = 3


@dataclass(slots=True, kw_only=True)
class Live:
    """A session, its cost, and what of it counts in the month.

    `running` is its cost by the cost engine, where that is more than energy times price.
    """

    session: Session
    tally: CostTally
    periods: dict[int, ChargingPeriod] = field(default_factory=dict)
    shares: dict[int, Share] = field(default_factory=dict)
    priced_before: list[ChargingPeriod] = field(default_factory=list)  # by another tariff, whose price they keep
    counted: bool = False
    limit: EndReason | None = None  # which ended it, where the tracker only saw it end
    final: bool = False
    told_final: bool = False
    payer_id: str | None = None
    vehicle_id: str | None = None
    codes: frozenset[str] = frozenset()
    voucher: Decimal = Decimal(0)
    authorised: bool = False  # by a card or an app, as was told
    deleted: bool = False  # by a person; its tracker may still speak of it
    asked_for: bool = False  # the ledger's last word
    waits_for_trace: bool = False  # the last word on its cost comes from the ledger
    billing: Billing | None = None  # by what its payer is billed
    bill: RunningCost | None = None
    billed: SessionCost | None = None
    running: RunningCost | None = None
    seen: Mapping[str, PriceTimeline] = field(default_factory=dict)  # by which it was reckoned last
    lines: tuple[BesideLine, ...] = ()  # what comes beside the energy
    fees: Share = NO_FEES  # what of them counts in the month

    @classmethod
    def of(
        cls,
        stored: StoredSession,
        periods: Sequence[PricedPeriod],
        lines: Sequence[CostLine],
        *,
        pricing: Pricing,
        month_before_mwh: int,
        month: Month,
    ) -> Live:
        """Return a session as the ledger has it; what has a price by another tariff keeps it."""
        live = cls(session=stored.session, tally=CostTally(pricing.currency))
        for priced in periods:
            period = priced.period
            live.tally.put(period)
            live.periods[period.index] = period
            if period.price_per_kwh is not None and (pricing.since is None or period.start < pricing.since):
                live.priced_before.append(period)
            if month.holds(period.start):
                live.shares[period.index] = share_of(period)
        live.counted = counts(stored.session)
        live.authorised = stored.id_token_id is not None
        if stored.session.end_reason in LIMIT_REASONS:
            live.limit = stored.session.end_reason
        live.final = live.told_final = any(one.final for one in stored.costings if one.role is CostRole.HOUSE)
        live.payer_id = stored.payer_id
        live.vehicle_id = stored.vehicle_id
        live.codes, live.voucher = frozenset(stored.codes), stored.voucher or Decimal(0)
        known = pricing.known(stored.session.start)
        live.bill_to(
            pricing.billings().of(stored.payer_version_id, stored.vehicle_version_id),
            replace(known, payer=stored.payer_id, vehicle=stored.vehicle_id),
        )
        live._begin_running(lines, pricing, month_before_mwh, month)
        return live

    def _begin_running(self, lines: Sequence[CostLine], pricing: Pricing, month_before_mwh: int, month: Month) -> None:
        """Take up what the engine reckoned; the ledger has it, and so the month counts it already."""
        self._run_engine([told(line) for line in lines] if self.priced_before else [], pricing, month_before_mwh)
        for _ in self.reckon(pricing, month):
            pass
        self.count_fees(month)

    def _run_engine(self, before: Sequence[BesideLine], pricing: Pricing, month_before_mwh: int) -> None:
        """Let the engine cost all that there is, where more than the price decides."""
        self.running = pricing.running(self.session.start, before, voucher=bool(self._house_voucher))
        if self.running is None:
            return
        known = replace(pricing.known(self.session.start), month_mwh=month_before_mwh)
        self.running.look_anew(replace(known, codes=self.codes, voucher=self._house_voucher))
        kept = {period.index for period in self.priced_before}
        for index in sorted(self.periods):
            period = self.periods[index]
            price = None if period.price_per_kwh is None else PriceAt(period.price_per_kwh, period.price_basis)
            self.running.put(period, price=price if index in kept else None)

    @property
    def _house_voucher(self) -> Decimal:
        """What a voucher takes off what the house pays: nothing where somebody is billed, who has it."""
        return self.voucher if self.billing is None else Decimal(0)

    def give(self, codes: frozenset[str], voucher: Decimal, pricing: Pricing) -> None:
        """Let the session have codes and a voucher; what it costs is to be reckoned by the caller."""
        self.codes, self.voucher = codes, voucher
        if self.bill is not None:
            self.bill.look_anew(replace(self.bill.known, codes=codes, voucher=voucher))
            self.reckon_bill()
        self.give_house(pricing)

    def give_house(self, pricing: Pricing) -> None:
        """Let what the house pays follow codes and voucher, after they or who is billed changed."""
        if self.running is None:
            if self._house_voucher:
                # The price is not all any more; without tiers the month before does not matter.
                self._run_engine((), pricing, 0)
            return
        known = replace(self.running.known, codes=self.codes, voucher=self._house_voucher)
        if known != self.running.known:
            self.running.look_anew(known)

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

    def put(self, period: ChargingPeriod) -> None:
        """Take a period that the engine is to price."""
        if self.bill is not None:
            self.bill.put(period)
        if self.running is not None:
            before = self.price_kept(period)
            price = None if before is None else PriceAt(before.price_per_kwh, before.price_basis)
            self.running.put(period, price=price)
            self.periods[period.index] = period

    def look_anew(self, pricing: Pricing) -> None:
        """Let the engine look at all anew, with the holidays that are known now."""
        holidays = pricing.known(self.session.start).holidays
        for running in (self.running, self.bill):
            if running is not None:
                running.look_anew(replace(running.known, holidays=holidays))

    def bill_to(self, billing: Billing | None, known: Circumstances) -> None:
        """Let the session be billed by a payer's tariff; None: it is billed to nobody."""
        self.billing, self.billed = billing, None
        known = replace(known, codes=self.codes, voucher=self.voucher)
        self.bill = None if billing is None else billing.running(known)
        if self.bill is not None:
            for index in sorted(self.periods):
                self.bill.put(self.periods[index])
        self.reckon_bill()

    def reckon_bill(self) -> None:
        """Let the engine look at what its payer is billed."""
        if self.billing is not None and self.bill is not None:
            self.billed = self.bill.cost(self.billing.timelines())

    def reckon(self, pricing: Pricing, month: Month) -> Iterator[tuple[ChargingPeriod, Month]]:
        """Let the engine look at what changed; yield each period with its price, and the month with it."""
        if self.running is None:
            return
        timelines = pricing.timelines()
        if any(self.seen.get(source) is not timeline for source, timeline in timelines.items()):
            # A change that is seen late counts from the quarter hour before, which may be closed by now.
            self.running.look_back(_MAY_CHANGE)
            self.seen = timelines
        cost = self.running.cost(timelines)
        for index, price in cost.prices.items():
            priced = replace(self.periods[index], price_per_kwh=price.price_per_kwh, price_basis=price.basis)
            month = self.count(priced, month)
            yield priced, month
        self.lines = cost.lines
        self.tally.settle(Money.from_nano(cost.total_nano, self.tally.currency).amount)

    def count_fees(self, month: Month) -> Month:
        """Count what comes beside the energy in the month; return the month with it."""
        if self.running is None or self.deleted:
            return month
        mine = [line.amount_nano for line in self.lines if month.holds(line.start)]
        cost = Money.from_nano(sum(mine), self.tally.currency).amount if mine else None
        before, self.fees = self.fees, Share(cost=cost)
        return month.with_share(before, self.fees)

    def take_back(self, kept: int, month: Month) -> Month:
        """Forget all but the first periods, and what is final of it; return the month without the rest."""
        self.final = False
        for index in [index for index in self.periods if index >= kept]:
            del self.periods[index]
        for index in [index for index in self.shares if index >= kept]:
            month = month.with_share(self.shares.pop(index), Share())
        self.tally = CostTally.of(self.tally.currency, self.periods.values())
        if self.bill is not None:
            self.bill.take_back(kept)
            self.reckon_bill()
        if self.running is not None:
            self.running.take_back(kept)
            self.lines = ()
            month = self.count_fees(month)
        if self.counted and kept == 0 and month.holds(self.session.start):
            self.counted = False
            month = month.without_session()
        return month
