"""An EVSE's register through its transactions: one that begins again at 0 with each goes on counting.

Some stations count every transaction from 0, some only what they say of a running one,
and some say that a transaction began at 0 though their register never does. What a sample
can be, by the time that has passed, tells which. A register that falls in any other way is
left as it is: what that means is for the cleaning of registers to say.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ..energy import MWH_PER_WH

#: No EVSE of a house gives more; what a register cannot have counted is another register.
_MOST_W: Final = 100_000
_SLACK_MWH: Final = 200 * MWH_PER_WH


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A register's last value, and what was counted before it began at 0 (`base_mwh`)."""

    base_mwh: int = 0
    value_mwh: int
    at: datetime

    @property
    def total_mwh(self) -> int:
        """The sum, that goes on where the register begins again."""
        return self.base_mwh + self.value_mwh

    def can_be(self, value_mwh: int, at: datetime) -> bool:
        """Tell whether it can show a value at a later instant."""
        seconds = max(0.0, (at - self.at).total_seconds())
        return 0 <= value_mwh - self.value_mwh <= _SLACK_MWH + round(seconds * _MOST_W / 3.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What an EVSE's register showed; `former` is what it was before it seemed to begin at 0.

    `fresh` is whether a transaction has begun since the last sample.
    """

    counter: Counter | None = None
    former: Counter | None = None
    fresh: bool = False


def begun(meter: Meter, meter_start_mwh: int | None, at: datetime) -> Meter:
    """Return the meter where a transaction begins; a start that is not told may be at 0."""
    counter = meter.counter
    if counter is None:
        first = None if meter_start_mwh is None else Counter(value_mwh=meter_start_mwh, at=at)
        return Meter(counter=first, fresh=True)
    if meter_start_mwh is None:
        return Meter(counter=counter, fresh=True)
    if meter_start_mwh < MWH_PER_WH <= counter.value_mwh:
        return Meter(counter=_from_zero(counter, meter_start_mwh, at), former=counter, fresh=True)
    return Meter(counter=replace(counter, value_mwh=meter_start_mwh, at=at), fresh=True)


def sampled(meter: Meter, value_mwh: int, at: datetime) -> Meter:
    """Return the meter after a sample."""
    counter, former = meter.counter, meter.former
    if counter is None:
        return Meter(counter=Counter(value_mwh=value_mwh, at=at))
    if not counter.can_be(value_mwh, at):
        if former is not None and former.can_be(value_mwh, at):
            return Meter(counter=replace(former, value_mwh=value_mwh, at=at))
        zero = _from_zero(counter, 0, counter.at)
        if meter.fresh and value_mwh < counter.value_mwh // 2 and zero.can_be(value_mwh, at):
            return Meter(counter=replace(zero, value_mwh=value_mwh, at=at), former=counter)
    return Meter(counter=replace(counter, value_mwh=value_mwh, at=at), former=former)


def stopped(meter: Meter, meter_stop_mwh: int | None, at: datetime) -> Meter:
    """Return the meter where a transaction has ended; a stop at 0, or rounded down, tells nothing."""
    counter = meter.counter
    if meter_stop_mwh is None:
        return meter
    if counter is not None and (meter_stop_mwh == 0 or 0 < counter.value_mwh - meter_stop_mwh <= MWH_PER_WH):
        return meter
    return sampled(meter, meter_stop_mwh, at)


def _from_zero(counter: Counter, value_mwh: int, at: datetime) -> Counter:
    return Counter(base_mwh=counter.total_mwh - value_mwh, value_mwh=value_mwh, at=at)
