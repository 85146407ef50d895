"""What happened while nobody looked: after a restart, or when the source was silent.

One session goes on unless something shows that it ended. The register tells how much
energy the gap had; the charger's session counter, whether another session began in it.
"""

from dataclasses import replace
from typing import Final

from ...reading import Activity, EvseReading
from ..session import EndReason
from .clock_set import FLOOR_US, shift
from .draft import Draft
from .draft_session import absorb, become, end_session, start_session
from .piece import UJ_PER_MWH, Piece, divided, joined
from .presence import NOTHING_TOLD, Presence
from .register import Increment, across_gap, clean, restarted
from .step import NoteKey
from .tracked import Gap

#: A source that was silent for less was never away.
SHORT_MS: Final = 60_000
#: More energy than this means that a car was there.
SESSION_MWH: Final = 50_000
#: A session counter that fell by more than this began again.
ROUNDING_MWH: Final = 50_000


def begin_gap(draft: Draft, *, started: bool = False, rebooted: bool = False) -> None:
    """Begin a time in which nobody looks; a car that just seemed to leave has left if it stays away."""
    gap = draft.gap
    if gap is None and draft.doubt is not None and draft.reading is not None and draft.reading.left:
        # Nobody has to come back to tell.
        outside, draft.doubt = draft.doubt, None
        end_session(draft, EndReason.UNPLUGGED, outside)
    if gap is None:
        left = draft.doubt is not None
        gap = Gap(piece=draft.doubt or Piece(start_us=draft.at_us, end_us=draft.at_us), left=left)
    elif draft.doubt is not None:
        gap = replace(gap, piece=joined(gap.piece, draft.doubt), observed=False)
    deadline_ms = draft.mono_ms + round(draft.context.hold_s * 1000) if started else None
    draft.gap = replace(gap, started=started or gap.started, rebooted=rebooted, deadline_ms=deadline_ms)
    draft.doubt = None
    draft.power_mw = None


def look_again(draft: Draft, presence: Presence, increment: Increment | None) -> bool:
    """Take a reading in a gap; return whether the gap is over, and the reading is one like any other."""
    gap = draft.gap
    if gap is None:
        return True
    if not gap.started and gap.piece.duration_ms < SHORT_MS:
        _bridge(draft, gap)
        draft.spread(increment)
        return True
    if not gap.observed:
        deadline_ms = gap.deadline_ms or draft.mono_ms + round(draft.context.hold_s * 1000)
        gap = replace(gap, observed=True, deadline_ms=deadline_ms)
        draft.doubt = Piece(start_us=draft.at_us, end_us=draft.at_us)
    draft.gap = replace(gap, increment=_sum(gap.increment, increment))
    if not _all_told(draft, presence) and not is_due(draft):
        return False
    judge_gap(draft, draft.gap, presence)
    return True


def is_due(draft: Draft) -> bool:
    """Tell whether a gap is over and has waited long enough for the rest of the source."""
    gap = draft.gap
    return gap is not None and gap.observed and gap.deadline_ms is not None and draft.mono_ms >= gap.deadline_ms


def _all_told(draft: Draft, presence: Presence) -> bool:
    """Tell whether all of the source is back that was there before."""
    reading = draft.reading
    if reading is None or (draft.has_status and presence.connected is None):
        return False
    if draft.register is not None:
        return reading.register_mwh is not None
    return draft.counter is None or reading.session_energy_mwh is not None


def _bridge(draft: Draft, gap: Gap) -> None:
    """Go on as if nothing had been: the source blinked."""
    draft.gap = None
    if gap.left:
        draft.doubt = gap.piece
    elif draft.current is not None:
        absorb(draft, gap.piece, draft.open.activity, draft.open.suspended_by, unseen=draft.open.unseen)
    else:
        draft.open = joined(draft.open, gap.piece)


