"""What is shown of the sessions of one EVSE, and what counts in its month."""

from dataclasses import dataclass, field, replace

from ...core.costing.cost import CostRole, CostTally, period_cost
from ...core.costing.session_cost import SessionCost
from ...core.money import Money
from ...core.sessions.session import ChargingPeriod, Session, SessionEvent
from ...core.statistics.month import LEAST_COUNTED_MWH, Month, Share
from ...store import SpanTotal, StoredSession
from ..view import MonthView, SessionView


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The part of an EVSE's view that the ledger stands behind."""

    session: SessionView | None = None
    last_session: SessionView | None = None
    month: MonthView = field(default_factory=MonthView)
    register_mwh: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of a session, with what is known of the session at that time."""

    event: SessionEvent
    session: SessionView | None


def view_of(session: Session, tally: CostTally, billed: SessionCost | None = None) -> SessionView:
    """Return a session as it is shown, with what its payer is billed."""
    unpriced = billed is None or 0 < billed.unpriced_mwh == session.energy_mwh
    return SessionView(
        id=session.id,
        start=session.start,
        end=session.end,
        status=session.status,
        energy_mwh=session.energy_mwh,
        connected_ms=session.connected_ms,
        charging_ms=session.charging_ms,
        cost=None if tally.cost is None else tally.cost.amount,
        average_price=tally.average_price,
        billed=None if billed is None or unpriced else Money.from_nano(billed.total_nano, tally.currency).amount,
    )


def view_of_stored(stored: StoredSession) -> SessionView:
    """Return a session of the ledger as it is shown."""
    session = stored.session
    house = next((one for one in stored.costings if one.role is CostRole.HOUSE), None)
    unpriced = house is None or 0 < house.unpriced_mwh == session.energy_mwh
    cost = None if house is None or unpriced else Money.from_nano(house.total_nano, house.currency).amount
    bill = next((one for one in stored.costings if one.role is CostRole.PAYER), None)
    return SessionView(
        id=session.id,
        start=session.start,
        end=session.end,
        status=session.status,
        energy_mwh=session.energy_mwh,
        connected_ms=session.connected_ms,
        charging_ms=session.charging_ms,
        cost=cost,
        billed=None if bill is None else Money.from_nano(bill.total_nano, bill.currency).amount,
        average_price=None if house is None else house.average_price,
    )


def month_view(month: Month) -> MonthView:
    """Return the running month as it is shown."""
    return MonthView(start=month.start, energy_mwh=month.energy_mwh, cost=month.cost, sessions=month.sessions)


def month_from(total: SpanTotal | None, month: Month) -> Month:
    """Return a month with the totals that the ledger has of it."""
    if total is None:
        return month
    priced = total.energy_mwh > total.unpriced_mwh
    return replace(
        month,
        energy_mwh=total.energy_mwh,
        cost=Money.from_nano(total.cost_nano, total.currency).amount if priced else None,
        sessions=total.sessions,
    )


def share_of(period: ChargingPeriod) -> Share:
    """Return what a period adds to its month."""
    return Share(energy_mwh=period.energy_mwh, cost=period_cost(period))


def counts(session: Session) -> bool:
    """Return whether a session is one in statistics."""
    return session.energy_mwh >= LEAST_COUNTED_MWH
