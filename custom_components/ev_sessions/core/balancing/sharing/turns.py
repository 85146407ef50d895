"""The order in which cars are let in: priority, then how long they can wait, then turns, then waiting time."""

from dataclasses import dataclass
from math import inf

from .laxity import SAME_LAXITY_S, UNKNOWN_LAXITY_S

#: Who has all that he needs comes after everybody who can wait for so many hours.
_MOST_HOURS = 1000


@dataclass(slots=True, kw_only=True)
class Standing:
    """Where an EVSE stands: since when it charges (`on`) or waits, and how long it can wait.

    `laxity_s` and `left_s` are None where no departure is known; the laxity is infinite where
    nothing more is needed.
    """

    evse_id: str
    rank: int  # the lesser goes first
    on: bool
    since_s: float
    laxity_s: float | None = None
    left_s: float | None = None


type Order = tuple[int, int, int, bool, float, float, str]


def turn_order(standing: Standing, *, turn_s: float, now_s: float) -> Order:
    """Return the sort key of admission.

    Rank first; then who cannot wait for another turn, then who is within his own; then laxity,
    by the hour; then who waits before whose turn is over; then who leaves first; then who
    waited longest, or charged least.
    """
    over = standing.on and now_s - standing.since_s >= turn_s
    pressed = standing.laxity_s is not None and standing.laxity_s < turn_s
    within = standing.on and not over
    return (
        standing.rank,
        0 if pressed else 1 if within else 2,
        _hours(standing, now_s),
        over,
        inf if standing.left_s is None else standing.left_s,
        -standing.since_s if over else standing.since_s,
        standing.evse_id,
    )


def holds_until_s(standing: Standing, *, turn_s: float, now_s: float) -> float:
    """Return until when a sort key stays as it is, in monotonic s, if nothing else becomes known."""
    passed_s = now_s - standing.since_s
    if standing.on:
        return inf if passed_s >= turn_s else standing.since_s + turn_s
    if standing.laxity_s is not None:
        return inf
    return standing.since_s + (passed_s // SAME_LAXITY_S + 1) * SAME_LAXITY_S


def _hours(standing: Standing, now_s: float) -> int:
    """Return for how many hours it can wait; who cannot have all any more is as urgent as who just can."""
    laxity_s = standing.laxity_s
    if laxity_s is None:
        # Who says nothing does not wait for ever either.
        waited_s = 0.0 if standing.on else now_s - standing.since_s
        return int(UNKNOWN_LAXITY_S // SAME_LAXITY_S - waited_s // SAME_LAXITY_S)
    return int(min(_MOST_HOURS, max(0.0, laxity_s) // SAME_LAXITY_S))
