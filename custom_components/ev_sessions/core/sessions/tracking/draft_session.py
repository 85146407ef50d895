"""The session of a tracker while it is worked on: it opens, does other things, gains time, ends and settles."""

from dataclasses import replace
from typing import Final

from ...moment import instant_of
from ...reading import Activity, SuspendedBy
from ..durations import lasted
from ..session import EndReason, Session, SessionEventType, SessionStatus
from .cuts import cuts_us
from .draft import Draft
from .piece import Piece, cut_at, joined
from .step import RegisterCheckpoint

_STOPPED_ASKING: Final = frozenset({Activity.SUSPENDED_EV, Activity.FINISHING})
_NOT_WORKING: Final = frozenset({Activity.FAULT, Activity.UNAVAILABLE})


#: A session that ends by these goes over into the next, at one instant and one register value.
GOES_OVER: Final = frozenset({EndReason.TOKEN_CHANGED, EndReason.VEHICLE_CHANGED, EndReason.SPLIT})


def start_session(
    draft: Draft,
    start_us: int,
    activity: Activity,
    suspended_by: SuspendedBy | None,
    *,
    owed_mwh: int = 0,
    reason: EndReason | None = None,
) -> None:
    """Open a session at an instant at which the open piece ends.

    `owed_mwh` is what the register has counted since that instant and nobody was given yet.
    `reason` is why the session before ended, where this one is split from it.
    """
    start = instant_of(start_us)
    session_id = draft.context.new_id(start)
    if not draft.open.empty:
        draft.close()
    register_mwh = None if draft.register is None else draft.register.total_mwh - owed_mwh
    draft.current = Session(id=session_id, start=start, register_start_mwh=register_mwh)
    draft.open = Piece(start_us=start_us, end_us=start_us, session_id=session_id)
    draft.charged = draft.completed = False
    _checkpoint(draft, start_us, session_id)
    draft.tell(SessionEventType.CONNECTED, start_us, None if reason is None else reason.value)
    become(draft, start_us, activity, suspended_by)


def end_session(draft: Draft, reason: EndReason, outside: Piece | None = None) -> None:
    """End the session where its open piece ends; go on with time that belongs to nobody."""
    session, end_us = draft.current, draft.open.end_us
    if session is None:
        return
    if not draft.open.empty:
        draft.close()
        session = draft.session_of(session.id)
    draft.tell(SessionEventType.DISCONNECTED, end_us, reason.value if reason in GOES_OVER else None)
    draft.current = None
    ended = replace(session, end=instant_of(end_us), status=SessionStatus.ENDED, end_reason=reason)
    draft.ended.append(ended)
    draft.sessions[ended.id] = ended
    draft.open = outside or Piece(start_us=end_us, end_us=end_us)


def become(
    draft: Draft,
    at_us: int,
    activity: Activity,
    suspended_by: SuspendedBy | None,
    *,
    unseen: bool = False,
) -> None:
    """Let the session's activity be another from an instant on; a new period where it is."""
    piece = draft.open
    if (piece.activity, piece.suspended_by, piece.unseen) != (activity, suspended_by, unseen):
        draft.renew(at_us, activity, suspended_by, unseen=unseen)
    elif not piece.empty:
        return
    if activity is Activity.CHARGING:
        if not draft.charged or piece.activity is not Activity.CHARGING:
            kind = SessionEventType.RESUMED if draft.charged else SessionEventType.STARTED_CHARGING
            draft.tell(kind, at_us)
        draft.charged, draft.completed = True, False
    elif draft.charged:
        _stopped(draft, at_us, piece.activity, activity, suspended_by)


def _stopped(draft: Draft, at_us: int, before: Activity, after: Activity, suspended_by: SuspendedBy | None) -> None:
    """Tell why the car does not charge any more."""
    if after in _STOPPED_ASKING:
        if not draft.completed:
            draft.completed = True
            draft.tell(SessionEventType.COMPLETED, at_us)
    elif before is Activity.CHARGING and after not in _NOT_WORKING:
        draft.tell(SessionEventType.PAUSED, at_us, suspended_by or SuspendedBy.UNKNOWN)


def absorb(
    draft: Draft, piece: Piece, activity: Activity, suspended_by: SuspendedBy | None, *, unseen: bool = False
) -> None:
    """Give the session time that belonged to nobody, and follows its open piece."""
    session_id = draft.open.session_id
    if session_id is None or piece.empty:
        return
    cuts = cuts_us(draft.open.start_us, piece.end_us, draft.context)
    for part in cut_at(piece, cuts):
        if part.start_us in cuts:
            draft.renew(part.start_us, draft.open.activity, draft.open.suspended_by, unseen=draft.open.unseen)
        become(draft, part.start_us, activity, suspended_by, unseen=unseen)
        draft.book(None, -part.energy_mwh, 0)
        draft.book(session_id, part.energy_mwh, part.estimated_mwh)
        draft.open = joined(draft.open, part)
        draft.put_session(lasted(draft.session_of(session_id), activity, part.duration_ms))


def settle_session(draft: Draft, session: Session) -> None:
    """Let an ended session be final: the register has told all that it will."""
    register_end_mwh = session.register_start_mwh
    if draft.register is not None and register_end_mwh is not None:
        register_end_mwh += session.energy_mwh
        # What came after the end is nobody's, or the next car's; a coarse register ends at what it showed.
        if draft.coarse and draft.current is None:
            register_end_mwh = draft.register.total_mwh
    _checkpoint(draft, draft.at_us, session.id)
    draft.put_session(replace(session, settled=True, register_end_mwh=register_end_mwh))
    draft.urgent = True


def meet(draft: Draft) -> None:
    """Let sessions that were split meet at one register value: what the register told since lies before the split."""
    for session in draft.ended:
        after = next_of(draft, session)
        if after is None or session.register_start_mwh is None:
            continue
        at_mwh = session.register_start_mwh + session.energy_mwh
        if session.settled and session.register_end_mwh != at_mwh:
            draft.put_session(replace(session, register_end_mwh=at_mwh))
        if after.register_start_mwh != at_mwh:
            end_mwh = at_mwh + after.energy_mwh if after.settled else None
            draft.put_session(replace(after, register_start_mwh=at_mwh, register_end_mwh=end_mwh))


def next_of(draft: Draft, session: Session) -> Session | None:
    """Return the session that was split from an ended one, while the tracker holds it."""
    if session.end_reason not in GOES_OVER:
        return None
    held = (*draft.ended, *(() if draft.current is None else (draft.current,)))
    return next((one for one in held if one.start == session.end and one.id != session.id), None)


def _checkpoint(draft: Draft, at_us: int, session_id: str) -> None:
    if draft.register is not None:
        draft.checkpoints.append(
            RegisterCheckpoint(
                at=instant_of(at_us),
                register_mwh=draft.register.value_mwh,
                cleaned_mwh=draft.register.total_mwh,
                session_id=session_id,
            )
        )
