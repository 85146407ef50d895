"""Which session is which, when sessions are told again: one that overlaps one of before keeps its id."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from ..session import Session
from .told import ToldSession


class SessionIds:
    """Gives the sessions that are told again their ids.

    While they are told, an id can only be `guessed`: nobody knows yet how long a session
    will last. Where the guesses do not `fit`, all is told once more, with `fitting` ids.
    """

    def __init__(self, before: Sequence[ToldSession], now: datetime, new_id: Callable[[datetime], str]) -> None:
        self._before = sorted(before, key=lambda one: one.start)
        # What goes on overlaps what begins right now.
        self._now = now + timedelta(seconds=1)
        self._new_id = new_id
        self._guesses: list[str] = []
        self._fitting: list[str] = []

    def guessed(self, start: datetime) -> str:
        """Return the id of the first session of before that had not ended by then."""
        known = next((one.id for one in self._before if one.id not in self._guesses and self._end(one) > start), None)
        self._guesses.append(known or self._new_id(start))
        return self._guesses[-1]

    def fitting(self, start: datetime) -> str:
        """Return the id of the next session, in the order in which they begin."""
        return self._fitting.pop(0) if self._fitting else self._new_id(start)

    def fit(self, sessions: Sequence[Session]) -> bool:
        """Tell whether the guesses are right for how long the sessions lasted; if not, look for the fitting ids."""
        spans = {one.id: one for one in sessions}
        told = [spans[session_id] for session_id in self._guesses if session_id in spans]
        shared = [
            (self._shared(new, old), place, old.id)
            for place, new in enumerate(told)
            for old in self._before
            if self._shared(new, old) > timedelta(0)
        ]
        found: dict[int, str] = {}
        for _, place, session_id in sorted(shared, key=lambda one: (-one[0], one[1])):
            if place not in found and session_id not in found.values():
                found[place] = session_id
        known = {one.id for one in self._before}
        self._fitting = [
            found.get(place) or (self._new_id(new.start) if new.id in known else new.id)
            for place, new in enumerate(told)
        ]
        return self._fitting == [one.id for one in told]

    def _shared(self, new: Session, old: ToldSession) -> timedelta:
        return min(new.end or self._now, self._end(old)) - max(new.start, old.start)

    def _end(self, one: ToldSession) -> datetime:
        return one.end or self._now
