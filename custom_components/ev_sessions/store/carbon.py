"""The grid's CO₂ intensity as it was seen, and what the energy of sessions stands for by it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, select, type_coerce
from sqlalchemy.engine import Connection

from ..core.moment import instant_of
from ..core.statistics.carbon import QUARTER_S, Carbon, QuarterIntensity
from ..core.statistics.sums import HOUR_S, CarbonSlot
from .schema import carbon_intensity, charging_period, session
from .slots import Grouping, group_of, grouped, only, slot_of, with_things
from .upsert import upsert

_QUARTER_US = QUARTER_S * 1_000_000


def put_intensities(
    connection: Connection, site_id: str, quarters: Sequence[QuarterIntensity], solar_g_per_kwh: float
) -> None:
    """Write what was seen of quarter hours; of one the last counts."""
    rows = [
        {
            "site_id": site_id,
            "start": one.start,
            "grid_mg_per_kwh": round(one.g_per_kwh * 1_000),
            "solar_mg_per_kwh": round(solar_g_per_kwh * 1_000),
        }
        for one in quarters
        if one.g_per_kwh is not None
    ]
    upsert(connection, carbon_intensity, rows)


def last_intensity(connection: Connection, site_id: str, before: datetime) -> datetime | None:
    """Return the last quarter hour before an instant of which a site has an intensity."""
    one = carbon_intensity.c
    query = select(one.start).where(one.site_id == site_id, one.start < before)
    return connection.scalar(query.order_by(one.start.desc()).limit(1))


def carbon_of(connection: Connection, session_ids: Iterable[str]) -> dict[str, Carbon]:
    """Return what each session stands for; those without any known intensity are left out."""
    if not _knows_any(connection):
        return {}
    period = charging_period.c
    query = _emitted(period.session_id).where(period.session_id.in_(tuple(session_ids))).group_by(period.session_id)
    return {row[0]: _carbon(row) for row in connection.execute(query)}


def carbon_between(
    connection: Connection,
    start: datetime,
    end: datetime,
    evse_ids: Iterable[str],
    *,
    grouping: Grouping = Grouping.NOTHING,
    grain_s: int = HOUR_S,
) -> tuple[CarbonSlot, ...]:
    """Return what the periods stand for that begin in [start, end), by slots of `grain_s` of UTC, EVSE and group."""
    if not _knows_any(connection):
        return ()
    period, wanted = charging_period.c, set(evse_ids)
    group = group_of(grouping)
    slot = slot_of(period.start, grain_s)
    query = with_things(_emitted(slot, period.evse_id, group, period.currency), grouping)
    query = only(query.where(period.start >= start, period.start < end), period.evse_id, wanted)
    by = query.group_by(slot, period.evse_id, *grouped(grouping, group), period.currency)
    return tuple(
        CarbonSlot(
            start=instant_of(int(row[0]) * grain_s * 1_000_000),
            evse_id=row[1],
            group=row[2],
            currency=row[3],
            carbon=_carbon(row),
        )
        for row in connection.execute(by)
        if row[1] in wanted
    )


def _knows_any(connection: Connection) -> bool:
    """Tell whether any site has an intensity: most have none, and shall not wait for that."""
    return connection.scalar(select(carbon_intensity.c.site_id).limit(1)) is not None


def _emitted(*of: ColumnElement[Any]) -> Select[Any]:
    """Ask for the sums of CO₂, and of the energy whose intensity is known."""
    period, intensity = charging_period.c, carbon_intensity.c
    solar = func.coalesce(period.solar_mwh, 0)
    began = type_coerce(period.start, BigInteger)
    quarter = began - began % _QUARTER_US
    return (
        select(
            *of,
            func.sum((period.energy_mwh - solar) * intensity.grid_mg_per_kwh + solar * intensity.solar_mg_per_kwh),
            func.sum(period.energy_mwh),
        )
        .join_from(charging_period, session, session.c.id == period.session_id)
        .join(
            carbon_intensity,
            and_(intensity.site_id == session.c.site_id, type_coerce(intensity.start, BigInteger) == quarter),
        )
    )


def _carbon(row: Any) -> Carbon:
    # PostgreSQL and MariaDB sum 64-bit integers to decimals.
    return Carbon(ng=int(row[-2]), known_mwh=int(row[-1]))
