"""Which session a transaction is part of, and so whose the session is."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Connection

from ..core.id_token import IdToken
from ..core.sessions.attribution import FoundBy
from ..core.sessions.session import EndReason
from ..core.sessions.transaction import TOLD_WITHIN, SessionSpan, end_reason_of, session_of
from .schema import charging_transaction, fields, session, signed_record
from .session_owners import default_payer_id, version_kept
from .tokens import see_token, token_owner
from .versions import Kind

_NEARBY: Final = timedelta(hours=1)
#: What a later transaction of the session may know better; a limit of ours it does not.
_MAY_CHANGE: Final = frozenset(
    {
        EndReason.UNPLUGGED,
        EndReason.UNKNOWN,
        EndReason.REMOTE,
        EndReason.LOCAL,
        EndReason.DEAUTHORISED,
        EndReason.POWER_LOSS,
        EndReason.FAULT,
    }
)
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


def link_nearby(connection: Connection, evse_id: str, session_ids: set[str]) -> None:
    """Find the sessions of transactions again, after sessions of an EVSE came, went or moved."""
    one = charging_transaction.c
    spans = connection.execute(select(session.c.start, session.c.end).where(session.c.id.in_(session_ids))).all()
    near = [
        one.start.between(span.start - _NEARBY, _NEVER if span.end is None else span.end + TOLD_WITHIN)
        for span in spans
    ]
    query = select(one.id).where(one.evse_id == evse_id, or_(one.session_id.in_(session_ids), *near))
    link_transactions(connection, tuple(connection.scalars(query)))


def link_transactions(connection: Connection, transaction_ids: tuple[str, ...]) -> None:
    """Let transactions, and what was signed in them, belong to the session in which they were."""
    one = charging_transaction.c
    wanted = select(*fields(charging_transaction)).where(one.id.in_(transaction_ids)).order_by(one.start)
    for row in connection.execute(wanted).mappings().all():
        until = row["start"] + _NEARBY if row["end"] is None else max(row["start"], row["end"])
        near = (
            select(session.c.id, session.c.start, session.c.end)
            .where(session.c.evse_id == row["evse_id"], session.c.start <= until + TOLD_WITHIN)
            .where(or_(session.c.end.is_(None), session.c.end >= row["start"] - TOLD_WITHIN))
        )
        spans = [
            SessionSpan(session_id=key, start=start, end=end) for key, start, end in connection.execute(near).tuples()
        ]
        session_id = session_of(row["start"], row["end"], spans)
        if session_id != row["session_id"]:
            connection.execute(update(charging_transaction).where(one.id == row["id"]).values(session_id=session_id))
            connection.execute(
                update(signed_record).where(signed_record.c.transaction_id == row["id"]).values(session_id=session_id)
            )
        if session_id is not None:
            if row["token_value"] is not None:
                _name_session(connection, session_id, IdToken(value=row["token_value"], type=row["token_type"] or ""))
            _explain_end(connection, session_id)


def _explain_end(connection: Connection, session_id: str) -> None:
    """Let a session have ended for the reason that its last transaction gives."""
    ended = connection.execute(select(session.c.end_reason).where(session.c.id == session_id)).scalar_one()
    reason = told_end_reason(connection, session_id, ended)
    if reason is not ended:
        connection.execute(update(session).where(session.c.id == session_id).values(end_reason=reason))


def told_end_reason(connection: Connection, session_id: str, seen: EndReason | None) -> EndReason | None:
    """Return why a session ended that was seen to end, as far as its last transaction tells."""
    if seen not in _MAY_CHANGE:
        return seen
    one = charging_transaction.c
    last = select(one.stop_reason).where(one.session_id == session_id).order_by(one.start.desc(), one.id.desc())
    return end_reason_of(connection.scalar(last.limit(1))) or seen


def _name_session(connection: Connection, session_id: str, token: IdToken) -> None:
    """Let a session be its token's, with its vehicle and payer, where nobody has said anything else."""
    known = connection.execute(
        select(
            session.c.site_id, session.c.id_token_id, session.c.vehicle_version_id, session.c.payer_version_id
        ).where(session.c.id == session_id)
    ).one()
    if known.id_token_id is not None:
        return
    found = see_token(connection, known.site_id, token)
    if found is None:
        return
    vehicle_id, payer_id = token_owner(connection, known.site_id, token)
    payer_by = FoundBy.TOKEN
    if payer_id is None and vehicle_id is not None:
        payer_id, payer_by = default_payer_id(connection, vehicle_id), FoundBy.VEHICLE
    values: dict[str, Any] = {"id_token_id": found.id}
    if known.vehicle_version_id is None and vehicle_id is not None:
        version_id = version_kept(connection, Kind.VEHICLE, None, vehicle_id)
        values |= {"vehicle_version_id": version_id, "vehicle_by": FoundBy.TOKEN}
    if known.payer_version_id is None and payer_id is not None:
        version_id = version_kept(connection, Kind.PAYER, None, payer_id)
        values |= {"payer_version_id": version_id, "payer_by": payer_by}
    connection.execute(update(session).where(session.c.id == session_id).values(values))
