"""Give energy its price when the price becomes known later: in the ledger, and in what is shown."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime

from ..core.cost import CostRole, CostTally, PriceChange, period_cost, reprice
from ..core.money import Money
from ..core.price_timeline import PriceTimeline
from ..core.session import ChargingPeriod
from ..core.tariff import Tariff
from ..store import Costing, Ledger, PeriodPrice, PricedPeriod, SessionFilter
from .ledger import asked

#: Periods without a price that are looked at in one go.
_PAGE = 250
#: Sessions that late prices may touch.
_AT_ONCE = 1_000


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

    async def async_timeline(self, start: datetime, end: datetime, now: PriceTimeline) -> PriceTimeline:
        """Return a timeline that knows [start, end) from the ledger, and what is known in memory."""
        slots = await asked(self.ledger.prices_of(self.tariff_id, start, end))
        return now.with_slots(slots)


async def async_price_unpriced(
    book: PriceBook,
    timeline: PriceTimeline,
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
        if len(found) < _PAGE:
            return


async def async_reprice_since(
    book: PriceBook, timeline: PriceTimeline, *, site_id: str, since: datetime, at: datetime
) -> Recalculation:
    """Give the periods since an instant the price that is known more surely now; return what changed."""
    _, sessions = await asked(
        book.ledger.sessions_page(SessionFilter(site_ids=(site_id,), start=since, include_empty=True), limit=_AT_ONCE)
    )
    if not sessions:
        return Recalculation(changed={})
    periods = await asked(book.ledger.periods_of([one.session.id for one in sessions]))
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
        if final and waited:
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
