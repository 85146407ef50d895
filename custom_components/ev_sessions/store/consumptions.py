"""What vehicles used on the road before sessions that are told afterwards: imported, or added by hand."""

from collections.abc import Collection
from itertools import batched, groupby, pairwise
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection

from ..core.vehicles.consumption import consumption_kwh
from .schema import session, vehicle_version

#: So many ids are in one question.
_AT_ONCE: Final = 500
_FILL: Final = update(session).where(session.c.id == bindparam("of_session")).values(consumption_kwh=bindparam("used"))


def fill_consumptions(connection: Connection, session_ids: Collection[str]) -> None:
    """Reckon it for those of the sessions of which it is not known, from the vehicle's session before each."""
    wanted = set(session_ids)
    vehicle_ids = {
        vehicle_id
        for some in batched(sorted(wanted), _AT_ONCE, strict=False)
        for vehicle_id in connection.scalars(
            select(vehicle_version.c.vehicle_id)
            .join_from(session, vehicle_version, vehicle_version.c.id == session.c.vehicle_version_id)
            .where(session.c.id.in_(some), session.c.odometer_km.is_not(None))
            .distinct()
        )
    }
    if not vehicle_ids:
        return
    one = session.c
    query = (
        select(
            one.id,
            one.soc_start_percent,
            one.soc_end_percent,
            one.odometer_km,
            one.odometer_end_km,
            one.consumption_kwh,
            vehicle_version.c.vehicle_id,
            vehicle_version.c.data,
        )
        .join_from(session, vehicle_version, vehicle_version.c.id == one.vehicle_version_id)
        .where(vehicle_version.c.vehicle_id.in_(vehicle_ids))
        .order_by(vehicle_version.c.vehicle_id, one.start, one.id)
    )
    found = [
        {"of_session": row.id, "used": used}
        for _, rows in groupby(connection.execute(query), key=lambda row: row.vehicle_id)
        for before, row in pairwise(rows)
        if row.id in wanted and row.consumption_kwh is None and (used := _used(before, row)) is not None
    ]
    if found:
        connection.execute(_FILL, found)


def _used(before: Any, row: Any) -> float | None:
    if before.odometer_km is None or row.odometer_km is None:
        return None
    size = row.data.get("battery_kwh")
    return consumption_kwh(
        battery_kwh=None if size is None else float(size),
        left_percent=before.soc_end_percent,
        came_percent=row.soc_start_percent,
        km=row.odometer_km - (before.odometer_km if before.odometer_end_km is None else before.odometer_end_km),
    )
