"""Sessions that are told late: the tracker is taken back, and told again what happened.

    memory = after_start(snapshot, before_gap, start)          once after a start
    memory = remember(memory, before, told, after, step)       with every call of the tracker
    if is_late(memory, tracker, reading): …                    before a reading is given to the tracker
    steps = retell(memory, tracker, readings, now, context)    when a charger's record comes late
    steps = insert(memory, tracker, readings, now, context)       the same, where what followed stays
    retold = whole(steps)                                      or step by step: hours of readings take a while

The tracker goes back to the newest of its former states that is older than the first late
reading. From there it is told what it was told before, with the late readings in the place
of all since the first of them. What comes out is what would have been told in time: the
same sessions, periods and sums. A time in which nobody listened, and of which the
charger's record tells, was no gap. A session that overlaps one that was told keeps its id.

Readings from before all that is remembered make sessions of their own, where they are whole.
"""

from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ...moment import Now, instant_of, us_of
from ...reading import EvseReading
from ..session import ChargingPeriod, EndReason, Session, SessionEvent, SessionEventType, SessionStatus
from .piece import Piece
from .presence import says_nothing
from .session_ids import SessionIds
from .step import RegisterCheckpoint, Step, TrackerContext
from .told import MOST_EARLY, Away, Memory, Segment, Told, ToldKind, after_start, ids_of, remember, with_told
from .told_again import LIVE_US, FormerClock, told_since
from .tracked import Tracker
from .tracker import advance, begin, cut, resume, split, tick

#: Less is the way of a message, and the drift of clocks.
_ON_TIME_US: Final = 2_000_000
#: A sample that comes later than this is put in its place, though nothing else changed.
_LATE_US: Final = 60_000_000
#: After so long at the latest a register has told all about a session that has ended.
_SETTLED_S: Final = 3 * 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """What is told instead of what was told since an instant; all values are whole and current.

    `events` are all since then, `news` those of them that were not told before. `retracted`
    are sessions that never were, `kept` how many periods each session has. `past` are
    sessions from before all that is remembered: whether they overlap one that is known
    is not known here.
    """

    tracker: Tracker
    memory: Memory
    since: datetime | None
    sessions: tuple[Session, ...] = ()
    periods: tuple[tuple[str, ChargingPeriod], ...] = ()
    events: tuple[SessionEvent, ...] = ()
    news: tuple[SessionEvent, ...] = ()
    checkpoints: tuple[RegisterCheckpoint, ...] = ()
    retracted: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    check_again_s: float = 60.0

    @property
    def kept(self) -> dict[str, int]:
        """How many of its first periods each session has that is told again."""
        return {session.id: session.period_count for session in self.sessions}


#: Ends with what is told; between two steps, the caller may do something else.
type Steps = Generator[None, None, Retold]


def retell(
    memory: Memory, tracker: Tracker, readings: tuple[EvseReading, ...], now: Now, context: TrackerContext
) -> Steps:
    """Return what is told once these readings, in order and none later than now, replace all since the first."""
    first_us = us_of(readings[0].at)
    memory = _begun_by(memory, first_us)
    place = memory.place_of(first_us)
    if place is not None:
        return (yield from _told_again(memory, place, tracker, readings, now, context))
    later = [at for at, segment in enumerate(memory.segments) if segment.before.at_us > first_us]
    limit_us = memory.segments[later[0]].before.at_us if later else tracker.at_us
    early = tuple(one for one in readings if us_of(one.at) < limit_us)
    rest = readings[len(early) :]
    # A queue comes piece by piece, each in the place of all since its first.
    early = (*(one for one in memory.early if us_of(one.at) < first_us), *early)
    past = yield from _past(early, tracker, limit_us, context)
    goes_on = past.tracker.current is not None
    memory = replace(memory, early=early[-MOST_EARLY:] if goes_on else ())
    if not later or not rest:
        return replace(past, tracker=tracker, memory=memory)
    again = yield from _told_again(memory, later[0], tracker, rest, now, context)
    return replace(
        again,
        sessions=(*past.sessions, *again.sessions),
        periods=(*past.periods, *again.periods),
        events=(*past.events, *again.events),
        news=(*past.news, *again.news),
        checkpoints=(*past.checkpoints, *again.checkpoints),
        past=past.past,
    )


