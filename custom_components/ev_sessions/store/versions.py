"""Immutable, dated versions of tariffs, vehicles, payers and circuits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, insert, select, update
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from .errors import UnknownRecordError
from .schema import (
    circuit,
    circuit_version,
    fields,
    payer,
    payer_version,
    tariff,
    tariff_version,
    vehicle,
    vehicle_version,
)


class Kind(StrEnum):
    """Things that have versions."""

    TARIFF = "tariff"
    VEHICLE = "vehicle"
    PAYER = "payer"
    CIRCUIT = "circuit"


_TABLES: dict[Kind, tuple[Table, Table]] = {
    Kind.TARIFF: (tariff, tariff_version),
    Kind.VEHICLE: (vehicle, vehicle_version),
    Kind.PAYER: (payer, payer_version),
    Kind.CIRCUIT: (circuit, circuit_version),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a thing was from an instant on; `thing_id` is the same for all its versions."""

    id: str
    kind: Kind
    thing_id: str
    site_id: str
    subentry_id: str
    valid_from: datetime
    name: str
    time_zone: str
    currency: str | None
    data: Any
    archived_at: datetime | None


def put_version(
    connection: Connection,
    kind: Kind,
    *,
    site_id: str,
    subentry_id: str,
    name: str,
    time_zone: str,
    data: Mapping[str, Any],
    valid_from: datetime,
    currency: str | None = None,
    thing_id: str | None = None,
) -> Version:
    """Return the version that says this, a new one only where the newest says something else.

    `thing_id` is the id of a thing that was announced before it had a subentry.
    """
    _, version = _TABLES[kind]
    reference = version.c[f"{kind.value}_id"]
    thing_id = _put_thing(connection, kind, site_id, subentry_id, thing_id)
    says = {"name": name, "time_zone": time_zone, "currency": currency, "data": dict(data)}
    query = select(*fields(version)).where(reference == thing_id).order_by(version.c.valid_from.desc()).limit(1)
    newest = connection.execute(query).mappings().first()
    if newest is None or any(newest[key] != value for key, value in says.items()):
        if newest is not None:
            valid_from = max(valid_from, newest["valid_from"] + timedelta(microseconds=1))
        connection.execute(
            insert(version).values({"id": ulid_now(), f"{kind.value}_id": thing_id, "valid_from": valid_from, **says})
        )
    return next(one for one in versions(connection, kind, newest_only=True) if one.thing_id == thing_id)


def _put_thing(connection: Connection, kind: Kind, site_id: str, subentry_id: str, thing_id: str | None) -> str:
    """Return the id of a subentry's thing, in use from now on."""
    thing, _ = _TABLES[kind]
    known = connection.scalar(select(thing.c.id).where(thing.c.subentry_id == subentry_id))
    if known is None and thing_id is not None:
        known = connection.scalar(select(thing.c.id).where(thing.c.id == thing_id))
    if known is None:
        known = thing_id or ulid_now()
        connection.execute(insert(thing).values(id=known, site_id=site_id, subentry_id=subentry_id))
    else:
        values = {"subentry_id": subentry_id, "archived_at": None}
        connection.execute(update(thing).where(thing.c.id == known).values(values))
    return known


def announce_thing(connection: Connection, kind: Kind, thing_id: str, *, site_id: str) -> None:
    """Let a thing be referred to that has no subentry yet: until it has, it goes by its own id."""
    thing, _ = _TABLES[kind]
    if connection.scalar(select(thing.c.id).where(thing.c.id == thing_id)) is None:
        connection.execute(insert(thing).values(id=thing_id, site_id=site_id, subentry_id=thing_id))


def versions(connection: Connection, kind: Kind, *, newest_only: bool = False) -> tuple[Version, ...]:
    """Return all versions of all things of a kind, by thing and time, or the newest of each."""
    thing, version = _TABLES[kind]
    query = (
        select(*fields(version, f"{kind.value}_id"), *fields(thing, "id"), thing.c.id.label("thing_id"))
        .join_from(version, thing)
        .order_by(thing.c.id, version.c.valid_from)
    )
    found = [Version(kind=kind, **row) for row in connection.execute(query).mappings()]
    if newest_only:
        found = list({one.thing_id: one for one in found}.values())
    return tuple(found)


def newest_version_id(connection: Connection, kind: Kind, thing_id: str) -> str:
    """Return the id of a thing's newest version."""
    _, version = _TABLES[kind]
    query = (
        select(version.c.id)
        .where(version.c[f"{kind.value}_id"] == thing_id)
        .order_by(version.c.valid_from.desc())
        .limit(1)
    )
    found: str | None = connection.scalar(query)
    if found is None:
        raise UnknownRecordError(f"{kind.value} {thing_id}")
    return found


def archive_thing(connection: Connection, kind: Kind, subentry_id: str, at: datetime) -> None:
    """Take a thing out of use; its versions stay, because sessions refer to them."""
    thing, _ = _TABLES[kind]
    done = connection.execute(update(thing).where(thing.c.subentry_id == subentry_id).values(archived_at=at))
    if not done.rowcount:
        raise UnknownRecordError(f"{kind.value} of subentry {subentry_id}")
