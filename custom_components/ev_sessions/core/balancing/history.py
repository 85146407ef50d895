"""What was decided for an EVSE lately, and why: the last changes, so that a person can read how it came to this."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..plain import from_plain, to_plain
from .load import EvseLimit
from .reasons import Reason, ReasonKey

#: Of each EVSE so many changes are kept: a busy evening.
MOST_KEPT = 200
#: Of these, so many outlive a restart: they are written again and again.
MOST_WRITTEN = 50
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A limit in A (None: not controlled) that held from an instant on (UTC), and its reason."""

    at: datetime
    limit_a: float | None
    reason: Reason


class History:
    """The last changes of the limit of one EVSE, or of the reason for it; the oldest first."""

    def __init__(self, before: Iterable[Decided] = ()) -> None:
        """Begin with what was decided before the start."""
        self._kept: deque[Decided] = deque(before, maxlen=MOST_KEPT)

    def note(self, limit: EvseLimit, at: datetime) -> bool:
        """Take in what holds now; return whether that is a change."""
        last = self._kept[-1] if self._kept else None
        if last is not None and last.limit_a == limit.limit_a and last.reason == limit.reason:
            return False
        self._kept.append(Decided(at=at, limit_a=limit.limit_a, reason=limit.reason))
        return True

    def between(self, start: datetime | None, end: datetime | None) -> list[Decided]:
        """Return what held at any instant of a span."""
        kept = list(self._kept)
        until = [*(one.at for one in kept[1:]), None]
        return [
            one
            # Where nothing is kept there is no last one either.
            for one, over in zip(kept, until, strict=False)
            if (end is None or one.at < end) and (start is None or over is None or over > start)
        ]

    def last(self, count: int) -> list[Decided]:
        """Return the newest changes."""
        return list(self._kept)[-count:]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    at: datetime
    limit_a: float | None
    key: ReasonKey
    texts: tuple[tuple[str, str], ...] = ()  # placeholders of the reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    decided: tuple[_Line, ...] = ()


def kept_history(history: History) -> str:
    """Return the newest changes as text, as they outlive a restart."""
    lines = [
        _Line(at=one.at, limit_a=one.limit_a, key=one.reason.key, texts=tuple(one.reason.placeholders.items()))
        for one in history.last(MOST_WRITTEN)
    ]
    return to_plain(_Lines(decided=tuple(lines)), _VERSION)


def revived_history(text: str) -> History:
    """Return the history that a text holds; ValueError where it holds none."""
    return History(
        Decided(at=one.at, limit_a=one.limit_a, reason=Reason(key=one.key, placeholders=dict(one.texts)))
        for one in from_plain(_Lines, text, _VERSION).decided
    )
