"""What a tracker was told, and what it told, since some of its former states: bounded."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from ...moment import Now, us_of
from ...reading import EvseReading
from ..session import EndReason, Session, SessionEvent
from .presence import says_nothing
from .step import NoteKey, Step
from .tracked import Tracker

#: As many readings are held: two hours of one every ten seconds.
MOST_TOLD: Final = 720
#: So many between two states of the tracker.
_SEGMENT: Final = 60
#: Of older times, only those are held in which the source was away, and so many of them.
_MOST_AWAY: Final = 8
_MOST_SESSIONS: Final = 32
_MOST_EVENTS: Final = 500
MOST_EARLY: Final = 500


class ToldKind(StrEnum):
    """Which call of the tracker it was."""

    READING = "reading"
    TICK = "tick"
    CUT = "cut"
    SPLIT = "split"  # another card or vehicle charges from here on
    START = "start"  # Home Assistant was away until now
    QUIET = "quiet"  # nobody listened from here on, but the charger's record tells what happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that a tracker was told, and what else was known."""

    kind: ToldKind
    now: Now
    reading: EvseReading | None = None
    grid_power_w: float | None = None
    paused_by_us: bool = False
    recovered: bool = False
    reason: EndReason | None = None  # of a split
    final: bool = False  # the register had shown all that was used until the split

    @property
    def at_us(self) -> int:
        """The instant that it tells of."""
        return us_of(self.now.utc if self.reading is None else self.reading.at)

    @property
    def is_silence(self) -> bool:
        """Whether nobody listens from here on, or nobody did until here."""
        if self.kind is ToldKind.READING:
            return self.reading is not None and says_nothing(self.reading)
        return self.kind is ToldKind.START


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What a tracker was told since a state of it; all of it until an instant, else until the next segment."""

    before: Tracker
    told: tuple[Told, ...] = ()
    until_us: int | None = None

    @property
    def is_away(self) -> bool:
        """Whether the source went away with its first word."""
        return bool(self.told) and (self.told[0].is_silence or self.told[0].kind is ToldKind.QUIET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A time in which nobody listened; without an end it lasts."""

    start_us: int
    end_us: int | None = None

    def holds(self, at_us: int) -> bool:
        """Tell whether an instant is in it."""
        return self.start_us <= at_us and (self.end_us is None or at_us < self.end_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSession:
    """A session that was told of; `first_us` is when for the first time."""

    id: str
    start: datetime
    end: datetime | None
    first_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """An event that was told, and when it was."""

    event: SessionEvent
    first_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All of it, oldest first. `early` are readings from before, of a charge whose end is still to be told."""

    segments: tuple[Segment, ...] = ()
    away: tuple[Away, ...] = ()
    sessions: tuple[ToldSession, ...] = ()
    events: tuple[ToldEvent, ...] = ()
    early: tuple[EvseReading, ...] = ()

    @property
    def before_gap(self) -> Tracker | None:
        """The tracker as it was before the source went away, while it is away."""
        if not self.away or self.away[-1].end_us is not None:
            return None
        return next((one.before for one in reversed(self.segments) if one.is_away), None)

    @property
    def session_ids(self) -> set[str]:
        """The sessions that may be told again."""
        of_states = (session_id for segment in self.segments for session_id in ids_of(segment.before))
        return {*of_states, *(one.id for one in self.sessions)}

    def place_of(self, at_us: int) -> int | None:
        """Return which segment an instant is in; None where what was told around it is forgotten."""
        for place in reversed(range(len(self.segments))):
            segment = self.segments[place]
            if segment.before.at_us <= at_us:
                return place if segment.until_us is None or at_us < segment.until_us else None
        return None

    def unheard(self, until_us: int) -> tuple[Away, ...]:
        """Return the times in which nobody listened; one that lasts, until an instant.

        What is known of them is from the charger's record.
        """
        return tuple(replace(one, end_us=until_us) if one.end_us is None else one for one in self.away)

    def readings_since(self, place: int, at_us: int) -> tuple[EvseReading, ...] | None:
        """Return what was told after an instant, from a segment on; None where some of it is forgotten."""
        segments = self.segments[place:]
        if any(segment.until_us is not None for segment in segments):
            return None
        told = (told for segment in segments for told in segment.told if told.at_us > at_us)
        return tuple(one.reading for one in sorted(told, key=lambda told: told.at_us) if one.reading is not None)


def ids_of(tracker: Tracker) -> set[str]:
    """Return the sessions that are part of a tracker's state."""
    going = () if tracker.current is None else (tracker.current,)
    return {session.id for session in (*tracker.ended, *going)}


def after_start(snapshot: Tracker, before_gap: Tracker | None, start: Told) -> Memory:
    """Return what is remembered after a start: the state before nobody listened, by the clock of now."""
    before = snapshot if before_gap is None or snapshot.gap is None else before_gap
    now_us, now_ms = us_of(start.now.utc), round(start.now.monotonic_s * 1000)
    if before.skew_us or before.at_us > now_us:
        return Memory()
    mono_ms = now_ms - (now_us - before.at_us) // 1000
    before = replace(before, mono_ms=mono_ms, gap=before.gap and replace(before.gap, deadline_ms=None))
    return Memory(
        segments=(Segment(before=before, told=(start,)),),
        away=(Away(start_us=before.at_us),),
    )


def remember(memory: Memory, before: Tracker, told: Told, after: Tracker, step: Step) -> Memory:
    """Take note of a call of the tracker. Once the clock was set, nothing of before can be told again."""
    was_set = any(note.key is NoteKey.CLOCK_SET for note in step.notes)
    if was_set or before.skew_us or after.skew_us:
        return Memory()
    if told.kind is ToldKind.READING and (away := _away(memory.away, told, before)) is not memory.away:
        memory = replace(memory, away=away)
    return with_told(memory, before, told, after, step)


def with_told(memory: Memory, before: Tracker, told: Told, after: Tracker, step: Step) -> Memory:
    """Return the memory with one thing more, whenever it was told."""
    segments = memory.segments
    if _matters(told, before, after):
        segments = _bounded(_longer(segments, before, told), memory.away)
    sessions = memory.sessions
    for session in step.sessions:
        sessions = _with_session(sessions, session, before.at_us)
    events = memory.events
    if step.events:
        events = (*events, *(ToldEvent(event=event, first_us=before.at_us) for event in step.events))
    return _trimmed(Memory(segments=segments, away=memory.away, sessions=sessions, events=events, early=memory.early))


def _with_session(sessions: tuple[ToldSession, ...], session: Session, at_us: int) -> tuple[ToldSession, ...]:
    """Return the sessions with one as it is now; most of the time it is as it was."""
    place = next((place for place, one in enumerate(sessions) if one.id == session.id), len(sessions))
    known = sessions[place] if place < len(sessions) else None
    first_us = at_us if known is None else known.first_us
    told = ToldSession(id=session.id, start=session.start, end=session.end, first_us=first_us)
    return sessions if told == known else (*sessions[:place], told, *sessions[place + 1 :])


def _trimmed(memory: Memory) -> Memory:
    """Forget what no state needs any more, and states since which more was told than is held."""
    segments, sessions, events = memory.segments, memory.sessions, memory.events
    lost = [one.first_us for one in sessions[:-_MOST_SESSIONS]] + [one.first_us for one in events[:-_MOST_EVENTS]]
    if lost:
        segments = tuple(one for one in segments if one.before.at_us > max(lost))
    if not segments:
        return replace(memory, segments=(), sessions=(), events=())
    oldest_us = segments[0].before.at_us
    older = (sessions and sessions[0].first_us < oldest_us) or (events and events[0].first_us < oldest_us)
    if not older and segments is memory.segments:
        return memory
    sessions = tuple(one for one in sessions if one.first_us >= oldest_us)
    events = tuple(one for one in events if one.first_us >= oldest_us)
    return replace(memory, segments=segments, sessions=sessions, events=events)


def _matters(told: Told, before: Tracker, after: Tracker) -> bool:
    """Tell whether the tracker would be another without it: time passes by itself."""
    if told.kind is ToldKind.TICK:
        return told.grid_power_w is not None and after.current is not None and after.gap is None
    return not (told.is_silence and before.gap is not None and not before.gap.observed)


def _away(away: tuple[Away, ...], told: Told, before: Tracker) -> tuple[Away, ...]:
    lasts = bool(away) and away[-1].end_us is None
    if told.is_silence and not lasts:
        return (*away, Away(start_us=before.at_us))[-_MOST_AWAY:]
    if lasts and not told.is_silence:
        return (*away[:-1], replace(away[-1], end_us=told.at_us))
    return away


def _longer(segments: tuple[Segment, ...], before: Tracker, told: Told) -> tuple[Segment, ...]:
    last = segments[-1] if segments else None
    leaves = told.is_silence and before.gap is None
    if last is None or leaves or (len(last.told) >= _SEGMENT and before.gap is None):
        return (*segments, Segment(before=before, told=(told,)))
    # Field by field, as this happens with each reading, and replace() takes three times as long.
    return (*segments[:-1], Segment(before=last.before, told=(*last.told, told), until_us=last.until_us))


def _bounded(segments: tuple[Segment, ...], away: tuple[Away, ...]) -> tuple[Segment, ...]:
    """Forget the oldest: of a time in which the source was away, the state before it is held for longer."""
    count = sum(len(segment.told) for segment in segments if segment.until_us is None)
    while count > MOST_TOLD:
        place = next(place for place, segment in enumerate(segments) if segment.until_us is None)
        segment = segments[place]
        count -= len(segment.told)
        ends = [one.end_us for one in away if one.holds(segment.before.at_us)]
        kept: tuple[Segment, ...] = ()
        if segment.is_away and ends and ends[-1] is not None:
            kept = (replace(segment, told=segment.told[:1], until_us=ends[-1]),)
        segments = (*segments[:place][-_MOST_AWAY:], *kept, *segments[place + 1 :])
    return segments
