"""An EVSE whose charger tells some of what happened late, and a ledger that takes back what was not so."""

from datetime import datetime
from typing import Any, override

from custom_components.ev_sessions.core.reading import EvseReading
from custom_components.ev_sessions.core.sessions.session import EndReason, SessionEvent
from custom_components.ev_sessions.core.sessions.tracking.rewind import (
    Memory,
    Retold,
    Told,
    ToldKind,
    after_start,
    insert,
    is_late,
    remember,
    retell,
    tell_past,
    whole,
)
from custom_components.ev_sessions.core.sessions.tracking.tracker import (
    Step,
    Tracker,
    advance,
    cut as cut_period,
    resume,
    split as split_session,
    tick as tick_tracker,
)
from tests.core.sessions.tracking.rig import Rig


class LateRig(Rig):
    """An EVSE that remembers what it was told."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.memory = Memory()
        self.heard: list[SessionEvent] = []
        self.retold = Retold(tracker=self.tracker, memory=self.memory, since=self.now.utc)

    @override
    def read(self, after_s: float = 0, **fields: Any) -> Step:
        self.wait(after_s)
        reading = reading_at(fields.pop("at", self.now.utc), **fields)
        return self._told(
            Told(kind=ToldKind.READING, now=self.now, reading=reading),
            advance(self.tracker, reading, self.now, self.context),
        )

    def tell(self, reading: EvseReading) -> None:
        """Let the charger tell what comes next, be it late or not."""
        if is_late(self.memory, self.tracker, reading):
            self.tick()
            self._taken(whole(insert(self.memory, self.tracker, (reading,), self.now, self.context)))
            return
        told = Told(kind=ToldKind.READING, now=self.now, reading=reading)
        self._told(told, advance(self.tracker, reading, self.now, self.context))

    @override
    def tick(self, after_s: float = 0) -> Step:
        self.wait(after_s)
        return self._told(Told(kind=ToldKind.TICK, now=self.now), tick_tracker(self.tracker, self.now, self.context))

    @override
    def cut(self, after_s: float = 0) -> Step:
        self.wait(after_s)
        return self._told(Told(kind=ToldKind.CUT, now=self.now), cut_period(self.tracker, self.now, self.context))

    @override
    def split(self, after_s: float = 0, reason: EndReason = EndReason.TOKEN_CHANGED, *, final: bool = False) -> Step:
        self.wait(after_s)
        told = Told(kind=ToldKind.SPLIT, now=self.now, reason=reason, final=final)
        return self._told(told, split_session(self.tracker, self.now, self.context, reason, final=final))

    @override
    def restart(self, down_s: float, *, snapshot: str | None = None, rebooted: bool = False) -> Step:
        before_gap = self.memory.before_gap
        kept = None if before_gap is None else Tracker.from_json(before_gap.to_json())
        text = snapshot or self.tracker.to_json()
        self.wait(down_s)
        if rebooted:
            self.now = type(self.now)(utc=self.now.utc, monotonic_s=20.0)
        tracker = Tracker.from_json(text)
        start = Told(kind=ToldKind.START, now=self.now)
        step = self._keep(resume(tracker, self.now, self.context))
        self.memory = after_start(tracker, kept, start)
        return step

    def _told(self, told: Told, answer: tuple[Tracker, Step]) -> Step:
        before = self.tracker
        self.memory = remember(self.memory, before, told, *answer)
        self.heard += answer[1].events
        return self._keep(answer)

    def late(self, *readings: EvseReading) -> Retold:
        """Let the charger tell what happened, of which all since the first is true."""
        self.tick()
        return self._taken(whole(retell(self.memory, self.tracker, readings, self.now, self.context)))

    def past(self, *readings: EvseReading) -> Retold:
        """Let the charger tell of a whole charge; what followed stays."""
        self.tick()
        return self._taken(whole(tell_past(self.memory, self.tracker, readings, self.now, self.context)))

    def _taken(self, retold: Retold) -> Retold:
        self.retold = retold
        self.tracker, self.memory = retold.tracker, retold.memory
        for session_id in retold.retracted:
            del self.sessions[session_id]
            self.periods.pop(session_id, None)
        for session_id, count in retold.kept.items():
            before = self.periods.get(session_id, {})
            self.periods[session_id] = {index: period for index, period in before.items() if index < count}
        self._keep((retold.tracker, Step(sessions=retold.sessions, periods=retold.periods)))
        self.heard += retold.news
        return retold


def reading_at(at: datetime, **fields: Any) -> EvseReading:
    """Return a reading; a register comes with its own instant."""
    if fields.get("register_mwh") is not None:
        fields.setdefault("register_at", at)
    return EvseReading(at=at, **fields)
