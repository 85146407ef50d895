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
