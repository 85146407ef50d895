"""Sites, chargers and EVSEs: identity that outlives the way in which a charger is reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from .audit import record
from .errors import RefusedEditError, UnknownRecordError
from .schema import charger, charger_attributes, evse, evse_snapshot, fields, site
from .upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRecord:
    """A site as the ledger knows it; `id` is its config entry's."""

    id: str
    name: str
    time_zone: str
    currency: str
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerWish:
    """A charger as its config subentry describes it now.

    `identity` is what tells the hardware apart (device identifiers, or station id and serial).
    """

    site_id: str
    subentry_id: str
    name: str
    transport: str
    identity: str | None = None
    serial: str | None = None
    evse_numbers: tuple[int, ...] = (1,)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerRecord:
    """A charger with its newest attributes; `evse_ids` are by EVSE number."""

    id: str
    site_id: str
    subentry_id: str
    name: str
    transport: str
    identity: str | None
    serial: str | None
    created_at: datetime
    archived_at: datetime | None
    evse_ids: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the tracker of an EVSE knew, as text, at an instant, and before its source went away, while it is."""

    evse_id: str
    at: datetime
    state: str
    before_gap: str | None = None


def put_site(connection: Connection, record_: SiteRecord) -> None:
    """Write a site, or what changed of it."""
    row = {
        "id": record_.id,
        "name": record_.name,
        "time_zone": record_.time_zone,
        "currency": record_.currency,
        "archived_at": record_.archived_at,
    }
    upsert(connection, site, [row])


def sites(connection: Connection) -> tuple[SiteRecord, ...]:
    """Return all sites, archived ones too."""
    query = select(*fields(site)).order_by(site.c.id)
    return tuple(SiteRecord(**row) for row in connection.execute(query).mappings())


def put_charger(
    connection: Connection, wish: ChargerWish, at: datetime, *, take_over: str | None = None
) -> ChargerRecord:
    """Write what is known of a charger now, and return it with the ids of its EVSEs.

    The subentry leads to its charger; `take_over` is the id of a removed charger whose
    history goes on here. A changed name, transport or serial is a new dated set of attributes.
    """
    known = _by_subentry(connection, wish.subentry_id)
    if take_over is not None and take_over != known:
        known = _take_over(connection, take_over, wish, at)
    if known is None:
        known = ulid_now()
        connection.execute(insert(charger).values(id=known, site_id=wish.site_id, created_at=at))
    elif connection.scalar(select(charger.c.archived_at).where(charger.c.id == known)) is not None:
        connection.execute(update(charger).where(charger.c.id == known).values(archived_at=None))
    _put_attributes(connection, known, wish, at)
    present = set(connection.scalars(select(evse.c.number).where(evse.c.charger_id == known)))
    missing = [number for number in wish.evse_numbers if number not in present]
    if missing:
        rows = [{"id": ulid_now(), "charger_id": known, "number": number} for number in missing]
        connection.execute(insert(evse), rows)
    return chargers(connection, charger_id=known)[0]


def _by_subentry(connection: Connection, subentry_id: str) -> str | None:
    for found in chargers(connection):
        if found.subentry_id == subentry_id:
            return found.id
    return None


def _take_over(connection: Connection, charger_id: str, wish: ChargerWish, at: datetime) -> str:
    found = chargers(connection, charger_id=charger_id)
    if not found:
        raise UnknownRecordError(f"charger {charger_id}")
    if found[0].site_id != wish.site_id:
        raise RefusedEditError("other_site")
    if found[0].archived_at is None and found[0].subentry_id != wish.subentry_id:
        raise RefusedEditError("charger_in_use")
    record(
        connection,
        site_id=wish.site_id,
        at=at,
        who="system",
        action="take_over",
        subject="charger",
        subject_id=charger_id,
        old={"subentry_id": found[0].subentry_id, "identity": found[0].identity},
        new={"subentry_id": wish.subentry_id, "identity": wish.identity},
    )
    return charger_id


def _put_attributes(connection: Connection, charger_id: str, wish: ChargerWish, at: datetime) -> None:
    wanted: dict[str, Any] = {
        "subentry_id": wish.subentry_id,
        "name": wish.name,
        "transport": wish.transport,
        "identity": wish.identity,
        "serial": wish.serial,
        "details": dict(wish.details),
    }
    query = (
        select(*fields(charger_attributes))
        .where(charger_attributes.c.charger_id == charger_id)
        .order_by(charger_attributes.c.valid_from.desc())
        .limit(1)
    )
    newest = connection.execute(query).mappings().first()
    if newest is not None:
        if all(newest[name] == value for name, value in wanted.items()):
            return
        # Later than the last set, also where the wall clock was set back meanwhile.
        at = max(at, newest["valid_from"] + timedelta(microseconds=1))
    connection.execute(insert(charger_attributes).values(charger_id=charger_id, valid_from=at, **wanted))


def chargers(
    connection: Connection, *, charger_id: str | None = None, site_id: str | None = None, identity: str | None = None
) -> tuple[ChargerRecord, ...]:
    """Return chargers with their newest attributes, archived ones too, oldest first."""
    newest = (
        select(charger_attributes.c.charger_id, func.max(charger_attributes.c.valid_from).label("valid_from"))
        .group_by(charger_attributes.c.charger_id)
        .subquery()
    )
    query = (
        select(*fields(charger), *fields(charger_attributes, "charger_id", "valid_from", "details"))
        .join(newest, newest.c.charger_id == charger.c.id)
        .join(
            charger_attributes,
            (charger_attributes.c.charger_id == newest.c.charger_id)
            & (charger_attributes.c.valid_from == newest.c.valid_from),
        )
        .order_by(charger.c.created_at, charger.c.id)
    )
    if charger_id is not None:
        query = query.where(charger.c.id == charger_id)
    if site_id is not None:
        query = query.where(charger.c.site_id == site_id)
    if identity is not None:
        query = query.where(charger_attributes.c.identity == identity)
    rows = connection.execute(query).mappings().all()
    evse_ids: dict[str, dict[int, str]] = {}
    for owner, number, evse_id in connection.execute(
        select(evse.c.charger_id, evse.c.number, evse.c.id).order_by(evse.c.number)
    ):
        evse_ids.setdefault(owner, {})[number] = evse_id
    return tuple(ChargerRecord(**row, evse_ids=evse_ids.get(row["id"], {})) for row in rows)


def archive_charger(connection: Connection, charger_id: str, at: datetime) -> None:
    """Take a charger out of use; its sessions stay."""
    done = connection.execute(update(charger).where(charger.c.id == charger_id).values(archived_at=at))
    if not done.rowcount:
        raise UnknownRecordError(f"charger {charger_id}")
    site_id = connection.scalar(select(charger.c.site_id).where(charger.c.id == charger_id))
    record(connection, site_id=site_id, at=at, who="system", action="archive", subject="charger", subject_id=charger_id)


def archive_site(connection: Connection, site_id: str, at: datetime) -> None:
    """Take a site and its chargers out of use; their sessions stay."""
    done = connection.execute(update(site).where(site.c.id == site_id).values(archived_at=at))
    if not done.rowcount:
        raise UnknownRecordError(f"site {site_id}")
    connection.execute(
        update(charger).where(charger.c.site_id == site_id, charger.c.archived_at.is_(None)).values(archived_at=at)
    )
    record(connection, site_id=site_id, at=at, who="system", action="archive", subject="site", subject_id=site_id)


def snapshots(connection: Connection, evse_ids: tuple[str, ...] | None = None) -> dict[str, Snapshot]:
    """Return the last snapshot of each EVSE, or of those asked for."""
    query = select(*fields(evse_snapshot))
    if evse_ids is not None:
        query = query.where(evse_snapshot.c.evse_id.in_(evse_ids))
    return {row["evse_id"]: Snapshot(**row) for row in connection.execute(query).mappings()}
