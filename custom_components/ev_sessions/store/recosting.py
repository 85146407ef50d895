"""Which sessions are costed again, page by page, and what was corrected by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.engine import Connection

from ..core.sessions.session import SessionStatus
from .schema import CostRole, correction, costing, fields, session


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a session cost before and after, in 10⁻⁹ of the major unit, and when that changed."""

    session_id: str
    role: CostRole
    at: datetime
    currency: str
    old_total_nano: int | None
    new_total_nano: int | None
    reason: str


def count_ended(connection: Connection, site_id: str, start: datetime | None, end: datetime | None) -> int:
    """Return how many ended sessions of a site began in [start, end)."""
    return connection.scalar(select(func.count()).where(*_meant(site_id, start, end))) or 0


def ended_after(
    connection: Connection,
    site_id: str,
    start: datetime | None,
    end: datetime | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> tuple[tuple[datetime, str], ...]:
    """Return start and id of a site's ended sessions that follow one, oldest first."""
    one = session.c
    query = select(one.start, one.id).where(*_meant(site_id, start, end)).order_by(one.start, one.id).limit(limit)
    if after is not None:
        query = query.where(or_(one.start > after[0], and_(one.start == after[0], one.id > after[1])))
    return tuple(connection.execute(query).tuples())


def billed_since(
    connection: Connection, site_id: str, since: datetime | None, until: datetime | None, *, unpriced_only: bool = False
) -> tuple[str, ...]:
    """Return a site's ended sessions in [since, until) that have a bill, oldest first."""
    one = session.c
    query = (
        select(one.id)
        .join_from(session, costing)
        .where(one.site_id == site_id, one.status == SessionStatus.ENDED)
        .where(costing.c.role == CostRole.PAYER, costing.c.current.is_(True))
        .order_by(one.start, one.id)
    )
    if since is not None:
        query = query.where(one.end > since)
    if until is not None:
        query = query.where(one.start < until)
    if unpriced_only:
        query = query.where(costing.c.unpriced_mwh > 0)
    return tuple(connection.scalars(query))


def _meant(site_id: str, start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    one = session.c
    meant: list[ColumnElement[bool]] = [one.site_id == site_id, one.status == SessionStatus.ENDED]
    if start is not None:
        meant.append(one.start >= start)
    if end is not None:
        meant.append(one.start < end)
    return meant


def corrections_of(connection: Connection, session_ids: Sequence[str]) -> dict[str, tuple[Correction, ...]]:
    """Return the corrections of sessions, in order; those without any are left out."""
    query = (
        select(*fields(correction, "id", "old_unpriced_mwh", "new_unpriced_mwh"))
        .where(correction.c.session_id.in_(session_ids))
        .order_by(correction.c.session_id, correction.c.at, correction.c.id)
    )
    found: dict[str, list[Correction]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["session_id"], []).append(Correction(**row))
    return {key: tuple(some) for key, some in found.items()}
