"""An EVSE's register through its transactions: one that begins again at 0 with each goes on counting.

Some stations count every transaction from 0, some only what they say of a running one,
some say that a transaction began at 0 though their register never does, and some end such
a one with what it alone has used. What a sample can be, by the time that has passed, tells
which. A register that falls in any other way is left as it is: what that means is for the
cleaning of registers to say.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ..energy import MWH_PER_WH

#: No EVSE of a house gives more; what a register cannot have counted is another register.
_MOST_W: Final = 100_000
_SLACK_MWH: Final = 200 * MWH_PER_WH
#: What an EVSE of a house usually gives at most; more from 0 is likelier a register that never was at 0.
_USUAL_W: Final = 25_000
#: What two counts of one transaction differ by: roundings, and seconds between them.
_ROUNDING_MWH: Final = 2 * MWH_PER_WH
_NEXT: Final = timedelta(milliseconds=1)


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
        return self._has_risen(value_mwh, at, _MOST_W, _SLACK_MWH)

    def is_likely(self, value_mwh: int, at: datetime) -> bool:
        """Tell whether it usually would."""
        return self._has_risen(value_mwh, at, _USUAL_W, _ROUNDING_MWH)

    def _has_risen(self, value_mwh: int, at: datetime, most_w: int, slack_mwh: int) -> bool:
        seconds = max(0.0, (at - self.at).total_seconds())
        return 0 <= value_mwh - self.value_mwh <= slack_mwh + round(seconds * most_w / 3.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What an EVSE's register showed; `former` is what it was before it seemed to begin at 0.

    `begun_mwh` is the total where the transaction began; `fresh` is whether one has begun
    since the last sample.
    """

    counter: Counter | None = None
    former: Counter | None = None
    begun_mwh: int | None = None
    fresh: bool = False


def begun(meter: Meter, meter_start_mwh: int | None, at: datetime) -> Meter:
    """Return the meter where a transaction begins; a start that is not told may be at 0."""
    counter, former = meter.counter, None
    if meter_start_mwh is not None:
        if counter is None:
            counter = Counter(value_mwh=meter_start_mwh, at=at)
        elif meter_start_mwh < MWH_PER_WH <= counter.value_mwh:
            counter, former = _from_zero(counter, meter_start_mwh, at), counter
        else:
            counter = replace(counter, value_mwh=meter_start_mwh, at=at)
    return Meter(counter=counter, former=former, begun_mwh=None if counter is None else counter.total_mwh, fresh=True)


def sampled(meter: Meter, value_mwh: int, at: datetime) -> Meter:
    """Return the meter after a sample."""
    counter, former = meter.counter, meter.former
    if counter is None:
        return Meter(counter=Counter(value_mwh=value_mwh, at=at))
    if 0 < counter.value_mwh - value_mwh <= MWH_PER_WH:
        value_mwh = counter.value_mwh  # rounded down, it says no less
    if not counter.is_likely(value_mwh, at):
        if (more_mwh := _told_alone(meter, counter, value_mwh)) is not None:
            value_mwh = counter.value_mwh + more_mwh
        elif former is not None and former.can_be(value_mwh, at):
            # The transaction was said to begin at 0, and its register never was.
            return Meter(counter=_shows(former, value_mwh, at), begun_mwh=former.total_mwh)
        elif meter.fresh and value_mwh < counter.value_mwh // 2:
            zero = _from_zero(counter, 0, counter.at)
            if zero.can_be(value_mwh, at):
                counter, former = zero, counter
    return replace(meter, counter=_shows(counter, value_mwh, at), former=former, fresh=False)


def stopped(meter: Meter, meter_stop_mwh: int | None, at: datetime) -> Meter:
    """Return the meter where a transaction has ended; a stop at 0 tells nothing."""
    counter = meter.counter
    if meter_stop_mwh is None:
        return meter
    if counter is not None and meter_stop_mwh == 0:
        return meter
    return sampled(meter, meter_stop_mwh, at)


def _told_alone(meter: Meter, counter: Counter, value_mwh: int) -> int | None:
    """Return what is new where a value is what the transaction alone has used; None where it is not."""
    if meter.begun_mwh is None:
        return None
    more_mwh = value_mwh - (counter.total_mwh - meter.begun_mwh)
    return max(0, more_mwh) if abs(more_mwh) <= _ROUNDING_MWH else None


def _shows(counter: Counter, value_mwh: int, at: datetime) -> Counter:
    """Return a counter with a sample; two values of one instant come one after the other."""
    if value_mwh != counter.value_mwh and at <= counter.at:
        at = counter.at + _NEXT
    return replace(counter, value_mwh=value_mwh, at=at)


def _from_zero(counter: Counter, value_mwh: int, at: datetime) -> Counter:
    return Counter(base_mwh=counter.total_mwh - value_mwh, value_mwh=value_mwh, at=at)
