"""What people set at run time (limits, switches, targets), stored at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from .schema import runtime_setting
from .upsert import upsert


def put_setting(connection: Connection, owner_id: str, name: str, value: Any, at: datetime) -> None:
    """Write a JSON value under a name of a site, charger or EVSE; None removes it."""
    if value is None:
        connection.execute(
            delete(runtime_setting).where(runtime_setting.c.owner_id == owner_id, runtime_setting.c.name == name)
        )
        return
    upsert(connection, runtime_setting, [{"owner_id": owner_id, "name": name, "value": value, "changed_at": at}])


def put_settings(connection: Connection, wanted: Sequence[tuple[str, str, Any, datetime]]) -> list[None]:
    """Write values as `put_setting` does, in their order."""
    rows: list[dict[str, Any]] = []
    for owner_id, name, value, at in wanted:
        if value is None:
            upsert(connection, runtime_setting, rows)
            rows = []
            put_setting(connection, owner_id, name, None, at)
        else:
            rows.append({"owner_id": owner_id, "name": name, "value": value, "changed_at": at})
    upsert(connection, runtime_setting, rows)
    return [None] * len(wanted)


def settings(connection: Connection, owner_id: str | None = None) -> dict[str, dict[str, Any]]:
    """Return all values by owner and name, or those of one owner."""
    query = select(runtime_setting.c.owner_id, runtime_setting.c.name, runtime_setting.c.value)
    if owner_id is not None:
        query = query.where(runtime_setting.c.owner_id == owner_id)
    found: dict[str, dict[str, Any]] = {}
    for owner, name, value in connection.execute(query):
        found.setdefault(owner, {})[name] = value
    return found
