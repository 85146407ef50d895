"""Which of several readings of an EVSE say nothing that those beside them do not.

A charger that reports each second says the same sixty times a minute. Where several of its readings are taken
together, one may be left out that lies between its neighbours in all that they tell: the energy of any span, and the
greatest power of it, stay what they are.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from ...energy import MWH_PER_WH
from ...reading import EvseReading

#: No longer without a reading than this, in s: shorter than any time-out, and than a sample of a trace.
_LONGEST_S: Final = 5.0
#: What a power, a current and an offer tremble by though nothing has changed.
_STILL_W: Final = 50.0
_STILL_SHARE: Final = 0.02
_STILL_A: Final = 0.25
_STILL_OFFER_A: Final = 0.5


def thinned(
    before: EvseReading, readings: Sequence[EvseReading], is_cut: Callable[[datetime, datetime], bool]
) -> tuple[EvseReading, ...]:
    """Return the readings, in their order, that have to be taken after the one `before`; the last always is.

    `is_cut` tells whether energy has to be divided at an instant between two, as where a price changes.
    """
    taken: list[EvseReading] = []
    for place, reading in enumerate(readings):
        after = readings[place + 1] if place + 1 < len(readings) else None
        if after is None or not _says_no_more(before, reading, after) or is_cut(before.at, after.at):
            taken.append(reading)
            before = reading
    return tuple(taken)


def _says_no_more(before: EvseReading, reading: EvseReading, after: EvseReading) -> bool:
    if not 0 <= (after.at - before.at).total_seconds() <= _LONGEST_S or reading.register_final:
        return False
    return (
        _state(before) == _state(reading) == _state(after)
        and _is_between(before, reading, after)
        and _is_still_w(before.power_w, reading.power_w, after.power_w)
        and _are_still_a(before.currents_a, reading.currents_a)
        and _are_still_a(reading.currents_a, after.currents_a)
        and _is_still_offer(before.limit_a, reading.limit_a)
        and _is_still_offer(reading.limit_a, after.limit_a)
    )


def _state(reading: EvseReading) -> tuple[object, ...]:
    """Return all that is told beside what flows."""
    return (
        reading.activity,
        reading.state,
        reading.suspended_by,
        reading.session_energy_mwh,
        reading.enabled,
        reading.phases,
        reading.soc_percent,
        reading.left,
    )


def _is_between(before: EvseReading, reading: EvseReading, after: EvseReading) -> bool:
    """Tell whether a register stands where its neighbours let expect it, but for a watt-hour of its resolution."""
    first, value, last = before.register_mwh, reading.register_mwh, after.register_mwh
    if first is None or value is None or last is None or not first <= value <= last:
        return False
    since_s, whole_s = (reading.at - before.at).total_seconds(), (after.at - before.at).total_seconds()
    return abs((value - first) * whole_s - (last - first) * since_s) <= MWH_PER_WH * whole_s


def _is_still_w(before: float | None, power_w: float | None, after: float | None) -> bool:
    if before is None or power_w is None or after is None:
        return before is power_w is after
    # The greatest of all is always taken: it is the peak of somebody's session.
    within_w = max(_STILL_W, _STILL_SHARE * before)
    return abs(power_w - before) <= within_w and abs(after - power_w) <= within_w and power_w <= max(before, after)


def _are_still_a(one: tuple[float, ...] | None, other: tuple[float, ...] | None) -> bool:
    if one is None or other is None:
        return one is other
    return len(one) == len(other) and all(abs(a - b) <= _STILL_A for a, b in zip(one, other, strict=True))


def _is_still_offer(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _STILL_OFFER_A
