"""The wall clock against the monotonic one: what happens to a session when people set the clock.

Durations follow the monotonic clock and never change. When the wall clock is set, what
the tracker still holds moves with it, so that end minus start stays the true duration.
A wall clock that shows a time long past (a Pi without battery boots in 1970) is known
to be wrong: the tracker's own clock goes on from where it was, and follows the wall's
once that has been set.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from ...moment import Now, us_of
from ...quarter import quarters_us
from ..session import ChargingPeriod, Session
from .draft import Draft
from .piece import Piece, cut_at
from .register import shifted
from .solar import moved
from .step import NoteKey, Redating

#: No clock that shows an earlier time is right; replayed sessions of past years must still be taken.
FLOOR_US: Final = us_of(datetime(2010, 1, 1, tzinfo=UTC))
#: By more than this the wall clock was set; less is the drift of clocks.
JUMP_US: Final = 2_000_000
#: Within this a wall clock that is behind at a start is one that was saved before the stop.
_SAVED_CLOCK_US: Final = 2 * 86_400_000_000


def follow(draft: Draft, now: Now) -> int:
    """Bring the draft's clock to `now`, all but the time that passed; return the instant to pass to."""
    mono_ms = round(now.monotonic_s * 1000)
    elapsed_us = max(0, mono_ms - draft.mono_ms) * 1000
    draft.mono_ms = mono_ms
    wall_us = us_of(now.utc)
    drift_us = wall_us - (draft.at_us + elapsed_us + draft.skew_us)
    if abs(drift_us) > JUMP_US:
        draft.note(NoteKey.CLOCK_SET, shift_ms=drift_us // 1000)
        elapsed_us += _was_set(draft, wall_us, drift_us)
    return draft.at_us + elapsed_us


def wake(draft: Draft, now: Now, *, same_boot: bool) -> tuple[int, bool]:
    """Bring a snapshot to the clock of a start, all but the time in between.

    Return the instant to pass to, and whether the machine may have been off: then the
    wall clock may be behind for a while yet, and the time in between be longer.
    """
    wall_us, mono_ms = us_of(now.utc), round(now.monotonic_s * 1000)
    gap_us = (wall_us - draft.at_us) // 1000 * 1000
    ran_us = (mono_ms - draft.mono_ms) * 1000
    alike = abs(ran_us - gap_us) <= JUMP_US
    set_us = 0
    if same_boot and not alike:
        set_us = gap_us - ran_us
    elif _was_wrong(draft.at_us, wall_us):
        set_us = gap_us
    draft.mono_ms, draft.skew_us = mono_ms, 0
    if wall_us < FLOOR_US <= draft.at_us:
        draft.skew_us = set_us or gap_us
    elif set_us:
        shift(draft, set_us)
    else:
        draft.skew_us = min(0, gap_us)
    return draft.at_us + max(0, wall_us - draft.skew_us - draft.at_us) // 1000 * 1000, not (alike or same_boot)


def _was_wrong(at_us: int, wall_us: int) -> bool:
    """Tell whether a snapshot was made by a clock that was wrong, by the clock of now, which is not."""
    return wall_us >= FLOOR_US and (at_us < FLOOR_US or at_us - wall_us > _SAVED_CLOCK_US)


def _was_set(draft: Draft, wall_us: int, drift_us: int) -> int:
    """Take note that the wall clock was set; return by how much more time has passed than was thought."""
    if wall_us < FLOOR_US <= draft.at_us:
        draft.skew_us += drift_us
        return 0
    shift_us = drift_us + draft.skew_us
    draft.skew_us = 0
    gap = draft.gap
    if shift_us > 0 and gap is not None and gap.rebooted and not gap.observed:
        return shift_us // 1000 * 1000
    shift(draft, shift_us)
    return 0


def shift(draft: Draft, by_us: int) -> None:
    """Move what the draft holds, but for sessions that are final, to a clock that was set."""
    by_us = by_us // 1000 * 1000
    if by_us == 0:
        return
    draft.at_us += by_us
    draft.urgent = True
    _shift_sessions(draft, by_us)
    moving = {session.id for session in draft.ended if not session.settled}
    if draft.current is not None:
        moving.add(draft.current.id)
    draft.pending = [
        draft.told(_moved(piece, by_us)) if piece.session_id in moving else piece for piece in draft.pending
    ]
    open_piece = _moved(draft.open, by_us)
    cuts = quarters_us(open_piece.start_us, open_piece.end_us, draft.context.zone)
    *before, draft.open = cut_at(open_piece, cuts)
    if draft.current is not None:
        _recut(draft, [*before, draft.open])
    draft.doubt = draft.doubt and _moved(draft.doubt, by_us)
    if draft.gap is not None:
        draft.gap = replace(draft.gap, piece=_moved(draft.gap.piece, by_us))
    draft.alignment = moved(draft.alignment, by_us)
    draft.register = draft.register and shifted(draft.register, by_us)
    draft.counter = draft.counter and shifted(draft.counter, by_us)


def _shift_sessions(draft: Draft, by_us: int) -> None:
    for session in [*draft.ended, *([draft.current] if draft.current else [])]:
        if not session.settled:
            kept = [piece.index for piece in (*draft.pending, draft.open) if piece.session_id == session.id]
            before_index = min(kept, default=session.period_count)
            draft.redated.append(Redating(session_id=session.id, before_index=before_index, shift_ms=by_us // 1000))
            draft.put_session(_moved_session(session, by_us))
            draft.periods = {
                key: _moved_period(period, by_us) if key[0] == session.id else period
                for key, period in draft.periods.items()
            }


def _recut(draft: Draft, parts: list[Piece]) -> None:
    """Cut the moved open piece at the quarter hours that now lie inside it."""
    for place, part in enumerate(parts[:-1]):
        draft.pending.append(draft.told(replace(part, index=draft.open.index + place)))
    draft.open = replace(parts[-1], index=draft.open.index + len(parts) - 1)


def _moved(piece: Piece, by_us: int) -> Piece:
    return replace(piece, start_us=piece.start_us + by_us, end_us=piece.end_us + by_us)


def _moved_period(period: ChargingPeriod, by_us: int) -> ChargingPeriod:
    by = timedelta(microseconds=by_us)
    return replace(period, start=period.start + by, end=period.end + by)


def _moved_session(session: Session, by_us: int) -> Session:
    by = timedelta(microseconds=by_us)
    return replace(session, start=session.start + by, end=session.end and session.end + by)