def judge_gap(draft: Draft, gap: Gap, presence: Presence) -> None:
    """Decide what happened in a gap, and account for its time and its energy."""
    after = draft.doubt or Piece(start_us=draft.at_us, end_us=draft.at_us)
    draft.gap = draft.doubt = None
    _judge(draft, gap, after, presence)
    if draft.skew_us and draft.at_us + draft.skew_us >= FLOOR_US:
        skew_us, draft.skew_us = draft.skew_us, 0
        shift(draft, skew_us)


def _judge(draft: Draft, gap: Gap, after: Piece, presence: Presence) -> None:
    energy_mwh = gap.increment.energy_mwh if gap.increment else 0
    if draft.current is not None or energy_mwh:
        draft.note(NoteKey.GAP, ms=gap.piece.duration_ms, energy_mwh=energy_mwh)
    increment = gap.increment
    if gap.left and presence.connected is False and energy_mwh < SESSION_MWH:
        if not draft.has_status:
            draft.doubt = joined(gap.piece, after)
            draft.spread(increment)
            return
        end_session(draft, EndReason.UNPLUGGED)
    if draft.current is None:
        increment = _nobody_was_there(draft, gap.piece, presence, increment)
    elif presence.connected and _began_again(draft, energy_mwh):
        increment = _replaced(draft, gap.piece, increment)
    else:
        _went_on(draft, gap.piece, presence, energy_mwh)
        if presence.connected is False and draft.has_status:
            end_session(draft, EndReason.UNPLUGGED)
    _go_on_after(draft, after, presence)
    draft.spread(increment)


