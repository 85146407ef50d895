"""The session tracker: one state machine for every way to reach a charger.

    tracker = begin(now)                                     an EVSE that was never seen
    tracker, step = advance(tracker, reading, now, context)  at every reading
    tracker, step = tick(tracker, now, context)              after `step.check_again_s` at the latest
    tracker, step = cut(tracker, now, context)               when the price or the tariff changes
    tracker, step = split(tracker, now, context, reason)     when another card or vehicle charges from now on
    tracker, step = resume(tracker, now, context)            once after a start, before all else
    tracker = rewired(tracker, …)                            when the source is another from now on
    text = tracker.to_json(); Tracker.from_json(text)        the ledger's snapshot, with each commit

Every call is pure: the same tracker, reading and instants give the same answer. A
tracker is as good as any older one of the same EVSE: what was lost with a power cut is
recovered from the register by `resume` and the readings that follow.

`shown(tracker)` is the session to show, `tracker.current` the part of it that is certain,
`tracker.activity` what the EVSE does, `tracker.energy_register_mwh` the cleaned register,
and `tracker.outside_mwh` the energy that belongs to no session.
"""

from dataclasses import replace
from typing import Final

from ...moment import Now, us_of
from ...quarter import next_quarter_us
from ...reading import EvseReading
from ..durations import lasted
from ..session import EndReason, Session, SessionStatus
from .clock_set import follow, wake
from .draft import Draft
from .draft_session import end_session, meet, settle_session, start_session
from .observe import doubt_until_us, observe, rejoin, settle_suspect
from .outage import begin_gap, is_due, judge_gap
from .piece import Piece
from .register import across_gap, other_meter
from .step import Note, NoteKey, Redating, RegisterCheckpoint, Step, TrackerContext
from .tracked import Tracker

#: Nobody waits longer for a register that says new values rarely.
_LONGEST_SETTLE_US: Final = 7_200_000_000
#: A session that nobody saw for longer ended with the last that was seen of it.
_LONGEST_GAP_US: Final = 31 * 86_400_000_000
_MOST_ENDED: Final = 16
_REST_S: Final = 60.0


def begin(now: Now) -> Tracker:
    """Return the tracker of an EVSE that was never seen before."""
    at_us = us_of(now.utc) // 1000 * 1000
    return Tracker(at_us=at_us, mono_ms=round(now.monotonic_s * 1000), open=Piece(start_us=at_us, end_us=at_us))


def advance(tracker: Tracker, reading: EvseReading, now: Now, context: TrackerContext) -> tuple[Tracker, Step]:
    """Take a reading. One that is older than the last call counts as made at that."""
    draft = Draft(tracker, context)
    whole_us = follow(draft, now) - draft.at_us
    seen_us = us_of(reading.at) - draft.skew_us - draft.at_us
    before_us = max(0, min(seen_us, whole_us)) // 1000 * 1000
    _pass(draft, draft.at_us + before_us)
    observe(draft, reading)
    draft.grid_mw = _grid_mw(context)
    _pass(draft, draft.at_us + whole_us - before_us)
    return _done(draft)


def tick(tracker: Tracker, now: Now, context: TrackerContext) -> tuple[Tracker, Step]:
    """Let time pass without a reading: quarter hours, and all that waits for something."""
    draft = Draft(tracker, context)
    _pass(draft, follow(draft, now))
    draft.grid_mw = _grid_mw(context)
    return _done(draft)


def cut(tracker: Tracker, now: Now, context: TrackerContext) -> tuple[Tracker, Step]:
    """Close the charging period of now: another price or tariff holds from here on."""
    draft = Draft(tracker, context)
    _pass(draft, follow(draft, now))
    if draft.current is not None:
        draft.renew(draft.open.end_us, draft.open.activity, draft.open.suspended_by, unseen=draft.open.unseen)
    return _done(draft)


def split(
    tracker: Tracker, now: Now, context: TrackerContext, reason: EndReason, *, final: bool = False
) -> tuple[Tracker, Step]:
    """End the session of now, and begin another at the same instant, with the car that stays plugged in.

    Between them no energy is lost: where the register is told just before, both are exact at it,
    else what it tells next is shared at this instant. `final` tells that it has shown all that was
    used so far. Where it is not certain that a car is there, nothing is split.
    """
    draft = Draft(tracker, context)
    _pass(draft, follow(draft, now))
    doubt = draft.doubt
    if doubt is not None and draft.gap is None and draft.presence.connected:
        # Where only the register tells of a car, each step of it is waited for.
        rejoin(draft, doubt, charging=True)
    if draft.current is not None and draft.doubt is None and draft.gap is None:
        activity, suspended_by = draft.open.activity, draft.open.suspended_by
        end_session(draft, reason)
        if final:
            draft.pending.clear()
        start_session(draft, draft.open.end_us, activity, suspended_by, reason=reason)
        if doubt is not None:
            draft.doubt = Piece(start_us=draft.at_us, end_us=draft.at_us)
    return _done(draft)


