"""Give energy its price when the price becomes known later: in the ledger, and in what is shown."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ...core.costing.cost import CostRole, CostTally, PriceChange, period_cost, reprice
from ...core.costing.session_cost import SessionCost
from ...core.money import Money, average_price
from ...core.prices.timeline import PriceTimeline
from ...core.sessions.session import ChargingPeriod
from ...core.tariff import Tariff
from ...store import Costing, Ledger, Order, PeriodPrice, PricedPeriod, SessionFilter, StoredSession
from ..ledger.ledger import asked
from .billing import Billing
from .cost_lines import kept

#: Periods without a price that are looked at in one go.
_PAGE = 250
#: Sessions that are looked at in one go.
_AT_ONCE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalculation:
    """A step of a recalculation: energy that got its price, energy still without, and what changed by session.

    `final` are the sessions whose cost waited for its last price, and became final by that.
    """

    priced_mwh: int = 0
    unpriced_mwh: int = 0
    changed: dict[str, list[ChargingPeriod]]
    final: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """A tariff and where the ledger keeps what is known of its prices.

    What has a price from before `valid_from` has it by another tariff, and keeps it.
    """

    ledger: Ledger
    tariff: Tariff
    tariff_id: str
    subentry_id: str
    name: str
    version_id: str
    valid_from: datetime

    def memory(self, timeline: PriceTimeline) -> dict[str, PriceTimeline]:
        """Return what memory knows of the price that the tariff reads, by its source."""
        read = self.tariff.timeline_price
        return {} if read is None else {read.source: timeline}

    async def async_timeline(self, start: datetime, end: datetime, now: PriceTimeline) -> PriceTimeline:
        """Return a timeline that knows [start, end) from the ledger, and what is known in memory."""
        slots = await asked(self.ledger.prices_of(self.tariff_id, start, end))
        return now.with_slots(slots)


class ByEngine(Protocol):
    """What costs the sessions whose cost is more than energy times price; it tells which they are."""

    async def async_by_engine(self, sessions: Sequence[StoredSession]) -> Mapping[str, object]:
        """Return those that it costs, by their id."""

    async def async_recost(
        self, session_ids: Sequence[str], *, at: datetime, memory: Mapping[str, PriceTimeline]
    ) -> Recalculation:
        """Cost them again."""


async def async_price_unpriced(
    book: PriceBook,
    timeline: PriceTimeline,
    engine: ByEngine,
    *,
    site_id: str,
    at: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
) -> AsyncIterator[Recalculation]:
    """Price energy that has no price yet, of sessions that began in [start, end), newest first, page by page.

    A page is a little work and a transaction; what cannot be priced stands in no one's way.
    """
    last: PricedPeriod | None = None
    while True:
        found = await asked(
            book.ledger.unpriced_periods(site_id=site_id, start=start, end=end, after=last, limit=_PAGE)
        )
        if not found:
            return
        last = found[-1]
        ids = list(dict.fromkeys(one.session_id for one in found))
        stored = await asked(book.ledger.sessions_of(ids))
        by_engine = await engine.async_by_engine(stored)
        if by_engine:
            yield await engine.async_recost(list(by_engine), at=at, memory=book.memory(timeline))
        found_here, found = len(found), tuple(one for one in found if one.session_id not in by_engine)
        if not found:
            if found_here < _PAGE:
                return
            continue
        span_start = min(one.period.start for one in found)
        span_end = max(one.period.end for one in found)
        known = await book.async_timeline(span_start, span_end, timeline)
        changes = _changes(found, book.tariff, known)
        final = await async_commit_changes(book, changes, at) if changes else []
        priced_mwh = sum(change.new.energy_mwh for periods in changes.values() for change in periods)
        yield Recalculation(
            priced_mwh=priced_mwh,
            unpriced_mwh=sum(one.period.energy_mwh for one in found) - priced_mwh,
            changed={session_id: [change.new for change in some] for session_id, some in changes.items()},
            final=tuple(final),
        )
        if found_here < _PAGE:
            return


async def async_reprice_since(
    book: PriceBook, timeline: PriceTimeline, engine: ByEngine, *, site_id: str, since: datetime, at: datetime
) -> AsyncIterator[Recalculation]:
    """Give the periods since an instant the price that is known more surely now, page by page, oldest first."""
    wanted = SessionFilter(site_ids=(site_id,), start=since, include_empty=True)
    offset, total = 0, 1
    while offset < total:
        # By the place among all: what begins meanwhile comes at the end.
        total, sessions = await asked(
            book.ledger.sessions_page(wanted, order=Order.OLDEST, limit=_AT_ONCE, offset=offset)
        )
        offset += _AT_ONCE
        by_engine = await engine.async_by_engine(sessions)
        if by_engine:
            yield await engine.async_recost(list(by_engine), at=at, memory=book.memory(timeline))
        others = [one.session.id for one in sessions if one.session.id not in by_engine]
        if others:
            yield await _async_reprice(book, timeline, others, since=since, at=at)


async def _async_reprice(
    book: PriceBook, timeline: PriceTimeline, session_ids: Sequence[str], *, since: datetime, at: datetime
) -> Recalculation:
    periods = await asked(book.ledger.periods_of(session_ids))
    found = [
        one
        for some in periods.values()
        for one in some
        if one.period.end > since and (one.cost_nano is None or one.period.start >= book.valid_from)
    ]
    changes = _changes(found, book.tariff, timeline, unpriced_only=False)
    final = await async_commit_changes(book, changes, at) if changes else []
    return Recalculation(
        changed={session_id: [change.new for change in some] for session_id, some in changes.items()},
        final=tuple(final),
    )


def _changes(
    found: Iterable[PricedPeriod], tariff: Tariff, timeline: PriceTimeline, *, unpriced_only: bool = True
) -> dict[str, list[PriceChange]]:
    by_session: dict[str, list[ChargingPeriod]] = {}
    for one in found:
        by_session.setdefault(one.session_id, []).append(one.period)
    changes = {
        session_id: list(reprice(periods, tariff, timeline, unpriced_only=unpriced_only))
        for session_id, periods in by_session.items()
    }
    return {session_id: some for session_id, some in changes.items() if some}


async def async_commit_changes(book: PriceBook, changes: dict[str, list[PriceChange]], at: datetime) -> list[str]:
    """Write new prices and the costings that follow, in one transaction; return whose cost became final."""
    periods = await asked(book.ledger.periods_of(list(changes)))
    stored = {one.session.id: one for one in await asked(book.ledger.sessions_of(list(changes)))}
    prices: list[PeriodPrice] = []
    costings: list[Costing] = []
    became_final: list[str] = []
    for session_id, some in changes.items():
        tally = CostTally.of(book.tariff.currency, [one.period for one in periods[session_id]])
        waited = tally.unpriced_mwh > 0
        for change in some:
            tally.put(change.new)
            prices.append(period_price(session_id, change.new, book.tariff.currency))
        # A final cost that changes leaves a correction in the ledger.
        session = stored[session_id]
        final = session.session.settled and tally.unpriced_mwh == 0
        was = next((one for one in session.costings if one.role is CostRole.HOUSE), None)
        corrected = was is not None and was.final and was.total_nano != tally.total.nano
        if final and (waited or corrected):
            became_final.append(session_id)
        # The version that a session was costed by stays its own; only its prices are known better.
        version_id = next((one.tariff_version_id for one in session.costings if one.role is CostRole.HOUSE), None)
        costings.append(costing_record(session_id, tally, at, version_id or book.version_id, final=final))
    await asked(book.ledger.commit_prices(prices, costings, at))
    return became_final


def period_price(session_id: str, period: ChargingPeriod, currency: str) -> PeriodPrice:
    """Return a period's price as the ledger takes it."""
    return PeriodPrice(
        session_id=session_id,
        index=period.index,
        price_per_kwh=period.price_per_kwh,
        price_basis=period.price_basis,
        cost_nano=cost_nano(period, currency),
    )