def _began_again(draft: Draft, energy_mwh: int) -> bool:
    """Tell whether the charger's session counter shows another session than before.

    A fall of a few Wh may be rounding, unless the register has all of what the counter shows:
    the session of before would have it on top of what it had.
    """
    counted_mwh = _counted_mwh(draft.reading)
    before_mwh = draft.counter_mwh
    if counted_mwh is None or before_mwh is None or counted_mwh >= before_mwh:
        return False
    if draft.register is not None and energy_mwh >= counted_mwh:
        return True
    return counted_mwh < before_mwh - min(ROUNDING_MWH, before_mwh // 2)


def _counted_mwh(reading: EvseReading | None) -> int | None:
    return None if reading is None else reading.session_energy_mwh


def _went_on(draft: Draft, piece: Piece, presence: Presence, energy_mwh: int) -> None:
    """Let the open session have been there all the time."""
    before, after = draft.open.activity, presence.activity
    activity, suspended_by = before, draft.open.suspended_by
    charging = before is Activity.CHARGING
    if energy_mwh >= SESSION_MWH or (charging and (after is before or energy_mwh > 0)):
        activity, suspended_by = Activity.CHARGING, None
    elif charging and after is not None:
        activity = after if presence.connected else Activity.UNAVAILABLE
        suspended_by = presence.suspended_by
    absorb(draft, piece, activity, suspended_by, unseen=True)


def _replaced(draft: Draft, piece: Piece, increment: Increment | None) -> Increment | None:
    """End the open session inside the gap and begin another; return what is left of the increment for that."""
    counted_mwh = _counted_mwh(draft.reading) or 0
    if draft.register is None and draft.counter is not None:
        counter = restarted(draft.counter, piece.start_us)
        max_power_w = round(draft.context.max_power_kw * 1000)
        draft.counter, increment, _ = clean(across_gap(counter), counted_mwh, draft.at_us, max_power_w)
    energy_mwh = increment.energy_mwh if increment else 0
    fresh_mwh = min(counted_mwh, energy_mwh)
    first, second = _cut(piece, _start_us(draft, piece, fresh_mwh, energy_mwh))
    _went_on(draft, first, NOTHING_TOLD, energy_mwh - fresh_mwh)
    draft.spread(_part(increment, energy_mwh - fresh_mwh, first.end_us), final=True)
    draft.note(NoteKey.SESSION_REPLACED)
    end_session(draft, EndReason.UNKNOWN)
    _begin(draft, second, fresh_mwh, owed_mwh=fresh_mwh)
    return _part(increment, fresh_mwh, draft.at_us)


def _part(increment: Increment | None, energy_mwh: int, end_us: int) -> Increment | None:
    """Return so much of an increment, used until an instant."""
    return increment and replace(increment, energy_mwh=energy_mwh, end_us=min(end_us, increment.end_us))


def _nobody_was_there(draft: Draft, piece: Piece, presence: Presence, increment: Increment | None) -> Increment | None:
    """Find the sessions of a gap before which no car was there; return what is left of the increment."""
    energy_mwh = increment.energy_mwh if increment else 0
    fresh_mwh = 0
    if presence.connected:
        counted_mwh = _counted_mwh(draft.reading)
        fresh_mwh = energy_mwh if counted_mwh is None else min(counted_mwh, energy_mwh)
        if energy_mwh - fresh_mwh < SESSION_MWH:
            fresh_mwh = energy_mwh
    start_us = _start_us(draft, piece, fresh_mwh, energy_mwh) if presence.connected else piece.end_us
    first, second = _cut(piece, start_us)
    lost_mwh = energy_mwh - fresh_mwh
    if lost_mwh >= SESSION_MWH and not first.empty:
        _begin(draft, first, lost_mwh, owed_mwh=energy_mwh)
        draft.note(NoteKey.SESSION_RECOVERED, energy_mwh=lost_mwh)
        draft.spread(_part(increment, lost_mwh, first.end_us), final=True)
        end_session(draft, EndReason.UNKNOWN)
        increment = _part(increment, fresh_mwh, draft.at_us)
    else:
        draft.open = joined(draft.open, first)
    if presence.connected:
        _begin(draft, second, fresh_mwh, owed_mwh=increment.energy_mwh if increment else 0)
    return increment


def _begin(draft: Draft, piece: Piece, energy_mwh: int, *, owed_mwh: int) -> None:
    """Begin a session with the time of a piece in which nobody looked; the register has counted its energy already."""
    activity = Activity.CHARGING if energy_mwh else Activity.PREPARING
    start_session(draft, piece.start_us, activity, None, owed_mwh=owed_mwh)
    absorb(draft, piece, activity, None, unseen=True)


def _go_on_after(draft: Draft, after: Piece, presence: Presence) -> None:
    """Account for the time since somebody looks again."""
    if draft.current is None:
        draft.open = joined(draft.open, after)
        return
    activity = presence.activity or draft.open.activity
    become(draft, after.start_us, activity, presence.suspended_by)
    absorb(draft, after, activity, presence.suspended_by)


def _start_us(draft: Draft, piece: Piece, fresh_mwh: int, energy_mwh: int) -> int:
    """Return when a session began that has drawn so much of a gap's energy by its end.

    At the power of now; where that is not known, in proportion to the energy.
    """
    if fresh_mwh == 0:
        return piece.end_us
    power_w = draft.reading.power_w if draft.reading else None
    if power_w is None or power_w < draft.context.start_above_w:
        took_ms = piece.duration_ms * fresh_mwh // energy_mwh
    else:
        took_ms = fresh_mwh * UJ_PER_MWH // round(power_w * 1000)
    return max(piece.start_us, piece.end_us - took_ms * 1000)


def _cut(piece: Piece, at_us: int) -> tuple[Piece, Piece]:
    """Return a piece in two, either of which may be nothing."""
    if piece.start_us < at_us < piece.end_us:
        return divided(piece, at_us)
    nothing = Piece(start_us=at_us, end_us=at_us)
    return (nothing, piece) if at_us <= piece.start_us else (piece, nothing)


def _sum(one: Increment | None, other: Increment | None) -> Increment | None:
    if one is None or other is None:
        return one or other
    return replace(
        one,
        end_us=other.end_us,
        energy_mwh=one.energy_mwh + other.energy_mwh,
        estimated=one.estimated or other.estimated,
    )
