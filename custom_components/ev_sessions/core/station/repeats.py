"""What a station tells twice, and what comes a little out of order on its way."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from .entry import Entry, instant_of
from .events import Metered, StationEvent, StatusTold, TransactionEnded, TransactionStarted, TransactionUpdated

#: Two samples with the same register so close to each other are one.
_SAME_MOMENT: Final = timedelta(seconds=1)
#: Of what is told at once, so much disorder is the network's: it counts as told in order.
_AT_ONCE: Final = timedelta(seconds=5)
_NETWORK: Final = timedelta(seconds=2)


def is_disorder(event: StationEvent, ends_at: datetime) -> bool:
    """Tell whether an event that is told at once is a little older than the last, and loses nothing by coming after it.

    An end counts to the millisecond. A start that comes just before the status that led to it would charge, prepare
    and charge again.
    """
    if isinstance(event, TransactionEnded) or (isinstance(event, Metered) and event.context == "Transaction.End"):
        return False
    most = _NETWORK if isinstance(event, TransactionStarted) else _AT_ONCE
    return timedelta() < ends_at - event.at <= most and event.arrived_at - event.at <= _AT_ONCE


def in_order(event: StationEvent, ends_at: datetime) -> StationEvent:
    """Return an event that counts as told in order, at the end."""
    if isinstance(event, StatusTold):
        return replace(event, at=ends_at, dated_at=event.at)
    return replace(event, at=ends_at)


def is_known(entries: Sequence[Entry], event: StationEvent) -> bool:
    """Tell whether an event was told before: stations repeat themselves, and list at the end what they told."""
    earliest = event.at - _SAME_MOMENT
    if not entries or entries[-1].event.at < earliest:
        return False
    late = bisect_right(entries, event.at + _SAME_MOMENT, key=instant_of) < len(entries)
    # Of what comes in its order, only the very instant says the same.
    within = _SAME_MOMENT if late else timedelta()
    first = bisect_left(entries, event.at - within, key=instant_of)
    last = bisect_right(entries, event.at + within, key=instant_of)
    near = [entry.event for entry in entries[first:last]]
    if isinstance(event, StatusTold | TransactionUpdated):
        # Clocks that count whole seconds: what goes from one thing to another and back in one says the first twice.
        near = [one for one in near if one.at == event.at and _is_of_same(one, event)][-1:]
    return any(_says_as_much(one, event, late=late) for one in near)


def _is_of_same(known: StationEvent, event: StatusTold | TransactionUpdated) -> bool:
    """Tell whether both tell of the state of the same thing."""
    if isinstance(event, StatusTold):
        return isinstance(known, StatusTold) and known.connector == event.connector
    return isinstance(known, TransactionUpdated) and known.transaction_id == event.transaction_id


def _says_as_much(known: StationEvent, event: StationEvent, *, late: bool) -> bool:
    """Tell whether a known event of the same moment says all that another does; of late samples the register counts."""
    if type(known) is not type(event):
        return False
    if isinstance(event, Metered) and isinstance(known, Metered):
        if event.sample.signed:
            return known.at == event.at and known.sample == event.sample
        register_mwh = event.sample.register_mwh
        if late and register_mwh is not None and register_mwh == known.sample.register_mwh:
            return True
    return known.at == event.at and replace(known, arrived_at=event.arrived_at, timed_by=event.timed_by) == event
