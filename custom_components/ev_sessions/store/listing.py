"""Reading sessions: pages of them, their periods, those that are open, the last one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.engine import Connection, RowMapping

from ..core.sessions.attribution import FoundBy
from ..core.sessions.session import ChargingPeriod, Session, SessionEvent, SessionStatus
from ..core.statistics.month import LEAST_COUNTED_MWH
from .costings import Costing, CostLine
from .schema import (
    CostRole,
    charging_period,
    costing,
    costing_line,
    evse,
    fields,
    payer_version,
    session,
    session_event,
    vehicle_version,
)
from .steps import PricedPeriod

#: A session with less energy is kept, but counts as none.
EMPTY_BELOW_MWH = LEAST_COUNTED_MWH

_SESSION_FIELDS = tuple(Session.__dataclass_fields__)
_PERIOD_FIELDS = tuple(name for name in ChargingPeriod.__dataclass_fields__ if name != "index")


class Order(StrEnum):
    """Which session comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilter:
    """Which sessions are meant; None asks for all.

    `start` and `end`: sessions that overlap [start, end). `vehicle_id`, `payer_id` and
    `id_token_ids` are the things' ids in the ledger, whatever their version. Without
    `include_empty`, ended sessions under 0.05 kWh are left out.
    """

    site_ids: tuple[str, ...] | None = None
    charger_ids: tuple[str, ...] | None = None
    evse_ids: tuple[str, ...] | None = None
    session_ids: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    statuses: tuple[SessionStatus, ...] | None = None
    vehicle_id: str | None = None
    payer_id: str | None = None
    id_token_ids: tuple[str, ...] | None = None
    include_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """A session as the ledger has it, with what people added and what it cost."""

    session: Session
    site_id: str
    charger_id: str
    evse_id: str
    evse_number: int
    time_zone: str
    unpriced_mwh: int
    vehicle_id: str | None
    vehicle_version_id: str | None
    payer_id: str | None
    payer_version_id: str | None
    id_token_id: str | None
    note: str | None
    origin: str
    edited: bool
    times_edited: bool
    costings: tuple[Costing, ...]
    vehicle_by: FoundBy | None = None
    payer_by: FoundBy | None = None
    soc_start_percent: float | None = None
    soc_end_percent: float | None = None
    odometer_km: float | None = None
    odometer_end_km: float | None = None
    consumption_kwh: float | None = None
    codes: tuple[str, ...] = ()
    voucher: Decimal | None = None


def sessions_page(
    connection: Connection,
    wanted: SessionFilter,
    *,
    order: Order = Order.NEWEST,
    limit: int = 100,
    offset: int = 0,
) -> tuple[int, tuple[StoredSession, ...]]:
    """Return how many sessions are meant, and one page of them."""
    conditions = _conditions(wanted)
    total = connection.scalar(select(func.count()).select_from(session).where(*conditions)) or 0
    ids = page_of_ids(conditions, order, limit, offset)
    found = tuple(connection.scalars(ids))
    return total, sessions_of(connection, found)


def page_of_ids(conditions: Sequence[ColumnElement[bool]], order: Order, limit: int, offset: int) -> Select[tuple[str]]:
    """Return the query for a page's ids: answered from an index alone, rows are read afterwards."""
    columns = (session.c.start, session.c.id)
    ordered = [column.desc() for column in columns] if order is Order.NEWEST else list(columns)
    return select(session.c.id).where(*conditions).order_by(*ordered).limit(limit).offset(offset)