def resume(tracker: Tracker, now: Now, context: TrackerContext) -> tuple[Tracker, Step]:
    """Take up a snapshot after a start. An open session is held until its source has reported."""
    draft = Draft(tracker, context)
    same_boot = tracker.boot_id is not None and tracker.boot_id == context.boot_id
    until_us, rebooted = wake(draft, now, same_boot=same_boot)
    _confirm_doubt(draft, until_us)
    if until_us - draft.at_us > _LONGEST_GAP_US:
        end_session(draft, EndReason.UNKNOWN)
        draft.pass_to(until_us - _LONGEST_GAP_US)
    begin_gap(draft, started=True, rebooted=rebooted)
    draft.register = draft.register and across_gap(draft.register, unsure=rebooted)
    draft.counter = draft.counter and across_gap(draft.counter, unsure=rebooted)
    draft.pass_to(until_us)
    return _done(draft)


def rewired(tracker: Tracker, *, status: bool, register: bool, same_register: bool, counter: bool) -> Tracker:
    """Return the tracker of an EVSE that is reached another way from now on; its session and its total go on.

    `status` is whether the source tells of a car, else power does; `register` whether it
    has a total register, and `same_register` whether that is the one that it had;
    `counter` whether it has a session counter.
    """
    state = tracker.register
    if state is not None and not same_register:
        state = other_meter(state)
    return replace(
        tracker,
        has_status=tracker.has_status and status,
        presence=tracker.presence if status else replace(tracker.presence, connected=None),
        register=state if register else None,
        counter=tracker.counter if counter else None,
        counter_mwh=tracker.counter_mwh if counter else None,
        sampled_us=tracker.sampled_us if same_register else None,
        power_mw=None,
    )


def shown(tracker: Tracker) -> Session | None:
    """Return the open session as it is to be shown, with the time that is not certain yet."""
    session, gap = tracker.current, tracker.gap
    if session is None:
        return None
    if gap is None:
        return session
    after_ms = 0 if tracker.doubt is None else tracker.doubt.duration_ms
    session = lasted(session, tracker.open.activity, gap.piece.duration_ms + after_ms)
    return replace(session, status=SessionStatus.HELD)


def _grid_mw(context: TrackerContext) -> int | None:
    return None if context.grid_power_w is None else round(context.grid_power_w * 1000)


def _pass(draft: Draft, to_us: int) -> None:
    """Let time pass, and let come what was due in it, at its instant."""
    if (until_us := doubt_until_us(draft)) is not None and until_us <= to_us:
        draft.pass_to(until_us)
    _confirm_doubt(draft, to_us)
    draft.pass_to(to_us)
    if draft.gap is not None and is_due(draft):
        judge_gap(draft, draft.gap, draft.presence)
    settle_suspect(draft)
    _settle_ended(draft)


def _confirm_doubt(draft: Draft, to_us: int) -> None:
    until_us = doubt_until_us(draft)
    if until_us is not None and until_us <= to_us:
        reason = EndReason.UNPLUGGED if draft.has_status else EndReason.UNKNOWN
        outside, draft.doubt = draft.doubt, None
        end_session(draft, reason, outside)


def _settle_ended(draft: Draft) -> None:
    """Settle what has ended and the register has told all about; forget what cannot change any more."""
    if not draft.ended:
        return
    for session in draft.ended:
        if not session.settled and _is_settled(draft, session):
            settle_session(draft, session)
            if not draft.coarse:
                draft.pending = [piece for piece in draft.pending if piece.session_id != session.id]
    meet(draft)
    waiting = {piece.session_id for piece in draft.pending}
    draft.ended = [session for session in draft.ended if not session.settled or session.id in waiting]


def _is_settled(draft: Draft, session: Session) -> bool:
    source = draft.source
    if source is None or len(draft.ended) > _MOST_ENDED:
        return True
    if draft.gap is not None or source.away_us is not None or source.suspect is not None or session.end is None:
        return False
    end_us = us_of(session.end)
    owed = [piece for piece in draft.pending if piece.session_id == session.id]
    if source.at_us >= end_us and not any(draft.draws(piece) for piece in owed):
        return True
    wait_us = max(round(draft.context.settle_s * 1_000_000), min(2 * source.pace_us, _LONGEST_SETTLE_US))
    return draft.at_us - end_us >= wait_us


def _done(draft: Draft) -> tuple[Tracker, Step]:
    """Return the new state and what the call changed."""
    if draft.current is not None:
        draft.open = draft.told(draft.open)
    tracker = draft.tracker()
    session = shown(tracker)
    sessions = tuple(draft.sessions.values())
    return tracker, Step(
        sessions=sessions if session is None else (*sessions, session),
        periods=tuple((session_id, period) for (session_id, _), period in draft.periods.items()),
        events=tuple(draft.events),
        checkpoints=tuple(draft.checkpoints),
        redated=tuple(draft.redated),
        notes=tuple(draft.notes),
        urgent=draft.urgent,
        check_again_s=_check_again_s(draft),
    )


def _check_again_s(draft: Draft) -> float:
    """Return how long from now nothing will be due."""
    due_us = [draft.at_us + round(_REST_S * 1_000_000)]
    if draft.current is not None:
        due_us.append(next_quarter_us(draft.open.start_us, draft.context.zone))
    if (until_us := doubt_until_us(draft)) is not None:
        due_us.append(until_us)
    return max(0.001, (min(due_us) - draft.at_us) / 1_000_000)


__all__ = [
    "Note",
    "NoteKey",
    "Redating",
    "RegisterCheckpoint",
    "Step",
    "Tracker",
    "TrackerContext",
    "advance",
    "begin",
    "cut",
    "resume",
    "rewired",
    "shown",
    "split",
    "tick",
]
