"""What was changed in a charging station, so that it can be put back, and which list of tokens it has."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from .schema import fields, local_list, station_setting
from .upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSetting:
    """A setting of a station: as it was before anybody of us changed it, and as it was set. None: not known."""

    name: str
    before: str | None
    after: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalList:
    """The list of tokens that a station has."""

    version: int
    content_hash: str
    changed_at: datetime


def station_settings(connection: Connection, charger_id: str) -> dict[str, StationSetting]:
    """Return what was changed in a station, by name."""
    query = select(*fields(station_setting, "charger_id")).where(station_setting.c.charger_id == charger_id)
    return {row["name"]: StationSetting(**row) for row in connection.execute(query).mappings()}


def put_station_setting(
    connection: Connection, charger_id: str, name: str, *, before: str | None, after: str | None, at: datetime
) -> None:
    """Note that a setting was changed; what was before the first change stays."""
    row: dict[str, Any] = {"charger_id": charger_id, "name": name, "before": before, "after": after, "changed_at": at}
    upsert(connection, station_setting, [row], keep=frozenset({"before"}))


def remove_station_settings(connection: Connection, charger_id: str, names: tuple[str, ...] | None = None) -> None:
    """Forget what was changed in a station, or only some of it: it is put back."""
    gone = delete(station_setting).where(station_setting.c.charger_id == charger_id)
    connection.execute(gone if names is None else gone.where(station_setting.c.name.in_(names)))


def local_list_of(connection: Connection, charger_id: str) -> LocalList | None:
    """Return the list that a station has; None where it has none of ours."""
    query = select(*fields(local_list, "charger_id")).where(local_list.c.charger_id == charger_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else LocalList(**row)


def put_local_list(connection: Connection, charger_id: str, *, version: int, content_hash: str, at: datetime) -> None:
    """Note which list a station has by now."""
    upsert(
        connection,
        local_list,
        [{"charger_id": charger_id, "version": version, "content_hash": content_hash, "changed_at": at}],
    )


def remove_local_list(connection: Connection, charger_id: str) -> None:
    """Note that a station has no list of ours any more."""
    connection.execute(delete(local_list).where(local_list.c.charger_id == charger_id))