def _conditions(wanted: SessionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    lists: tuple[tuple[Any, tuple[Any, ...] | None], ...] = (
        (session.c.id, wanted.session_ids),
        (session.c.site_id, wanted.site_ids),
        (session.c.evse_id, wanted.evse_ids),
        (session.c.status, wanted.statuses),
        (session.c.id_token_id, wanted.id_token_ids),
    )
    conditions += [column.in_(values) for column, values in lists if values is not None]
    if wanted.charger_ids is not None:
        conditions.append(session.c.evse_id.in_(select(evse.c.id).where(evse.c.charger_id.in_(wanted.charger_ids))))
    if wanted.start is not None:
        conditions.append(or_(session.c.end.is_(None), session.c.end > wanted.start))
    if wanted.end is not None:
        conditions.append(session.c.start < wanted.end)
    if wanted.vehicle_id is not None:
        versions = select(vehicle_version.c.id).where(vehicle_version.c.vehicle_id == wanted.vehicle_id)
        conditions.append(session.c.vehicle_version_id.in_(versions))
    if wanted.payer_id is not None:
        versions = select(payer_version.c.id).where(payer_version.c.payer_id == wanted.payer_id)
        conditions.append(session.c.payer_version_id.in_(versions))
    if not wanted.include_empty:
        conditions.append(or_(session.c.energy_mwh >= EMPTY_BELOW_MWH, session.c.status != SessionStatus.ENDED))
    return conditions


def sessions_of(connection: Connection, ids: Sequence[str]) -> tuple[StoredSession, ...]:
    """Return sessions by their ids, in the order of the ids; unknown ones are left out."""
    rows = connection.execute(
        select(
            *fields(session),
            evse.c.number.label("evse_number"),
            evse.c.charger_id,
            vehicle_version.c.vehicle_id,
            payer_version.c.payer_id,
        )
        .join_from(session, evse)
        .outerjoin(vehicle_version, vehicle_version.c.id == session.c.vehicle_version_id)
        .outerjoin(payer_version, payer_version.c.id == session.c.payer_version_id)
        .where(session.c.id.in_(ids))
    ).mappings()
    costs = _costings_of(connection, ids)
    found = {row["id"]: _stored(row, tuple(costs.get(row["id"], ()))) for row in rows}
    return tuple(found[one] for one in ids if one in found)


def _stored(row: RowMapping, costings: tuple[Costing, ...]) -> StoredSession:
    return StoredSession(
        session=Session(**{name: row[name] for name in _SESSION_FIELDS}),
        costings=costings,
        **{name: row[name] for name in StoredSession.__dataclass_fields__ if name not in {"session", "costings"}},
    )


def _costings_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[Costing]]:
    query = (
        select(*fields(costing, "id"))
        .where(costing.c.session_id.in_(ids), costing.c.current.is_(True))
        .order_by(costing.c.session_id, costing.c.role)
    )
    found: dict[str, list[Costing]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["session_id"], []).append(Costing(**row))
    return found


def cost_lines_of(connection: Connection, session_id: str) -> dict[tuple[str, str | None], tuple[CostLine, ...]]:
    """Return the lines of a session's costings, by role and tariff version."""
    query = (
        select(costing.c.role, costing.c.tariff_version_id, *fields(costing_line, "costing_id", "line_index"))
        .join_from(costing, costing_line)
        .where(costing.c.session_id == session_id)
        .order_by(costing.c.id, costing_line.c.line_index)
    )
    found: dict[tuple[str, str | None], list[CostLine]] = {}
    for row in connection.execute(query).mappings():
        line = {name: row[name] for name in CostLine.__dataclass_fields__}
        found.setdefault((row["role"], row["tariff_version_id"]), []).append(CostLine(**line))
    return {key: tuple(lines) for key, lines in found.items()}


def house_lines_of(connection: Connection, session_ids: Sequence[str]) -> dict[str, tuple[CostLine, ...]]:
    """Return what the house pays for sessions beside the energy of their periods; those without are left out."""
    return lines_of(connection, session_ids, CostRole.HOUSE)


def lines_of(connection: Connection, session_ids: Sequence[str], role: CostRole) -> dict[str, tuple[CostLine, ...]]:
    """Return the lines of the current costings of sessions, in one role; those without are left out."""
    query = (
        select(costing.c.session_id, *fields(costing_line, "costing_id", "line_index"))
        .join_from(costing, costing_line)
        .where(costing.c.session_id.in_(session_ids), costing.c.role == role, costing.c.current.is_(True))
        .order_by(costing.c.id, costing_line.c.line_index)
    )
    found: dict[str, list[CostLine]] = {}
    for row in connection.execute(query).mappings():
        line = {name: row[name] for name in CostLine.__dataclass_fields__}
        found.setdefault(row["session_id"], []).append(CostLine(**line))
    return {key: tuple(lines) for key, lines in found.items()}


def periods_of(connection: Connection, session_ids: Sequence[str]) -> dict[str, tuple[PricedPeriod, ...]]:
    """Return the charging periods of sessions, in their order."""
    query = (
        select(*fields(charging_period))
        .where(charging_period.c.session_id.in_(session_ids))
        .order_by(charging_period.c.session_id, charging_period.c.period_index)
    )
    found: dict[str, list[PricedPeriod]] = {one: [] for one in session_ids}
    for row in connection.execute(query).mappings():
        found[row["session_id"]].append(_priced(row))
    return {one: tuple(periods) for one, periods in found.items()}


