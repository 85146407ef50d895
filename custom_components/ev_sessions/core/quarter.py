"""The quarter hours of local clock time, at which charging periods are cut."""

from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from .moment import instant_of

QUARTER_US = 15 * 60 * 1_000_000
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=256)
def next_quarter_us(at_us: int, zone: ZoneInfo) -> int:
    """Return the first quarter hour of local time after an instant, both in UTC microseconds.

    Offsets are taken as they are (Kathmandu has +05:45), so a night in which the clocks
    change is cut at the quarter hours that people saw.
    """
    offset = instant_of(at_us).astimezone(zone).utcoffset()
    offset_us = offset // _MICROSECOND if offset is not None else 0
    return ((at_us + offset_us) // QUARTER_US + 1) * QUARTER_US - offset_us


def quarters_us(start_us: int, end_us: int, zone: ZoneInfo) -> list[int]:
    """Return the quarter hours of local time inside (start, end), in their order."""
    found: list[int] = []
    while (at_us := next_quarter_us(found[-1] if found else start_us, zone)) < end_us:
        found.append(at_us)
    return found
