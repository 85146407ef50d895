"""What a person changes of a session: always with a line in the audit trail, never silently."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, update
from sqlalchemy.engine import Connection

from ..core.moment import us_of
from ..core.sessions.attribution import FoundBy
from ..core.sessions.session import SessionStatus
from ..core.sessions.session_edit import Moved, SessionBoundsError, with_bounds
from .audit import record
from .erasing import erase_session
from .errors import RefusedEditError, UnknownRecordError
from .listing import StoredSession, periods_of, sessions_of
from .owners import owner_of
from .putting_back import keep_before
from .schema import charging_period, deleted_session, session, signed_record
from .session_owners import default_payer_id
from .stale import mark_session_stale
from .steps import PricedPeriod, put_periods
from .versions import Kind, newest_version_id

_NOTE_LIMIT = 10_000


class SessionChanges(TypedDict, total=False):
    """What to change of a session; what is not named stays. None clears note, vehicle, payer or voucher."""

    note: str | None
    vehicle_id: str | None
    payer_id: str | None
    start: datetime
    end: datetime
    codes: tuple[str, ...]
    voucher: Decimal | None


def update_session(
    connection: Connection, session_id: str, changes: SessionChanges, *, who: str, at: datetime
) -> StoredSession:
    """Change a session and tell the audit trail; return it as it is now."""
    stored = _known(connection, session_id)
    values = _said(connection, stored, changes)
    moved = _moved(connection, stored, changes)
    if moved is not None:
        values |= _times(moved)
    old = {name: _current(stored, name) for name in values}
    if old != values:
        keep_before(connection, (session_id,), site_id=stored.site_id, who=who, at=at)
        connection.execute(update(session).where(session.c.id == session_id).values(**values, edited=True))
        if any(old.get(name) != values.get(name) for name in ("vehicle_version_id", "payer_version_id")):
            mark_session_stale(connection, session_id)
        if moved is not None:
            _replace_periods(connection, stored, moved)
        record(
            connection,
            site_id=stored.site_id,
            at=at,
            who=who,
            action="update",
            subject="session",
            subject_id=session_id,
            old={name: _plain(old[name]) for name in values if old[name] != values[name]},
            new={name: _plain(values[name]) for name in values if old[name] != values[name]},
        )
    return _known(connection, session_id)


def _known(connection: Connection, session_id: str) -> StoredSession:
    found = sessions_of(connection, (session_id,))
    if not found:
        raise UnknownRecordError(f"session {session_id}")
    return found[0]


def _said(connection: Connection, stored: StoredSession, changes: SessionChanges) -> dict[str, Any]:
    """Return what a person says of a session beside its times, in columns of the ledger."""
    values: dict[str, Any] = {}
    if "note" in changes:
        note = changes["note"]
        if note is not None and len(note) > _NOTE_LIMIT:
            raise RefusedEditError("note_too_long")
        values["note"] = note
    if "vehicle_id" in changes:
        values |= _vehicle_values(connection, stored, changes["vehicle_id"])
    if "payer_id" in changes:
        values |= {
            "payer_version_id": _version(connection, Kind.PAYER, stored, changes["payer_id"]),
            "payer_by": FoundBy.PERSON,
        }
    for name in ("codes", "voucher"):
        if name in changes:
            values[name] = changes[name]
    return values


def _vehicle_values(connection: Connection, stored: StoredSession, vehicle_id: str | None) -> dict[str, Any]:
    """Return what a session becomes whose vehicle a person tells; who pays follows, where nobody said it."""
    values: dict[str, Any] = {
        "vehicle_version_id": _version(connection, Kind.VEHICLE, stored, vehicle_id),
        "vehicle_by": FoundBy.PERSON,
    }
    payer_id = None if vehicle_id is None else default_payer_id(connection, vehicle_id)
    if payer_id is not None and stored.payer_by not in {FoundBy.PERSON, FoundBy.TOKEN}:
        values["payer_version_id"] = _version(connection, Kind.PAYER, stored, payer_id)
        values["payer_by"] = FoundBy.VEHICLE
    return values


def _version(connection: Connection, kind: Kind, stored: StoredSession, thing_id: str | None) -> str | None:
    """Return the version of a thing that a session refers to already, else the newest."""
    known = (stored.vehicle_id, stored.vehicle_version_id)
    if kind is Kind.PAYER:
        known = (stored.payer_id, stored.payer_version_id)
    if thing_id is None or thing_id == known[0]:
        return None if thing_id is None else known[1]
    return newest_version_id(connection, kind, thing_id)


def _moved(connection: Connection, stored: StoredSession, changes: SessionChanges) -> Moved | None:
    start = changes.get("start", stored.session.start)
    end = changes.get("end", stored.session.end)
    if (start, end) == (stored.session.start, stored.session.end):
        return None
    if end is None:
        raise RefusedEditError("session_open")
    if not stored.session.settled:
        # A late register sample can still add to it, by the times that the tracker knows.
        raise RefusedEditError("session_not_settled")
    periods = [one.period for one in periods_of(connection, (stored.session.id,))[stored.session.id]]
    try:
        return with_bounds(stored.session, periods, start, end, ZoneInfo(stored.time_zone))
    except SessionBoundsError as error:
        raise RefusedEditError(error.reason) from error


def _times(moved: Moved) -> dict[str, Any]:
    names = ("start", "end", "connected_ms", "charging_ms", "waiting_ms", "paused_ms", "idle_ms", "period_count")
    return {name: getattr(moved.session, name) for name in names} | {"times_edited": True}


def _current(stored: StoredSession, name: str) -> Any:
    return getattr(stored if name in StoredSession.__dataclass_fields__ else stored.session, name)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return {"us": us_of(value), "utc": value.isoformat()} if isinstance(value, datetime) else value


def _replace_periods(connection: Connection, stored: StoredSession, moved: Moved) -> None:
    session_id = stored.session.id
    costs = {one.period.index: one.cost_nano for one in periods_of(connection, (session_id,))[session_id]}
    mark_session_stale(connection, session_id)
    connection.execute(delete(charging_period).where(charging_period.c.session_id == session_id))
    owner = owner_of(connection, stored.evse_id)
    put_periods(
        connection,
        owner,
        [
            # No energy costs nothing, whatever the price.
            PricedPeriod(session_id=session_id, period=period, cost_nano=0 if origin is None else costs[origin])
            for period, origin in zip(moved.periods, moved.origins, strict=True)
        ],
    )


def delete_session(connection: Connection, session_id: str, *, who: str, at: datetime) -> None:
    """Delete an ended session and all that hangs on it; the audit trail keeps what it was."""
    stored = _known(connection, session_id)
    if stored.session.status is not SessionStatus.ENDED:
        raise RefusedEditError("session_open")
    mark_session_stale(connection, session_id)
    connection.execute(delete(signed_record).where(signed_record.c.session_id == session_id))
    erase_session(connection, session_id)
    # The tracker may still have something to say of it: it must not come back by that.
    connection.execute(insert(deleted_session).values(id=session_id, site_id=stored.site_id, deleted_at=at))
    record(
        connection,
        site_id=stored.site_id,
        at=at,
        who=who,
        action="delete",
        subject="session",
        subject_id=session_id,
        old=_last_words(stored),
    )


def _last_words(stored: StoredSession) -> dict[str, Any]:
    kept = stored.session
    words = {name: getattr(kept, name) for name in kept.__dataclass_fields__}
    words |= {name: getattr(stored, name) for name in ("evse_id", "note", "codes", "voucher", "origin")}
    words["costs"] = [
        {"role": one.role, "currency": one.currency, "total_nano": one.total_nano} for one in stored.costings
    ]
    return {name: _plain(value) for name, value in words.items()}
