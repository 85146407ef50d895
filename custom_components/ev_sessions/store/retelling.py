"""What was told and is not so: a charger's record came late, and the sessions since then are told again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from ..core.moment import us_of
from ..core.sessions.session import Session, SessionEventType, SessionStatus
from ..core.sessions.session_limit import LIMIT_REASONS
from .audit import record
from .erasing import erase_session
from .owners import EvseOwner
from .schema import charging_period, fields, session, session_event
from .stale import mark_session_stale

#: What a tracker tells of, and tells again; the rest is told by others.
_TRACKERS = frozenset(SessionEventType) - {
    SessionEventType.AUTHORISED,
    SessionEventType.COST_FINAL,
    SessionEventType.LIMIT_REACHED,
}
#: What the audit trail keeps of an ended session that changes.
_WORDS = ("start", "end", "energy_mwh", "estimated_mwh", "connected_ms", "charging_ms", "status", "end_reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retelling:
    """What of an EVSE's sessions is told again from an instant on; without one, nothing is that was told before.

    `retracted` are sessions that never were; `kept` how many of its first periods each
    session has that is told again. `past` are sessions of which nobody heard before: they are
    taken where they overlap none that is known.
    """

    since: datetime | None
    retracted: tuple[str, ...] = ()
    kept: dict[str, int]
    past: tuple[str, ...] = ()

    def after(self, before: Retelling | None) -> Retelling:
        """Return both in one, where the one of before was not written yet."""
        if before is None:
            return self
        return Retelling(
            since=min((one for one in (before.since, self.since) if one is not None), default=None),
            retracted=tuple({*before.retracted, *self.retracted} - self.kept.keys()),
            kept={key: one for key, one in (before.kept | self.kept).items() if key not in self.retracted},
            past=tuple({*before.past, *self.past}),
        )

    @property
    def session_ids(self) -> set[str]:
        """All sessions that it touches."""
        return {*self.retracted, *self.kept}


def take_back(
    connection: Connection,
    owner: EvseOwner,
    retelling: Retelling,
    told: Mapping[str, Session],
    refused: set[str],
    at: datetime,
) -> None:
    """Take back what is not so. What a person has edited or deleted stays as it is."""
    known = {
        row["id"]: row
        for row in connection.execute(
            select(*fields(session)).where(session.c.id.in_(retelling.session_ids - refused))
        ).mappings()
    }
    if retelling.since is not None:
        _forget_events(connection, owner.evse_id, retelling.since, refused)
    for session_id in sorted(known.keys() & retelling.kept.keys()):
        mark_session_stale(connection, session_id)
        first = retelling.kept[session_id]
        period = charging_period.c
        connection.execute(delete(charging_period).where(period.session_id == session_id, period.period_index >= first))
        before, after = _words(known[session_id]), _words(told.get(session_id))
        if known[session_id]["status"] is SessionStatus.ENDED and before != after:
            _tell(connection, owner, at, "retold", session_id, before, after)
    for session_id in retelling.retracted:
        if session_id in known:
            mark_session_stale(connection, session_id)
            _tell(connection, owner, at, "retracted", session_id, _words(known[session_id]), None)
            connection.execute(delete(session_event).where(session_event.c.session_id == session_id))
            erase_session(connection, session_id)


def _forget_events(connection: Connection, evse_id: str, since: datetime, refused: set[str]) -> None:
    """Forget what a tracker told of since an instant: it tells it again."""
    one = session_event.c
    connection.execute(
        delete(session_event)
        .where(one.evse_id == evse_id, one.at >= since, one.type.in_(_TRACKERS))
        .where(one.reason.is_(None) | one.reason.not_in(LIMIT_REASONS))
        .where(one.session_id.is_(None) | one.session_id.not_in(refused))
    )


def known_already(connection: Connection, evse_id: str, retelling: Retelling, told: Mapping[str, Session]) -> set[str]:
    """Return the sessions of the past that overlap one that the ledger has of the EVSE."""
    found = set()
    for session_id in retelling.past:
        one = told[session_id]
        overlaps = (
            select(session.c.id)
            .where(session.c.evse_id == evse_id, session.c.id != session_id, session.c.start < one.end)
            .where(session.c.end.is_(None) | (session.c.end > one.start))
        )
        if connection.scalar(overlaps.limit(1)) is not None:
            found.add(session_id)
    return found


def _words(known: Any) -> dict[str, Any] | None:
    if known is None:
        return None
    values = {name: known[name] if not isinstance(known, Session) else getattr(known, name) for name in _WORDS}
    return {name: us_of(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _tell(
    connection: Connection, owner: EvseOwner, at: datetime, action: str, session_id: str, old: Any, new: Any
) -> None:
    record(
        connection,
        site_id=owner.site_id,
        at=at,
        who="system",
        action=action,
        subject="session",
        subject_id=session_id,
        old=old,
        new=new,
    )