def _begun_by(memory: Memory, at_us: int) -> Memory:
    """Return the memory of an EVSE that was never heard of before as if it had been followed from an instant on."""
    first = memory.segments[0].before if memory.segments else None
    if first is None or first.at_us <= at_us or first.reading is not None or first.current or first.ended:
        return memory
    start_us = at_us // 1000 * 1000
    earlier = replace(
        first,
        at_us=start_us,
        mono_ms=first.mono_ms - (first.at_us - start_us) // 1000,
        open=Piece(start_us=start_us, end_us=start_us),
        gap=None,
    )
    return replace(
        memory,
        segments=(replace(memory.segments[0], before=earlier), *memory.segments[1:]),
        away=(Away(start_us=start_us, end_us=first.at_us), *memory.away),
    )


def insert(
    memory: Memory, tracker: Tracker, readings: tuple[EvseReading, ...], now: Now, context: TrackerContext
) -> Steps:
    """Return what is told once these readings are put in their place; all others stay, as far as they are known.

    Those of the very instant at which they begin were told before them: an end may have shown the register's
    last value just then.
    """
    first, last = readings[0].at, readings[-1].at
    place = memory.place_of(us_of(first))
    known = () if place is None else memory.readings_since(place, us_of(first) - 1) or ()
    before = (one for one in known if one.at == first)
    after = (one for one in known if one.at > last)
    return (yield from retell(memory, tracker, (*before, *readings, *after), now, context))


def tell_past(
    memory: Memory, tracker: Tracker, readings: tuple[EvseReading, ...], now: Now, context: TrackerContext
) -> Steps:
    """Return what is told once these readings, of a whole charge, are put in their place, or make a session apart."""
    place = memory.place_of(us_of(readings[0].at))
    if place is not None and memory.readings_since(place, us_of(readings[-1].at)) is not None:
        return (yield from insert(memory, tracker, readings, now, context))
    past = yield from _past(readings, tracker, tracker.at_us, context)
    return replace(past, tracker=tracker, memory=memory)


def whole(steps: Steps) -> Retold:
    """Take all steps at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            told: Retold = end.value
            return told


def is_late(memory: Memory, tracker: Tracker, reading: EvseReading) -> bool:
    """Tell whether a reading is for `insert`: the tracker would take it as made now."""
    at_us = us_of(reading.at)
    behind_us = tracker.at_us + tracker.skew_us - at_us
    if behind_us <= _ON_TIME_US or says_nothing(reading) or memory.place_of(at_us) is None:
        return False
    if behind_us > _LATE_US:
        return True
    if (away := next((one for one in memory.away if one.holds(at_us)), None)) is not None:
        return away.end_us is not None or behind_us > LIVE_US
    before = tracker.reading
    return before is None or (before.activity, before.connected) != (reading.activity, reading.connected)


def _told_again(
    memory: Memory, place: int, tracker: Tracker, readings: tuple[EvseReading, ...], now: Now, context: TrackerContext
) -> Steps:
    base = memory.segments[place].before
    told = [*told_since(memory, place, tracker, readings), Told(kind=ToldKind.TICK, now=now)]
    before = [one for one in memory.sessions if one.first_us >= base.at_us and one.id not in ids_of(base)]
    ids = SessionIds(before, now.utc, context.new_id)
    again = yield from _run(_back_at(memory, place), base, told, replace(context, new_id=ids.guessed))
    if not ids.fit(again.sessions):
        again = yield from _run(_back_at(memory, place), base, told, replace(context, new_id=ids.fitting))
    present = {session.id for session in again.sessions}
    known = Counter((one.event.session_id, one.event.type) for one in memory.events if one.first_us >= base.at_us)
    return Retold(
        tracker=again.tracker,
        memory=again.memory,
        since=instant_of(base.at_us),
        sessions=again.sessions,
        periods=again.periods,
        events=tuple(again.events),
        news=_news(again.events, known),
        checkpoints=tuple(again.checkpoints),
        retracted=tuple(one.id for one in before if one.id not in present),
        check_again_s=again.check_again_s,
    )


def _news(
    events: Iterable[SessionEvent], known: Counter[tuple[str | None, SessionEventType]]
) -> tuple[SessionEvent, ...]:
    """Return the events that were not told yet: of each kind and session, those beyond the number that was."""
    news = []
    for event in events:
        if known[event.session_id, event.type] > 0:
            known[event.session_id, event.type] -= 1
        else:
            news.append(event)
    return tuple(news)


# Telling


@dataclass(slots=True, kw_only=True)
class _Telling:
    """What is being told."""

    tracker: Tracker
    memory: Memory
    by_id: dict[str, Session]
    by_place: dict[tuple[str, int], ChargingPeriod]
    events: list[SessionEvent]
    checkpoints: list[RegisterCheckpoint]
    check_again_s: float = 60.0

    def take(self, told: Told, context: TrackerContext) -> None:
        """Tell the tracker one thing."""
        before = self.tracker
        self.tracker, step = _tell(before, told, context)
        self.memory = with_told(self.memory, before, told, self.tracker, step)
        self.by_id.update((session.id, session) for session in step.sessions)
        self.by_place.update(((session_id, period.index), period) for session_id, period in step.periods)
        self.events += step.events
        self.checkpoints += step.checkpoints
        self.check_again_s = step.check_again_s

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions as they are by now."""
        return tuple(self.by_id.values())

    @property
    def periods(self) -> tuple[tuple[str, ChargingPeriod], ...]:
        """Their periods as they are by now."""
        return tuple((session_id, period) for (session_id, _), period in self.by_place.items())


