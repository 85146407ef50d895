"""Whose a session is: written with what its tracker tells, so that no crash can part the two."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from ..core.id_token import IdToken
from ..core.sessions.attribution import FoundBy
from .errors import UnknownRecordError
from .schema import payer, payer_version, session, vehicle_version
from .stale import mark_session_stale
from .tokens import see_token
from .versions import Kind, newest_version_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOwner:
    """Whose a session is, as a whole: `vehicle_id` and `payer_id` are the things' ids in the ledger.

    `consumption_kwh` is per 100 km since the charge before. A token that is None leaves the known one.
    """

    session_id: str
    token: IdToken | None = None
    vehicle_id: str | None = None
    vehicle_by: FoundBy | None = None
    payer_id: str | None = None
    payer_by: FoundBy | None = None
    soc_start_percent: float | None = None
    soc_end_percent: float | None = None
    odometer_km: float | None = None
    odometer_end_km: float | None = None
    consumption_kwh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCharge:
    """What is known of a vehicle when it left a charger."""

    odometer_km: float | None
    soc_end_percent: float | None
    consumption_kwh: float | None


_MEASURED = ("soc_start_percent", "soc_end_percent", "odometer_km", "odometer_end_km", "consumption_kwh")


def put_owners(connection: Connection, owners: Sequence[SessionOwner]) -> None:
    """Write whose sessions are; those that the ledger does not have are left out."""
    for one in owners:
        query = select(session.c.site_id, session.c.vehicle_version_id, session.c.payer_version_id)
        known = connection.execute(query.where(session.c.id == one.session_id)).first()
        if known is None:
            continue
        values: dict[str, Any] = {
            "vehicle_version_id": version_kept(connection, Kind.VEHICLE, known.vehicle_version_id, one.vehicle_id),
            "vehicle_by": one.vehicle_by,
            "payer_version_id": version_kept(connection, Kind.PAYER, known.payer_version_id, one.payer_id),
            "payer_by": one.payer_by,
            **{name: getattr(one, name) for name in _MEASURED},
        }
        if one.token is not None and (seen := see_token(connection, known.site_id, one.token)) is not None:
            values["id_token_id"] = seen.id
        connection.execute(update(session).where(session.c.id == one.session_id).values(values))
        if any(values[name] != getattr(known, name) for name in ("vehicle_version_id", "payer_version_id")):
            # Sums by vehicle and payer change with it.
            mark_session_stale(connection, one.session_id)


def version_kept(connection: Connection, kind: Kind, version_id: str | None, thing_id: str | None) -> str | None:
    """Return the version of a thing that a session refers to: the one that it has, else the newest."""
    if thing_id is None:
        return None
    table = vehicle_version if kind is Kind.VEHICLE else payer_version
    of_thing = table.c.vehicle_id if kind is Kind.VEHICLE else table.c.payer_id
    if version_id is not None:
        known = connection.scalar(select(of_thing).where(table.c.id == version_id))
        if known == thing_id:
            return version_id
    # What happened has to be kept, also where damage took the versions of a thing.
    with suppress(UnknownRecordError):
        return newest_version_id(connection, kind, thing_id)
    return None


def default_payer_id(connection: Connection, vehicle_id: str) -> str | None:
    """Return who pays for a vehicle, as its owner said it last."""
    version_id = version_kept(connection, Kind.VEHICLE, None, vehicle_id)
    data = connection.scalar(select(vehicle_version.c.data).where(vehicle_version.c.id == version_id))
    if not isinstance(data, dict) or not data.get("payer"):
        return None
    found: str | None = connection.scalar(select(payer.c.id).where(payer.c.subentry_id == data["payer"]))
    return found


def last_charge(connection: Connection, vehicle_id: str, before: datetime) -> LastCharge | None:
    """Return what was known of a vehicle at the end of its last session that began before an instant."""
    one = session.c
    query = (
        select(func.coalesce(one.odometer_end_km, one.odometer_km), one.soc_end_percent, one.consumption_kwh)
        .join_from(session, vehicle_version, vehicle_version.c.id == one.vehicle_version_id)
        .where(vehicle_version.c.vehicle_id == vehicle_id, one.start < before)
        .order_by(one.start.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else LastCharge(odometer_km=row[0], soc_end_percent=row[1], consumption_kwh=row[2])
