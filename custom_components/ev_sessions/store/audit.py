"""The audit trail: who did what and when, with what was before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection
from ulid_transform import ulid_now

from .schema import audit, fields

#: Who speaks where somebody else limited a circuit, and what is said: when it began, and how it went.
OUTSIDE = "outside"
LIMITED = "limited"
LIMIT_ENDED = "limit_ended"
#: The subject of rows that keep what an edit can be taken back to: they tell nobody anything.
SESSION_BEFORE = "session_before"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One line of the trail; `old` and `new` are JSON values, `who` a user id or `system`."""

    id: str
    site_id: str | None
    at: datetime
    who: str
    action: str
    subject: str
    subject_id: str
    old: Any
    new: Any


def record(
    connection: Connection,
    *,
    site_id: str | None,
    at: datetime,
    who: str,
    action: str,
    subject: str,
    subject_id: str,
    old: Any = None,
    new: Any = None,
) -> None:
    """Write one line; it is part of the transaction of what it tells about."""
    line = {"site_id": site_id, "at": at, "who": who, "action": action, "subject": subject, "subject_id": subject_id}
    record_all(connection, [{**line, "old": old, "new": new}])


def record_all(connection: Connection, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write lines as `record` does, all in one statement."""
    connection.execute(insert(audit), [{"id": ulid_now(), **line} for line in lines])


def audit_trail(
    connection: Connection,
    *,
    subject_id: str | None = None,
    site_id: str | None = None,
    since: datetime | None = None,
    who: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> tuple[AuditRecord, ...]:
    """Return lines of the trail, newest first."""
    query = select(*fields(audit)).where(audit.c.subject != SESSION_BEFORE)
    query = query.order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit).offset(offset)
    if subject_id is not None:
        query = query.where(audit.c.subject_id == subject_id)
    if site_id is not None:
        query = query.where(audit.c.site_id == site_id)
    if who is not None:
        query = query.where(audit.c.who == who)
    if since is not None:
        query = query.where(audit.c.at >= since)
    return tuple(AuditRecord(**row) for row in connection.execute(query).mappings())
