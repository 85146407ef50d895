"""Energy and cost by the hour, and the sessions of a span: what statistics are made from."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, func, literal, null, or_, select, true, type_coerce
from sqlalchemy.engine import Connection

from ..core.moment import instant_of
from ..core.sessions.session import SessionStatus
from ..core.statistics.sums import HOUR_S, Slot, Visit
from .listing import EMPTY_BELOW_MWH
from .schema import CostRole, charging_period, costing, costing_line, payer_version, session, vehicle_version

#: So many EVSEs are worth a condition of their own.
FEW = 8


class Grouping(StrEnum):
    """By what sessions are told apart, beside their EVSE."""

    NOTHING = "nothing"
    VEHICLE = "vehicle"
    PAYER = "payer"
    TOKEN = "token"  # noqa: S105 - a word of the field, no secret


def slots(
    connection: Connection,
    start: datetime,
    end: datetime,
    evse_ids: Iterable[str],
    *,
    grouping: Grouping = Grouping.NOTHING,
    grain_s: int = HOUR_S,
) -> tuple[Slot, ...]:
    """Return the sums of charging periods, fees and bills that begin in [start, end), by slots of `grain_s` of UTC.

    Charging periods never straddle a quarter hour, so each lies in one slot wholly.
    """
    wanted = set(evse_ids)
    energy = only(_energy(start, end, grouping, grain_s), charging_period.c.evse_id, wanted)
    fees, bills = (
        only(_lines(role, start, end, grouping, grain_s), session.c.evse_id, wanted)
        for role in (CostRole.HOUSE, CostRole.PAYER)
    )
    found = [*connection.execute(energy), *connection.execute(fees), *connection.execute(bills)]
    # PostgreSQL and MariaDB sum 64-bit integers to decimals.
    return tuple(
        Slot(
            start=instant_of(int(row[0]) * grain_s * 1_000_000),
            evse_id=row[1],
            group=row[2],
            currency=row[3],
            energy_mwh=int(row[4]),
            solar_mwh=None if row[5] is None else int(row[5]),
            unpriced_mwh=int(row[6]),
            cost_nano=int(row[7]),
            billed_nano=None if row[8] is None else int(row[8]),
        )
        for row in found
        if row[1] in wanted
    )


def slot_of(at: ColumnElement[datetime], grain_s: int) -> ColumnElement[int]:
    """Return the slot in which an instant lies."""
    return (type_coerce(at, BigInteger) // (grain_s * 1_000_000)).label("slot")


def _energy(start: datetime, end: datetime, grouping: Grouping, grain_s: int) -> Select[Any]:
    period = charging_period.c
    slot, group = slot_of(period.start, grain_s), group_of(grouping)
    query = select(
        slot,
        period.evse_id,
        group,
        period.currency,
        func.sum(period.energy_mwh),
        func.sum(period.solar_mwh),
        func.sum(case((period.cost_nano.is_(None), period.energy_mwh), else_=0)),
        func.coalesce(func.sum(period.cost_nano), 0),
        null(),
    )
    if grouping is not Grouping.NOTHING:
        query = with_things(query.join_from(charging_period, session), grouping)
    return query.where(period.start >= start, period.start < end).group_by(
        slot, period.evse_id, *grouped(grouping, group), period.currency
    )


def _lines(role: CostRole, start: datetime, end: datetime, grouping: Grouping, grain_s: int) -> Select[Any]:
    """Ask for the lines of costs: what the house pays beside the energy of its periods, or all of what is billed."""
    line, amount = costing_line.c, func.sum(costing_line.c.amount_nano)
    slot, group = slot_of(line.start, grain_s), group_of(grouping)
    query = (
        select(
            slot,
            session.c.evse_id,
            group,
            costing.c.currency,
            literal(0),
            null(),
            literal(0),
            *((amount, null()) if role is CostRole.HOUSE else (literal(0), amount)),
        )
        .join_from(costing_line, costing)
        .join(session)
    )
    return (
        with_things(query, grouping)
        .where(line.start >= start, line.start < end)
        .where(costing.c.role == role, costing.c.current.is_(True))
        .group_by(slot, session.c.evse_id, *grouped(grouping, group), costing.c.currency)
    )


def visits(
    connection: Connection,
    start: datetime,
    end: datetime,
    evse_ids: Iterable[str],
    *,
    grouping: Grouping = Grouping.NOTHING,
    include_empty: bool = False,
) -> tuple[Visit, ...]:
    """Return the sessions that overlap [start, end); ended ones under 0.05 kWh where they are asked for."""
    wanted = set(evse_ids)
    one = session.c
    query = with_things(
        select(one.start, one.end, one.evse_id, group_of(grouping), one.connected_ms, one.charging_ms), grouping
    )
    # Looked for apart: an index alone answers which of all the older ones reach into the span.
    older = select(one.id).where(one.start < start, or_(one.end.is_(None), one.end > start))
    parts = (query.where(one.start >= start, one.start < end), query.where(one.id.in_(older)))
    counts = true() if include_empty else or_(one.energy_mwh >= EMPTY_BELOW_MWH, one.status != SessionStatus.ENDED)
    return tuple(
        Visit(start=row[0], end=row[1], evse_id=row[2], group=row[3], connected_ms=row[4], charging_ms=row[5])
        for part in parts
        for row in connection.execute(only(part.where(counts), one.evse_id, wanted))
        if row[2] in wanted
    )


def only(query: Select[Any], evse_id: ColumnElement[str], wanted: set[str]) -> Select[Any]:
    """Ask for a few EVSEs; many are read with the others and sorted out afterwards, which is quicker."""
    return query.where(evse_id.in_(sorted(wanted))) if len(wanted) <= FEW else query


def first_starts(connection: Connection, evse_ids: Iterable[str]) -> dict[str, datetime]:
    """Return when the first session of each EVSE began; those without any are left out."""
    one = session.c
    query = select(one.evse_id, func.min(one.start)).where(one.evse_id.in_(tuple(evse_ids))).group_by(one.evse_id)
    return dict(connection.execute(query).tuples().all())


def group_of(grouping: Grouping) -> ColumnElement[Any]:
    """Return by what sessions are told apart."""
    return {
        Grouping.NOTHING: null(),
        Grouping.VEHICLE: vehicle_version.c.vehicle_id,
        Grouping.PAYER: payer_version.c.payer_id,
        Grouping.TOKEN: session.c.id_token_id,
    }[grouping]


def grouped(grouping: Grouping, group: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """Return by what sums are grouped, where they are."""
    return () if grouping is Grouping.NOTHING else (group,)


def with_things(query: Select[Any], grouping: Grouping) -> Select[Any]:
    """Join what a session refers to, where it groups."""
    if grouping is Grouping.VEHICLE:
        return query.outerjoin(vehicle_version, vehicle_version.c.id == session.c.vehicle_version_id)
    if grouping is Grouping.PAYER:
        return query.outerjoin(payer_version, payer_version.c.id == session.c.payer_version_id)
    return query