def _priced(row: RowMapping) -> PricedPeriod:
    period = ChargingPeriod(index=row["period_index"], **{name: row[name] for name in _PERIOD_FIELDS})
    return PricedPeriod(session_id=row["session_id"], period=period, cost_nano=row["cost_nano"])


def unpriced_periods(
    connection: Connection,
    *,
    site_id: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    after: PricedPeriod | None = None,
    limit: int = 1_000,
) -> tuple[PricedPeriod, ...]:
    """Return periods whose energy has no price yet, of the newest sessions first.

    `start` and `end` are of the sessions' start. Within a session the oldest comes first.
    `after` is the last one of the page before.
    """
    query = (
        select(*fields(charging_period))
        .join_from(charging_period, session, session.c.id == charging_period.c.session_id)
        .where(session.c.unpriced_mwh > 0)
        .where(charging_period.c.cost_nano.is_(None), charging_period.c.energy_mwh > 0)
        .order_by(session.c.start.desc(), session.c.id, charging_period.c.period_index)
        .limit(limit)
    )
    if site_id is not None:
        query = query.where(session.c.site_id == site_id)
    if start is not None:
        query = query.where(session.c.start >= start)
    if end is not None:
        query = query.where(session.c.start < end)
    if after is not None:
        query = query.where(_comes_after(after))
    return tuple(_priced(row) for row in connection.execute(query).mappings())


def unpriced_energy(connection: Connection, site_id: str) -> int:
    """Return how much energy of a site's sessions has no price yet, in thousandths of a Wh."""
    total = select(func.coalesce(func.sum(session.c.unpriced_mwh), 0)).where(
        session.c.unpriced_mwh > 0, session.c.site_id == site_id
    )
    return int(connection.scalar(total) or 0)


def _comes_after(period: PricedPeriod) -> ColumnElement[bool]:
    """Return what holds for unpriced periods behind that one."""
    start = select(session.c.start).where(session.c.id == period.session_id).scalar_subquery()
    return or_(
        session.c.start < start,
        and_(session.c.start == start, session.c.id > period.session_id),
        and_(session.c.id == period.session_id, charging_period.c.period_index > period.period.index),
    )


def open_sessions(connection: Connection, *, site_id: str | None = None) -> tuple[StoredSession, ...]:
    """Return the sessions that go on, and those that are held, oldest first."""
    query = select(session.c.id).where(session.c.status.in_((SessionStatus.OPEN, SessionStatus.HELD)))
    if site_id is not None:
        query = query.where(session.c.site_id == site_id)
    ids = tuple(connection.scalars(query.order_by(session.c.start, session.c.id)))
    return sessions_of(connection, ids)


def unfinished_costs(connection: Connection, site_id: str, since: datetime) -> tuple[str, ...]:
    """Return the sessions since an instant that have settled, are priced, and whose cost or bill is not final."""
    query = (
        select(session.c.id, session.c.start)
        .join_from(session, costing)
        .where(session.c.site_id == site_id, session.c.settled.is_(True), session.c.unpriced_mwh == 0)
        .where(costing.c.current.is_(True), costing.c.final.is_(False), session.c.start >= since)
        .order_by(session.c.start, session.c.id)
        .distinct()
    )
    return tuple(connection.scalars(query))


def last_session(connection: Connection, evse_id: str) -> StoredSession | None:
    """Return the newest ended session of an EVSE with at least 0.05 kWh."""
    query = (
        select(session.c.id)
        .where(session.c.evse_id == evse_id, session.c.status == SessionStatus.ENDED)
        .where(session.c.energy_mwh >= EMPTY_BELOW_MWH)
        .order_by(session.c.start.desc(), session.c.id.desc())
        .limit(1)
    )
    found = sessions_of(connection, tuple(connection.scalars(query)))
    return found[0] if found else None


def events_of(connection: Connection, session_id: str) -> tuple[SessionEvent, ...]:
    """Return what happened to a session, in order."""
    query = (
        select(*fields(session_event, "evse_id"))
        .where(session_event.c.session_id == session_id)
        .order_by(session_event.c.at)
    )
    return tuple(SessionEvent(**row) for row in connection.execute(query).mappings())
