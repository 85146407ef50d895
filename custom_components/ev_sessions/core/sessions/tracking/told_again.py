"""What a tracker is told again: what it was told before, with what came late in its place."""

from bisect import bisect_right
from dataclasses import replace
from typing import Final

from ...moment import Now, instant_of, us_of
from ...reading import EvseReading
from .told import Away, Memory, Told, ToldKind
from .tracked import Tracker

#: What is told that late may be what is seen just now; what is older was recorded.
LIVE_US: Final = 5_000_000
#: What the grid meter showed so long before says nothing any more: without a session, nobody remembers all of it.
_GRID_HOLDS_US: Final = 300_000_000


def told_since(memory: Memory, place: int, tracker: Tracker, readings: tuple[EvseReading, ...]) -> list[Told]:
    """Return what a tracker is told from a segment on: what it was told, and the readings in their places."""
    log = [told for segment in memory.segments[place:] for told in segment.told]
    log.sort(key=lambda told: told.at_us)
    first_us = us_of(readings[0].at)
    # A start, a price that changed, or whose car it is, is nothing that a charger knows of.
    stays = {ToldKind.START, ToldKind.CUT, ToldKind.SPLIT, ToldKind.QUIET}
    kept = [told for told in log if told.at_us < first_us or told.kind in stays]
    clock = FormerClock(tracker)
    known = _Circumstances(log)
    unheard = memory.unheard(tracker.at_us - LIVE_US)
    late = [
        Told(
            kind=ToldKind.READING,
            now=clock.at(us_of(reading.at)),
            reading=reading,
            grid_power_w=known.grid_power_w(us_of(reading.at)),
            paused_by_us=known.at(us_of(reading.at)).paused_by_us,
            recovered=any(one.holds(us_of(reading.at)) for one in unheard),
        )
        for reading in readings
    ]
    heard_us = [one.at_us for one in late if not one.is_silence]
    filled = [one for one in unheard if any(one.holds(at_us) for at_us in heard_us)]
    told, at_us = [], memory.segments[place].before.at_us
    for one in sorted((*kept, *late), key=lambda told: told.at_us):
        # In its own time, however long it was under way.
        at_us = max(at_us, one.at_us)
        told.append(replace(_quiet(one, filled), now=clock.at(at_us)))
    return told


def _quiet(told: Told, filled: list[Away]) -> Told:
    """Return no silence where the charger's record tells what happened in it."""
    if told.is_silence and any(one.holds(told.at_us) for one in filled):
        return Told(kind=ToldKind.QUIET, now=told.now)
    return told


class FormerClock:
    """The monotonic clock of now, at former instants."""

    def __init__(self, tracker: Tracker) -> None:
        self._behind_us = tracker.at_us - tracker.mono_ms * 1000

    def at(self, at_us: int) -> Now:
        """Return an instant as both clocks would have shown it."""
        return Now(utc=instant_of(at_us), monotonic_s=(at_us - self._behind_us) / 1_000_000)


class _Circumstances:
    """What else was known at former instants."""

    _NOTHING: Final = Told(kind=ToldKind.TICK, now=Now(utc=instant_of(0), monotonic_s=0.0))

    def __init__(self, log: list[Told]) -> None:
        self._log = log
        self._at_us = [told.at_us for told in log]

    def at(self, at_us: int) -> Told:
        """Return what was told last before an instant."""
        place = bisect_right(self._at_us, at_us)
        return self._log[place - 1] if place else self._NOTHING

    def grid_power_w(self, at_us: int) -> float | None:
        """Return what the grid meter showed at an instant; None where nobody remembers."""
        told = self.at(at_us)
        return told.grid_power_w if at_us - told.at_us <= _GRID_HOLDS_US else None
