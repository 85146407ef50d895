"""A bounded log of what a station told of an EVSE: late events go where they belong.

What happened in an outage is told after it, often after the news of now. Such an event is
put in its place, and everything since is folded again. What that changes is told whole:
`retold` replaces all that was told since its first reading's instant.

Some things only the order shows: a transaction that another one replaced ended with the
last that was heard of it, and a car that is gone when the station is back left with the
transaction that ended meanwhile. For those the log adds events of its own (`told` False).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ..reading import DISCONNECTED_ACTIVITIES, Activity, EvseReading
from ..sessions.transaction import TimedBy
from .entry import Entry, instant_of
from .events import (
    CameOnline,
    Metered,
    StationEvent,
    StatusTold,
    TransactionEnded,
    TransactionEvent,
    TransactionStarted,
    TransactionUpdated,
)
from .evse import advance, reading_of
from .evse_state import EvseState
from .meter import stopped
from .repeats import in_order, is_disorder, is_known
from .transaction import ChangeKind, StationTransaction, TransactionChange

#: Entries that are kept: hours of samples, and days of everything else.
MOST_ENTRIES: Final = 512
_MOST_PAST: Final = 128
_NEXT: Final = timedelta(milliseconds=1)
#: A transaction whose end is told later than this ended out of sight.
_UNSEEN: Final = timedelta(seconds=30)
#: Energy of a transaction that nobody saw begin is worth a session from here on.
_WORTH_MWH: Final = 50_000
#: What stands with an event that is not folded yet.
_NOT_FOLDED: Final = EvseState()
#: The power at which such a one is believed to have charged: the least that is usual, so that it is rather too long.
_USUAL_W: Final = 3_700


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What events changed of an EVSE.

    `readings` come after all that was told before. `retold` replaces all that was told
    since its first reading's instant, that instant included; `past` are readings of
    transactions older than everything that is still known, from no car to no car.
    """

    readings: tuple[EvseReading, ...] = ()
    retold: tuple[EvseReading, ...] = ()
    past: tuple[EvseReading, ...] = ()
    changes: tuple[TransactionChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseLog:
    """The events of one EVSE in the order in which they happened, from a state on.

    `past` are events of transactions before that state which have not told their end yet.
    """

    start: EvseState = EvseState()  # noqa: RUF009 - frozen
    entries: tuple[Entry, ...] = ()
    past: tuple[StationEvent, ...] = ()

    @property
    def state(self) -> EvseState:
        """What is known now."""
        return self.entries[-1].state if self.entries else self.start


def tell(log: EvseLog, evse: int, events: Iterable[StationEvent]) -> tuple[EvseLog, Told]:
    """Take the events of one message, in any order."""
    draft = _Draft(log)
    for event in sorted(events, key=_instant):
        draft.put(event)
    draft.fold()
    told = Told(
        **_readings(log, draft),
        past=tuple(draft.past_readings),
        changes=tuple(_changes(log, draft, evse)),
    )
    start, entries = _bounded(draft.start, draft.entries)
    return EvseLog(start=start, entries=entries, past=tuple(draft.past[-_MOST_PAST:])), told


class _Draft:
    """A log that changes, and from where on (`dirty`) it is folded again: what stands before is as it was."""

    def __init__(self, log: EvseLog) -> None:
        self.start = log.start
        self.entries = list(log.entries)
        self.ends_at = log.state.at
        self.counter = log.state.meter.counter
        self.dirty = len(self.entries)
        self.past = list(log.past)
        self.past_readings: list[EvseReading] = []
        self.past_transactions: list[StationTransaction] = []

    def put(self, event: StationEvent) -> None:
        """Put an event where it belongs, unless it is known."""
        if self.ends_at is not None and is_disorder(event, self.ends_at) and not self._is_older_sample(event):
            event = in_order(event, self.ends_at)
        if self.start.at is not None and event.at <= self.start.at:
            if event.at < self.start.at and not _ends_running(self.start, event):
                self._put_in_past(event)
                return
            event = replace(event, at=self._after_start(event.at))
        if self.past and (begun := self._begun_in_past(event)) is not None:
            # It goes on: what was told of that time cannot be told again, so it begins where that ends.
            self.put(replace(begun, at=self._after_start(begun.at)))
        if isinstance(event, TransactionStarted | TransactionUpdated):
            self._give_back(event.at)
        place = self._place(event.at)
        if is_known(self.entries, event):
            return
        if place < len(self.entries):
            place = self._forget_implied(event.at)
        self._insert(place, event)
        if isinstance(event, StatusTold):
            self._look_back(place)

    def _give_back(self, at: datetime) -> None:
        """Put statuses back where they are dated that only the order puts after an instant of a transaction.

        Until that was told, nothing spoke against it: now a car that came is not to leave at once.
        """
        for place in range(self._place(at), len(self.entries)):
            event = self.entries[place].event
            if not isinstance(event, StatusTold) or event.dated_at is None or event.dated_at > at:
                continue
            if self.start.at is None or event.dated_at > self.start.at:
                del self.entries[place]
                self._insert(self._place(event.dated_at), replace(event, at=event.dated_at, dated_at=None))

    def _is_older_sample(self, event: StationEvent) -> bool:
        """Tell whether a newer sample is known: a meter's order counts to the millisecond."""
        counter = self.counter
        return isinstance(event, Metered) and counter is not None and counter.at > event.at

    def _place(self, at: datetime) -> int:
        return bisect_right(self.entries, at, key=instant_of)

    def _insert(self, place: int, event: StationEvent) -> None:
        self.entries.insert(place, Entry(event=event, state=_NOT_FOLDED, reading=EvseReading(at=event.at)))
        self.dirty = min(self.dirty, place)

    def _forget_implied(self, at: datetime) -> int:
        """Take out what followed from the order so far, for late news may change it; return where an instant is now."""
        first = next((place for place, entry in enumerate(self.entries) if not _is_told(entry.event)), None)
        if first is not None:
            self.entries[first:] = [entry for entry in self.entries[first:] if _is_told(entry.event)]
            self.dirty = min(self.dirty, first)
        return self._place(at)

    def _look_back(self, place: int) -> None:
        """Judge again whether the car left with the transaction that ended before a status."""
        for before in range(place - 1, -1, -1):
            event = self.entries[before].event
            if isinstance(event, StatusTold | TransactionStarted):
                return
            if isinstance(event, TransactionEnded):
                self.dirty = min(self.dirty, before)
                return

    # Folding

    def fold(self) -> None:
        """Fold all that is stale, and add what follows from the order."""
        place, settled = self.dirty, self._settled_from()
        while place < len(self.entries):
            state = self.state_before(place)
            former = self.entries[place]
            event = former.event
            if (implied := self._implied(place, state, event)) is not None:
                # Never after what it follows from, nor a start after its samples.
                find = bisect_left if isinstance(implied, TransactionStarted) else bisect_right
                place = min(place, find(self.entries, implied.at, key=instant_of))
                self._insert(place, implied)
                settled += 1
                continue
            if isinstance(event, TransactionEnded):
                event = replace(event, left=self._is_left(place, event))
            state, reading = advance(state, event)
            if place >= settled and state == former.state:
                # From here on all is as it was: a late sample is forgotten with the next one.
                return
            self.entries[place] = Entry(event=event, state=state, reading=reading)
            place += 1

    def _settled_from(self) -> int:
        """Return from where on an entry is a function of the state before it, and is folded already."""
        for place in range(len(self.entries) - 1, self.dirty - 1, -1):
            entry = self.entries[place]
            if entry.state is _NOT_FOLDED or isinstance(entry.event, TransactionStarted | TransactionEnded):
                return place + 1
        return self.dirty

    def state_before(self, place: int) -> EvseState:
        """Return what is known before an entry."""
        return self.entries[place - 1].state if place else self.start

    def _implied(self, place: int, state: EvseState, event: StationEvent) -> StationEvent | None:
        """Return what must have happened before an event, though nobody told it."""
        running = state.running
        if isinstance(event, TransactionStarted):
            if running is None or state.knows(event.transaction_id):
                return None
            return TransactionEnded(
                at=self._after_start(state.told_at or event.at),
                arrived_at=event.arrived_at,
                evse=event.evse,
                transaction_id=running.id,
                reason="Other",
                timed_by=TimedBy.GUESSED,
                told=False,
            )
        if isinstance(event, TransactionEnded) and running is None and not state.connected:
            return None if state.knows(event.transaction_id) else self._unseen_start(place, state, event)
        return None

    def _after_start(self, at: datetime) -> datetime:
        """Return an instant, or the first at which nothing is taken back that was told before this log."""
        return at if self.start.at is None else max(at, self.start.at + _NEXT)

    def _unseen_start(self, place: int, state: EvseState, event: TransactionEnded) -> TransactionStarted | None:
        """Return the start of a transaction of which only the end was told, where the meter tells of one."""
        if any(_is_start_of(entry.event, event.transaction_id) for entry in self.entries[:place]):
            return None
        first = place
        while first and _is_sample_of(self.entries[first - 1].event, event.transaction_id):
            first -= 1
        before = self.state_before(first)
        after = stopped(state.meter, event.meter_stop_mwh, event.at).counter
        started_at = self.entries[first].event.at
        if before.meter.counter is not None and after is not None:
            used_mwh = after.total_mwh - before.meter.counter.total_mwh
            if used_mwh < _WORTH_MWH:
                return None
            started_at = min(started_at, event.at - timedelta(seconds=used_mwh * 3.6 / _USUAL_W))
        earliest = before.at or started_at
        started_at = max(started_at, earliest)
        if started_at >= event.at:
            return None
        return TransactionStarted(
            at=started_at,
            arrived_at=event.arrived_at,
            evse=event.evse,
            transaction_id=event.transaction_id,
            implied=Activity.CHARGING,
            timed_by=TimedBy.GUESSED,
            told=False,
        )

    def _is_left(self, place: int, event: TransactionEnded) -> bool:
        """Tell whether the car was gone when the station came back after a transaction had ended out of sight."""
        if not event.offline and event.arrived_at - event.at <= _UNSEEN:
            return False
        back = False
        for entry in self.entries[place + 1 :]:
            later = entry.event
            if isinstance(later, StatusTold):
                return back and (later.connected is False or later.activity in DISCONNECTED_ACTIVITIES)
            if isinstance(later, TransactionStarted):
                return False
            back = back or isinstance(later, CameOnline)
        return False

    # Before all that is known

    def _begun_in_past(self, event: StationEvent) -> TransactionStarted | None:
        """Return the start of a transaction that was told to have begun before all that is known, and goes on now."""
        if not isinstance(event, TransactionUpdated | TransactionEnded | Metered) or event.transaction_id is None:
            return None
        its = [one for one in self.past if _transaction_of(one) == event.transaction_id]
        begun = next((one for one in its if isinstance(one, TransactionStarted)), None)
        if begun is not None:
            self.past = [one for one in self.past if one not in its]
        return begun

    def _put_in_past(self, event: StationEvent) -> None:
        """Keep what was told of a transaction of long ago, until it has told its end."""
        if not isinstance(event, TransactionStarted | TransactionEnded | Metered):
            return
        if event.transaction_id is None or self.start.knows(event.transaction_id):
            return
        self.past.append(event)
        if not isinstance(event, TransactionEnded):
            return
        state, past = EvseState(), dict[str, StationTransaction]()
        for before in sorted(self.past, key=_instant):
            told = replace(before, left=True) if isinstance(before, TransactionEnded) else before
            state, reading = advance(state, told)
            self.past_readings.append(reading)
            if state.transaction is not None:
                past[state.transaction.id] = state.transaction
        self.past_transactions += past.values()
        self.past.clear()


def _instant(event: StationEvent) -> datetime:
    return event.at


def _is_told(event: StationEvent) -> bool:
    return not isinstance(event, TransactionStarted | TransactionEnded) or event.told


def _is_sample_of(event: StationEvent, transaction_id: str) -> bool:
    return isinstance(event, Metered) and event.transaction_id == transaction_id


def _transaction_of(event: StationEvent) -> str | None:
    return event.transaction_id if isinstance(event, TransactionEvent | Metered) else None


def _is_start_of(event: StationEvent, transaction_id: str) -> bool:
    return isinstance(event, TransactionStarted) and event.transaction_id == transaction_id


def _ends_running(state: EvseState, event: StationEvent) -> bool:
    running = state.running
    return isinstance(event, TransactionEnded) and running is not None and running.id == event.transaction_id


def _readings(log: EvseLog, draft: _Draft) -> dict[str, tuple[EvseReading, ...]]:
    """Return what is to be told: what is new at the end, or all since the first that is another."""
    start, before, after = log.start, log.entries, draft.entries
    place = draft.dirty
    while place < min(len(before), len(after)) and _is_same(before[place], after[place]):
        place += 1
    if place == len(before):
        return {"readings": _distinct(after[place:])}
    since = before[place].event.at
    if place < len(after) and after[place].event.at <= since:
        since = after[place].event.at
    elif place:  # what was told first is taken back, and nothing comes in its place
        since = after[place - 1].event.at
    else:
        return {"retold": (reading_of(start, since), *_distinct(after))}
    # What was told at that instant is told again, all of it.
    while place and after[place - 1].event.at >= since:
        place -= 1
    return {"retold": _distinct(after[place:])}


def _distinct(entries: Sequence[Entry]) -> tuple[EvseReading, ...]:
    """Return the readings but those that say the same again: 2.x tells a sample and its event at one instant."""
    return tuple(
        entry.reading
        for place, entry in enumerate(entries)
        if place == 0 or entry.reading != entries[place - 1].reading
    )


def _is_same(old: Entry, new: Entry) -> bool:
    return old is new or (old.event == new.event and old.reading == new.reading)


def _changes(log: EvseLog, draft: _Draft, evse: int) -> Iterator[TransactionChange]:
    """Return the transactions that are not as they were."""
    was, now = (
        _transactions(draft.state_before(draft.dirty), entries[draft.dirty :])
        for entries in (log.entries, draft.entries)
    )
    now |= {transaction.id: transaction for transaction in draft.past_transactions}
    for transaction in now.values():
        former = was.get(transaction.id)
        if transaction != former:
            yield TransactionChange(kind=_kind(former, transaction), evse=evse, transaction=transaction)
    for transaction in was.values():
        if transaction.id not in now:
            yield TransactionChange(kind=ChangeKind.RETRACTED, evse=evse, transaction=transaction)


def _transactions(state: EvseState, entries: Iterable[Entry]) -> dict[str, StationTransaction]:
    """Return the newest of each transaction from a state on."""
    states = (state, *(entry.state for entry in entries))
    return {one.transaction.id: one.transaction for one in states if one.transaction is not None}


def _kind(former: StationTransaction | None, transaction: StationTransaction) -> ChangeKind:
    if not transaction.is_open and (former is None or former.is_open):
        return ChangeKind.ENDED
    return ChangeKind.OPENED if former is None else ChangeKind.CHANGED


def _bounded(start: EvseState, entries: list[Entry]) -> tuple[EvseState, tuple[Entry, ...]]:
    """Return a log that is not too long: of old samples every other one goes, then the oldest of all."""
    if len(entries) <= MOST_ENTRIES:
        return start, tuple(entries)
    half = len(entries) // 2
    samples = [place for place, entry in enumerate(entries[1:half], start=1) if _is_plain_sample(entry.event)]
    gone = set(samples[::2])
    entries = [entry for place, entry in enumerate(entries) if place not in gone]
    if (over := len(entries) - MOST_ENTRIES) > 0:
        start, entries = entries[over - 1].state, entries[over:]
    return start, tuple(entries)


def _is_plain_sample(event: StationEvent) -> bool:
    return isinstance(event, Metered) and event.context != "Transaction.Begin" and not event.sample.signed
