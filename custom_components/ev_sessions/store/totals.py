"""Sums over spans of time: a month's energy and cost, and the sessions that began in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.engine import Connection

from ..core.sessions.session import SessionStatus
from .listing import EMPTY_BELOW_MWH
from .schema import CostRole, charger, charging_period, costing, costing_line, evse, session, site


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanTotal:
    """One EVSE's sums over [start, end), in one currency.

    Energy and cost are those of the charging periods that start in the span; `cost_nano` does
    not contain what `unpriced_mwh` costs. Sessions (of at least 0.05 kWh, or going on) and
    their durations are those that started in it, and stand with the currency of their site.
    """

    start: datetime
    end: datetime
    evse_id: str
    currency: str
    energy_mwh: int = 0
    solar_mwh: int | None = None
    estimated_mwh: int = 0
    unpriced_mwh: int = 0
    cost_nano: int = 0
    sessions: int = 0
    connected_ms: int = 0
    charging_ms: int = 0


def span_totals(
    connection: Connection,
    spans: Sequence[tuple[datetime, datetime]],
    *,
    evse_ids: tuple[str, ...] | None = None,
    site_id: str | None = None,
) -> tuple[SpanTotal, ...]:
    """Return the sums of each span by EVSE and currency; spans and EVSEs without any are left out.

    A local month is a span from its first local midnight to the next month's, as instants.
    Periods never straddle a quarter hour, so each lies in one month wholly.
    """
    owners = _owners(connection, evse_ids, site_id)
    totals: list[SpanTotal] = []
    for start, end in spans:
        sums = {key: values for key, values in _energy(connection, start, end).items() if key[0] in owners}
        fees = _fees(connection, start, end, set(owners))
        counts = _counts(connection, start, end)
        keys = {*sums, *fees, *((one, owners[one]) for one in counts if one in owners)}
        for evse_id, currency in sorted(keys):
            energy, solar, estimated, unpriced, cost = sums.get((evse_id, currency), (0, None, 0, 0, 0))
            counted = counts.get(evse_id, (0, 0, 0)) if owners[evse_id] == currency else (0, 0, 0)
            totals.append(
                SpanTotal(
                    start=start,
                    end=end,
                    evse_id=evse_id,
                    currency=currency,
                    energy_mwh=energy,
                    solar_mwh=solar,
                    estimated_mwh=estimated,
                    unpriced_mwh=unpriced,
                    cost_nano=cost + fees.get((evse_id, currency), 0),
                    sessions=counted[0],
                    connected_ms=counted[1],
                    charging_ms=counted[2],
                )
            )
    return tuple(totals)


def _owners(connection: Connection, evse_ids: tuple[str, ...] | None, site_id: str | None) -> dict[str, str]:
    """Return the EVSEs that are meant, each with the currency of its site."""
    query = select(evse.c.id, site.c.currency).join_from(evse, charger).join(site)
    if evse_ids is not None:
        query = query.where(evse.c.id.in_(evse_ids))
    if site_id is not None:
        query = query.where(charger.c.site_id == site_id)
    return dict(connection.execute(query).tuples().all())


type _Energy = tuple[int, int | None, int, int, int]


def _energy(connection: Connection, start: datetime, end: datetime) -> dict[tuple[str, str], _Energy]:
    period = charging_period.c
    unpriced = case((period.cost_nano.is_(None), period.energy_mwh), else_=0)
    query = (
        select(
            period.evse_id,
            period.currency,
            func.sum(period.energy_mwh),
            func.sum(period.solar_mwh),
            func.sum(period.estimated_mwh),
            func.sum(unpriced),
            func.coalesce(func.sum(period.cost_nano), 0),
        )
        .where(period.start >= start, period.start < end)
        .group_by(period.evse_id, period.currency)
    )
    # PostgreSQL and MariaDB sum 64-bit integers to decimals.
    return {
        (row[0], row[1]): (int(row[2]), None if row[3] is None else int(row[3]), int(row[4]), int(row[5]), int(row[6]))
        for row in connection.execute(query)
    }


def _fees(connection: Connection, start: datetime, end: datetime, evse_ids: set[str]) -> dict[tuple[str, str], int]:
    """Return what the house pays beside the energy: the lines of its current costings."""
    query = (
        select(session.c.evse_id, costing.c.currency, func.sum(costing_line.c.amount_nano))
        .join_from(costing_line, costing)
        .join(session)
        .where(costing_line.c.start >= start, costing_line.c.start < end)
        .where(costing.c.role == CostRole.HOUSE, costing.c.current.is_(True))
        .group_by(session.c.evse_id, costing.c.currency)
    )
    return {(row[0], row[1]): int(row[2]) for row in connection.execute(query) if row[0] in evse_ids}


def _counts(connection: Connection, start: datetime, end: datetime) -> dict[str, tuple[int, int, int]]:
    query = (
        select(session.c.evse_id, func.count(), func.sum(session.c.connected_ms), func.sum(session.c.charging_ms))
        .where(
            and_(session.c.start >= start, session.c.start < end),
            or_(session.c.energy_mwh >= EMPTY_BELOW_MWH, session.c.status != SessionStatus.ENDED),
        )
        .group_by(session.c.evse_id)
    )
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in connection.execute(query)}