def _run(
    memory: Memory, base: Tracker, told: Iterable[Told], context: TrackerContext
) -> Generator[None, None, _Telling]:
    going = () if base.current is None else (base.current,)
    telling = _Telling(
        tracker=base,
        memory=memory,
        by_id={session.id: session for session in (*base.ended, *going)},
        # What the register told of since then is taken back from these as well.
        by_place={
            (piece.session_id, piece.index): piece.period()
            for piece in (*base.pending, base.open)
            if piece.session_id is not None and not piece.empty
        },
        events=[],
        checkpoints=[],
    )
    for one in told:
        telling.take(one, context)
        yield
    return telling


def _tell(tracker: Tracker, told: Told, context: TrackerContext) -> tuple[Tracker, Step]:
    context = replace(context, grid_power_w=told.grid_power_w, paused_by_us=told.paused_by_us, recovered=told.recovered)
    if told.reading is not None:
        return advance(tracker, told.reading, told.now, context)
    match told.kind:
        case ToldKind.QUIET:
            # Without a register, nobody knows what flowed.
            return (tracker if tracker.register or tracker.counter else replace(tracker, power_mw=None)), Step()
        case ToldKind.START:
            return resume(tracker, told.now, context)
        case ToldKind.CUT:
            return cut(tracker, told.now, context)
        case ToldKind.SPLIT:
            return split(tracker, told.now, context, told.reason or EndReason.SPLIT, final=told.final)
        case _:
            return tick(tracker, told.now, context)


def _back_at(memory: Memory, place: int) -> Memory:
    """Return what was remembered at the beginning of a segment; the times in which nobody listened stay known."""
    base = memory.segments[place].before
    return replace(
        memory,
        segments=(*memory.segments[:place], Segment(before=base)),
        sessions=tuple(one for one in memory.sessions if one.first_us < base.at_us or one.id in ids_of(base)),
        events=tuple(one for one in memory.events if one.first_us < base.at_us),
    )


# What happened before all that is remembered


def _past(readings: tuple[EvseReading, ...], tracker: Tracker, limit_us: int, context: TrackerContext) -> Steps:
    """Return the sessions of readings that nobody has heard of; one that goes on until the limit is known already."""
    clock = FormerClock(tracker)
    first = clock.at(us_of(readings[0].at))
    told = [
        Told(kind=ToldKind.READING, now=clock.at(us_of(one.at)), reading=one, recovered=True)
        for one in readings
        if not says_nothing(one)
    ]
    last = clock.at(limit_us)
    told.append(Told(kind=ToldKind.TICK, now=last))
    telling = yield from _run(Memory(), begin(first), told, context)
    ended = {one.id for one in telling.sessions if one.status is SessionStatus.ENDED}
    telling.take(Told(kind=ToldKind.TICK, now=last.later(_SETTLED_S)), context)
    events = tuple(one for one in telling.events if one.session_id in ended)
    return Retold(
        tracker=telling.tracker,
        memory=telling.memory,
        since=None,
        sessions=tuple(one for one in telling.sessions if one.id in ended),
        periods=tuple((session_id, period) for session_id, period in telling.periods if session_id in ended),
        events=events,
        news=events,
        past=tuple(sorted(ended)),
    )


__all__ = [
    "Memory",
    "Retold",
    "Steps",
    "Told",
    "ToldKind",
    "after_start",
    "insert",
    "is_late",
    "remember",
    "retell",
    "tell_past",
    "whole",
]