def cost_nano(period: ChargingPeriod, currency: str) -> int | None:
    """Return what a period costs in 10⁻⁹ of the major unit; None where it is unpriced."""
    cost = period_cost(period)
    return None if cost is None else Money(amount=cost, currency=currency).nano


def bill_record(session_id: str, energy_mwh: int, billing: Billing, bill: SessionCost, at: datetime) -> Costing:
    """Return what a session's payer is billed, as the ledger keeps it."""
    return bill_costing(
        session_id, energy_mwh, bill, at, version_id=billing.version_id, currency=billing.tariff.currency, final=False
    )


def bill_costing(
    session_id: str,
    energy_mwh: int,
    bill: SessionCost,
    at: datetime,
    *,
    version_id: str,
    currency: str,
    final: bool,
) -> Costing:
    """Return a bill with all its lines."""
    total = Money.from_nano(bill.total_nano, currency)
    return Costing(
        session_id=session_id,
        role=CostRole.PAYER,
        tariff_version_id=version_id,
        currency=currency,
        total_nano=bill.total_nano,
        unpriced_mwh=bill.unpriced_mwh,
        average_price=average_price(total.amount, energy_mwh - bill.unpriced_mwh),
        final=final,
        costed_at=at,
        lines=tuple(map(kept, bill.lines)),
    )


def costing_record(
    session_id: str, tally: CostTally, at: datetime, version_id: str | None, *, final: bool = False
) -> Costing:
    """Return what a session costs the house, as the ledger keeps it."""
    return Costing(
        session_id=session_id,
        role=CostRole.HOUSE,
        tariff_version_id=version_id,
        currency=tally.currency,
        total_nano=tally.total.nano,
        unpriced_mwh=tally.unpriced_mwh,
        average_price=tally.average_price,
        final=final,
        costed_at=at,
    )
