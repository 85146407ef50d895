"""Energy of which only the sum over a stretch of time is known: spread evenly, cut at quarter hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..energy import split
from ..moment import instant_of, us_of
from ..quarter import next_quarter_us
from ..reading import Activity

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A span [start, end) of a session with one activity, and the energy that flowed in it."""

    start: datetime
    end: datetime
    activity: Activity
    energy_mwh: int = 0
    priced: bool = True


def quarters(start: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Return [start, end) in parts that do not straddle a quarter hour of local time."""
    edges = [start]
    while (edge := instant_of(next_quarter_us(us_of(edges[-1]), zone))) < end:
        edges.append(edge)
    return list(zip(edges, [*edges[1:], end], strict=True))


def shares(whole: int, parts: list[tuple[datetime, datetime]]) -> list[int]:
    """Split a whole over parts of time by their lengths; the shares sum to it."""
    lengths = [(end - start) // _MICROSECOND for start, end in parts]
    return split(whole, lengths) if any(lengths) else [whole, *([0] * (len(parts) - 1))]


def at_part(start: datetime, end: datetime, part: int, whole: int) -> datetime:
    """Return the instant at which `part` of `whole` of the way from start to end is done."""
    return start + (end - start) // _MICROSECOND * part // whole * _MICROSECOND


def stretches(
    start: datetime, end: datetime, *, energy_mwh: int, priced_mwh: int, waiting_ms: int, idle_ms: int
) -> list[Stretch]:
    """Return what is known of a session without periods: it waited, then energy flowed, then it was idle.

    The energy without a price comes last. Where waiting and idle time leave none between them,
    the energy flowed all the time.
    """
    first, last = start + timedelta(milliseconds=waiting_ms), end - timedelta(milliseconds=idle_ms)
    if energy_mwh == 0:
        return [Stretch(start=start, end=end, activity=Activity.PREPARING)]
    if first >= last:
        first, last = start, end
    turn = at_part(first, last, priced_mwh, energy_mwh)
    known = [
        Stretch(start=start, end=first, activity=Activity.PREPARING),
        Stretch(start=first, end=turn, activity=Activity.CHARGING, energy_mwh=priced_mwh),
        Stretch(start=turn, end=last, activity=Activity.CHARGING, energy_mwh=energy_mwh - priced_mwh, priced=False),
        Stretch(start=last, end=end, activity=Activity.FINISHING),
    ]
    return [one for one in known if one.start < one.end or one.energy_mwh]
