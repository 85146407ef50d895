"""Values as other programs write them: clocks without a zone, durations in words, numbers with a comma."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, tzinfo
import re
from typing import Any

from .values import RefusedRowError

#: 1h20m34.5s, as programs in Go write it; 1:20:34, or 1:20 for an hour and twenty minutes; 1 H 20 Min., 20 Min.
_DURATIONS = (
    re.compile(r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)(?:\.\d+)?s)?"),
    re.compile(r"(?P<h>\d+):(?P<m>\d\d)(?::(?P<s>\d\d))?"),
    re.compile(r"(?:(?P<h>\d+) ?H ?)?(?P<m>\d+) ?Min\.?(?P<s>)"),
)
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_NEVER = datetime(1900, 1, 1)  # noqa: DTZ001 - a program's way to say that something has not happened


def wall_clock(text: str | None, name: str, formats: Iterable[str]) -> datetime | None:
    """Return what a clock showed, without its zone unless that is told; None where nothing is said."""
    if text is None:
        return None
    for read in (datetime.fromisoformat, *(_reader(form) for form in formats)):
        try:
            shown = read(text)
        except ValueError:
            continue
        return None if shown.replace(tzinfo=None) < _NEVER else shown
    raise RefusedRowError(f"{name}_not_understood")


def _reader(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007 - it has no zone: that is what this room is for


def instants(
    start: datetime | None, end: datetime | None, zone: tzinfo, *, least_s: int = 0
) -> tuple[datetime | None, datetime | None]:
    """Return the instants of two clock readings; a clock that is set back shows an hour twice.

    Of the instants that it can have been those count, the earliest first, between which
    `least_s` fit and the end comes after the start. A time that the clock skipped is refused.
    """
    starts, ends = _meant(start, zone, "start"), _meant(end, zone, "end")
    least = timedelta(seconds=least_s)
    for first in starts:
        for last in ends:
            if first is not None and last is not None and last > first and last - first >= least:
                return first, last
    return starts[0], ends[-1]


def _meant(shown: datetime | None, zone: tzinfo, name: str) -> list[datetime | None]:
    if shown is None or shown.tzinfo is not None:
        return [shown]
    folds = [shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    offsets = [one.utcoffset() or timedelta(0) for one in folds]
    if offsets[0] < offsets[1]:
        raise RefusedRowError(f"{name}_skipped_by_clock")
    return list(folds) if offsets[0] > offsets[1] else [folds[0]]


def seconds(text: str | None, name: str) -> int | None:
    """Return a duration, in s; None where nothing is said."""
    if text is None:
        return None
    for pattern in _DURATIONS:
        found = pattern.fullmatch(text)
        if found is not None:
            return sum(int(found[unit] or 0) * size for unit, size in _SECONDS.items())
    raise RefusedRowError(f"{name}_not_understood")


def number(text: str | None, *, comma: bool) -> str | None:
    """Return a number as we write it, where a `comma` may be the sign of its decimals."""
    if text is None or not comma or "," not in text:
        return text
    # Of two signs the first groups the digits.
    return text.replace(".", "").replace(",", ".") if text.rfind(",") > text.rfind(".") else text.replace(",", "")


def timed(start: datetime | None, end: datetime | None) -> dict[str, Any]:
    """Return start and end of a record."""
    return {"start": start, "end": end}


def durations(
    start: datetime | None,
    end: datetime | None,
    *,
    charging_s: int | None,
    waiting_s: int = 0,
    idle_s: int | None = None,
) -> dict[str, int]:
    """Return the durations of a record, in s, of a session of which its charging time is said.

    What is left is idle, or a pause where the idle time is known. Nothing where it does not fit.
    """
    if start is None or end is None or end <= start or charging_s is None:
        return {}
    connected_s = int((end - start).total_seconds())
    left_s = connected_s - waiting_s - (idle_s or 0)
    if min(waiting_s, idle_s or 0, left_s) < 0:
        return {}
    # A charging time that was rounded up is longer than all the time there was.
    charging_s = min(charging_s, left_s)
    rest_s = left_s - charging_s
    return {
        "connected_s": connected_s,
        "waiting_s": waiting_s,
        "charging_s": charging_s,
        "paused_s": 0 if idle_s is None else rest_s,
        "idle_s": rest_s if idle_s is None else idle_s,
    }


def remark(program: str, *words: str | None) -> str | None:
    """Return a note that keeps what a record of ours has no place for."""
    said = [word for word in words if word]
    return f"{program}: {', '.join(said)}" if said else None
