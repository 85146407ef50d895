"""A sum that runs over hours, for statistics that know nothing but sums."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SumRow:
    """An hour: by how much the sum changed in it, and the sum at its end."""

    start: datetime
    change: int
    total: int


def running_sum(before: int, changes: Mapping[datetime, int], known: Iterable[datetime]) -> tuple[SumRow, ...]:
    """Return the rows of hours that have a change, and of those that are `known` to have had one.

    `before` is the sum of all hours before these. An hour of which nothing is left (a session
    was deleted or moved) has to be written too: what stands there would stay.
    """
    total = before
    rows: list[SumRow] = []
    for start in sorted({*changes, *known}):
        change = changes.get(start, 0)
        total += change
        rows.append(SumRow(start=start, change=change, total=total))
    return tuple(rows)
