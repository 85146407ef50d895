"""How much energy a site's month had before a session: what tiers and free kilowatt-hours count from."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.engine import Connection

from ..core.statistics.month import month_of
from .schema import charging_period, session


def month_energy_before(connection: Connection, session_ids: Sequence[str]) -> dict[str, int]:
    """Return the energy in mWh, of the local month in which each session began, of the sessions that began before it.

    So every kWh of a month has one place in its order, also where two sessions go on at a
    time, and a month costed again costs the same.
    """
    one = session.c
    asked = select(one.id, one.site_id, one.start, one.time_zone).where(one.id.in_(session_ids))
    return {
        row.id: _before(connection, row.site_id, row.id, row.start, row.time_zone) for row in connection.execute(asked)
    }


def _before(connection: Connection, site_id: str, session_id: str, start: datetime, time_zone: str) -> int:
    one, period = session.c, charging_period.c
    month = month_of(start, ZoneInfo(time_zone))
    earlier = or_(one.start < start, and_(one.start == start, one.id < session_id))
    query = (
        select(func.coalesce(func.sum(period.energy_mwh), 0))
        .join_from(charging_period, session, one.id == period.session_id)
        .where(one.site_id == site_id, earlier, or_(one.end.is_(None), one.end > month.start))
        .where(period.start >= month.start, period.start < month.end)
    )
    return int(connection.scalar(query) or 0)
