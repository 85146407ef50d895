"""Mean powers of quarter hours at the grid, as they were seen."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from ..core.capacity import IntervalMean
from .schema import interval_mean
from .upsert import upsert

#: A thousandth of a Wh has so many W·s.
_WS_PER_MWH = 3.6


def put_interval_means(connection: Connection, site_id: str, means: Sequence[IntervalMean]) -> None:
    """Write what was seen of intervals; of one interval the last counts."""
    rows = [
        {
            "site_id": site_id,
            "start": one.start,
            "length_s": round(one.length_s),
            "grid_energy_mwh": round(one.grid_ws / _WS_PER_MWH),
            "evse_energy_mwh": round(one.cars_ws / _WS_PER_MWH),
            "coverage_ms": round(one.seen_s * 1000),
        }
        for one in means
    ]
    upsert(connection, interval_mean, rows)


def interval_means(connection: Connection, site_id: str, start: datetime, end: datetime) -> tuple[IntervalMean, ...]:
    """Return what was seen of the intervals that began in [start, end), in order."""
    mean = interval_mean.c
    query = (
        select(mean.start, mean.length_s, mean.grid_energy_mwh, mean.evse_energy_mwh, mean.coverage_ms)
        .where(mean.site_id == site_id, mean.start >= start, mean.start < end)
        .order_by(mean.start)
    )
    return tuple(
        IntervalMean(
            start=row.start,
            length_s=row.length_s,
            grid_ws=row.grid_energy_mwh * _WS_PER_MWH,
            cars_ws=(row.evse_energy_mwh or 0) * _WS_PER_MWH,
            seen_s=row.coverage_ms / 1000,
        )
        for row in connection.execute(query)
    )
