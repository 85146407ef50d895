"""All EVSEs of a station: which of them an event is about.

OCPP 1.6 ends a transaction by its number alone, and 2.x names the EVSE in the first event
only: whoever has that transaction is meant. What is told of the station as a whole (EVSE
0: its main meter, its own status) is told to no EVSE.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from .events import Metered, StationEvent, StatusTold, TransactionEnded, TransactionEvent
from .evse_state import EvseState
from .log import EvseLog, Told, tell as tell_evse

#: No station of a house has more.
MOST_EVSES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLog:
    """The logs of a station's EVSEs by their numbers."""

    evses: Mapping[int, EvseLog] = field(default_factory=dict)


def begin(states: Mapping[int, EvseState], *, in_sight: bool = False) -> StationLog:
    """Return the log of a station whose EVSEs were last known so.

    Unless they were `in_sight` all the time, nobody has looked at them since.
    """
    return StationLog(
        evses={evse: EvseLog(start=state if in_sight else state.out_of_sight()) for evse, state in states.items()}
    )


def tell(log: StationLog, events: Iterable[StationEvent]) -> tuple[StationLog, Mapping[int, Told]]:
    """Take the events of one message; return what they changed, by EVSE."""
    by_evse: dict[int, list[StationEvent]] = {}
    events = tuple(events)
    # What an end brings along is of the same EVSE.
    of_transaction = {
        event.transaction_id: evse_of(log, event.transaction_id, event)
        for event in events
        if isinstance(event, TransactionEvent) and event.evse is None
    }
    for event in events:
        for evse in _meant(log, event, by_evse, of_transaction):
            by_evse.setdefault(evse, []).append(event if event.evse == evse else replace(event, evse=evse))
    told: dict[int, Told] = {}
    logs = dict(log.evses)
    for evse, its in by_evse.items():
        logs[evse], told[evse] = tell_evse(logs.get(evse, EvseLog()), evse, its)
    return replace(log, evses=logs), told


def _meant(
    log: StationLog,
    event: StationEvent,
    pending: Mapping[int, list[StationEvent]],
    of_transaction: Mapping[str, int],
) -> Iterable[int]:
    """Return the EVSEs that an event is about."""
    if event.evse == 0:
        return ()
    if event.evse is not None:
        return (event.evse,) if event.evse in log.evses or len(log.evses) + len(pending) < MOST_EVSES else ()
    if isinstance(event, TransactionEvent):
        return (of_transaction[event.transaction_id],)
    if isinstance(event, Metered):
        if event.transaction_id is None:
            return ()
        return (of_transaction.get(event.transaction_id) or evse_of(log, event.transaction_id),)
    return () if isinstance(event, StatusTold) else tuple(log.evses)


def evse_of(log: StationLog, transaction_id: str, event: TransactionEvent | None = None) -> int:
    """Return the EVSE that has a transaction; where none has, the one that is most likely meant."""
    for evse, its in log.evses.items():
        if _has(its, transaction_id):
            return evse
    running = [evse for evse, its in log.evses.items() if its.state.running is not None]
    same_token = [evse for evse in running if event is not None and _is_same_token(log.evses[evse].state, event)]
    connected = [evse for evse, its in log.evses.items() if its.state.connected]
    of_meter = [evse for evse in same_token or running if _is_of_meter(log.evses[evse].state, event)]
    for likely in (same_token, of_meter, running, connected):
        if len(likely) == 1:
            return likely[0]
    return min(running or log.evses or (1,))


def _has(log: EvseLog, transaction_id: str) -> bool:
    if log.state.knows(transaction_id):
        return True
    return any(isinstance(event, TransactionEvent) and event.transaction_id == transaction_id for event in log.past)


def _is_of_meter(state: EvseState, event: TransactionEvent | None) -> bool:
    """Tell whether an end has a register that the meter of an EVSE can show by then."""
    if not isinstance(event, TransactionEnded) or event.meter_stop_mwh is None or state.meter.counter is None:
        return False
    return state.meter.counter.can_be(event.meter_stop_mwh, event.at)


def _is_same_token(state: EvseState, event: TransactionEvent) -> bool:
    running = state.running
    token = None if running is None else running.token
    return token is not None and event.token is not None and token.is_same(event.token)
