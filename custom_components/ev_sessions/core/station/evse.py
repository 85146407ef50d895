"""What a station tells of an EVSE, one event after the other, as readings.

    state, reading = advance(state, event)

Events come in the order in which they happened (`log.py` sees to that). A reading says
only what is known: nothing from the moment the station is out of sight until it has told
again, or has told later what happened meanwhile.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ..reading import Activity, EvseReading
from .events import (
    Authorised,
    Metered,
    StationEvent,
    StatusConfirmed,
    StatusTold,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    WentOffline,
)
from .evse_state import ABOVE_ALL, Connector, EvseState
from .meter import begun, stopped
from .sampling import BEGIN, metered
from .transaction import StationTransaction

_MOST_ENDED: Final = 16
_MOST_CONNECTORS: Final = 16
_READ_FOR_IT: Final = frozenset({BEGIN, "Transaction.End"})
_UNPLUGGED: Final = "EVDisconnected"
#: A token is held to the charger, and the cable put in after: so soon the station says Preparing all the same.
_TAG_FIRST: Final = timedelta(seconds=10)
#: Until a transaction begins, it waits no longer for that cable.
_TAG_WAITS: Final = timedelta(minutes=15)

#: What a running transaction may say instead of these, where nothing else is told.
_BEFORE_CHARGING: Final = frozenset(
    {
        None,
        Activity.AVAILABLE,
        Activity.RESERVED,
        Activity.AWAITING_AUTHORISATION,
        Activity.PREPARING,
        Activity.FINISHING,
    }
)
#: In which an EVSE's contacts are open, or the car takes nothing.
_NO_DRAW: Final = frozenset(Activity) - {Activity.CHARGING, Activity.FAULT, Activity.UNAVAILABLE}


def advance(state: EvseState, event: StationEvent) -> tuple[EvseState, EvseReading]:
    """Take an event that happened at `event.at`; return the new state and what is known then."""
    before = state.activity
    state = _taken(_without_old_tag(replace(state, at=event.at)), event)
    if state.activity is not before:
        state = _with_other_draw(state, event.at)
    return state, reading_of(state, event.at, final=_is_final(event))


def reading_of(state: EvseState, at: datetime, *, final: bool = False) -> EvseReading:
    """Return what is known at an instant; `final` where a meter was read for it."""
    if not (state.in_sight or state.metered):
        return EvseReading(at=at)
    counter = state.meter.counter if state.metered else None
    return EvseReading(
        at=at,
        activity=state.activity if state.in_sight else None,
        register_mwh=None if counter is None else counter.total_mwh,
        register_at=None if counter is None else counter.at,
        register_final=final and counter is not None,
        power_w=state.power_w,
        currents_a=state.currents_a,
        drawn_at=state.drawn_at,
        limit_a=state.offered_a,
        soc_percent=state.soc_percent,
        left=state.in_sight and state.has_left,
    )


def _is_final(event: StationEvent) -> bool:
    """Tell whether the meter was read for a transaction that begins or ends: at no other time is it waited for."""
    match event:
        case TransactionStarted():
            return event.meter_start_mwh is not None
        case TransactionEnded():
            return event.meter_stop_mwh is not None
        case Metered():
            return event.context in _READ_FOR_IT and event.sample.register_mwh is not None
    return False


def _taken(state: EvseState, event: StationEvent) -> EvseState:
    match event:
        case StatusTold():
            state = _status(state, event)
        case TransactionStarted():
            state = _started(state, event)
        case TransactionUpdated():
            state = _updated(state, event)
        case TransactionEnded():
            state = _ended(state, event)
        case Metered():
            state = metered(state, event)
        case Authorised():
            state = replace(state, tagged_at=event.at) if state.activity is Activity.AVAILABLE else state
        case StatusConfirmed():
            state = replace(state, in_sight=state.in_sight or state.activity is not None)
        case WentOffline():
            state = state.out_of_sight()
        case _:
            pass
    return state


def _with_other_draw(state: EvseState, at: datetime) -> EvseState:
    """Return the state where a charge has just begun, ended or paused: what it drew it draws no more."""
    if state.drawn_at is None or state.drawn_at >= at:
        return state
    if state.activity is Activity.CHARGING:
        return replace(state, power_w=None, currents_a=None, drawn_at=None)
    if state.activity not in _NO_DRAW:
        return state
    return replace(
        state,
        power_w=None if state.power_w is None else 0.0,
        currents_a=state.currents_a and tuple(0.0 for _ in state.currents_a),
        drawn_at=at,
    )


# Status


def _status(state: EvseState, event: StatusTold) -> EvseState:
    if event.activity is None and event.connected is None:
        return state  # a word that nobody knows
    told = Connector(number=event.connector, activity=event.activity, connected=event.connected)
    others = tuple(one for one in state.connectors if one.number != event.connector)
    connectors = (told, *others)[:_MOST_CONNECTORS]
    activity = _activity_of(state, connectors)
    if activity is Activity.FINISHING and state.gone:
        activity = Activity.AVAILABLE
    tagged_at = state.tagged_at
    if activity is Activity.PREPARING and _waits_for_cable(state, event.at):
        activity = Activity.AVAILABLE
    elif activity is not Activity.AVAILABLE:
        tagged_at = None
    return replace(
        state,
        connectors=connectors,
        activity=activity,
        in_sight=True,
        quiet=False,
        guessed=state.guessed and event.activity is None,
        gone=state.gone and event.activity is not Activity.AVAILABLE and activity is Activity.AVAILABLE,
        tagged_at=tagged_at,
    )


def _activity_of(state: EvseState, connectors: tuple[Connector, ...]) -> Activity | None:
    """Return what the connectors' status makes of an EVSE: where one has a cable, that one's counts."""
    if any(one.connected for one in connectors):
        if state.connected:
            return state.activity
        return Activity.AVAILABLE if state.gone else Activity.PREPARING
    busy = (one for one in connectors if one.activity is not Activity.AVAILABLE)
    return next(busy, connectors[0]).activity


def _without_old_tag(state: EvseState) -> EvseState:
    """Return the state without a token that waited too long for a cable: who still prepares then has a car."""
    if state.tagged_at is None or state.at is None or state.at - state.tagged_at <= _TAG_WAITS:
        return state
    told = state.connectors[0].activity if state.connectors else None
    prepares = state.activity is Activity.AVAILABLE and told is Activity.PREPARING
    return replace(state, tagged_at=None, activity=Activity.PREPARING if prepares else state.activity)


def _waits_for_cable(state: EvseState, at: datetime) -> bool:
    """Tell whether the station prepares for a token that came before a cable: no car is there yet (OCPP 1.6, 4.2)."""
    if state.tagged_at is None or state.activity is not Activity.AVAILABLE or state.running is not None:
        return False
    return at - state.tagged_at <= _TAG_FIRST


# Transactions


def _started(state: EvseState, event: TransactionStarted) -> EvseState:
    running = state.running
    if running is not None and running.id == event.transaction_id:
        # Told again, maybe by a clock that is known better by now: what it did then it may do no more.
        again = event if running.started_at is None else replace(event, activity=None)
        return _enriched(state, running, again, started=again)
    if event.transaction_id in state.ended:
        return state  # told once more, after its end
    transaction = StationTransaction(
        id=event.transaction_id,
        token=event.token,
        started_at=event.at,
        started_timed_by=event.timed_by,
        meter_start_mwh=event.meter_start_mwh,
        remote_start_id=event.remote_start_id,
        reservation_id=event.reservation_id,
        offline=event.offline,
    )
    activity = event.activity
    if activity is None:
        activity = event.implied if event.implied and state.activity in _BEFORE_CHARGING else state.activity
    elif state.activity in ABOVE_ALL:
        activity = state.activity
    return replace(
        state,
        ended=_over(state),
        transaction=transaction,
        told_at=event.at,
        activity=activity,
        in_sight=True,
        quiet=not state.in_sight or not state.connected,
        guessed=event.activity is None and state.activity in _BEFORE_CHARGING,
        gone=False,
        tagged_at=None,
        meter=begun(state.meter, event.meter_start_mwh, event.at),
        metered=state.metered or event.meter_start_mwh is not None,
    )


def _over(state: EvseState) -> tuple[str, ...]:
    running = state.running
    return state.ended if running is None else (running.id, *state.ended)[:_MOST_ENDED]


def _updated(state: EvseState, event: TransactionUpdated) -> EvseState:
    if event.transaction_id in state.ended:
        return state
    running = state.running
    if running is None or running.id != event.transaction_id:
        # Nobody told of its start.
        state = replace(
            state,
            ended=_over(state),
            quiet=not state.in_sight or not state.connected,
            guessed=True,
            meter=replace(state.meter, fresh=True),
        )
        running = StationTransaction(id=event.transaction_id)
    return _enriched(state, running, event)


def _enriched(
    state: EvseState,
    transaction: StationTransaction,
    event: TransactionStarted | TransactionUpdated,
    *,
    started: TransactionStarted | None = None,
) -> EvseState:
    """Return the state with what an event adds to the running transaction."""
    adds_start = event.remote_start_id not in {None, transaction.remote_start_id}
    if adds_start or (event.token and not transaction.token) or (event.offline and not transaction.offline):
        transaction = replace(
            transaction,
            token=transaction.token or event.token,
            remote_start_id=transaction.remote_start_id if event.remote_start_id is None else event.remote_start_id,
            offline=transaction.offline or event.offline,
        )
    if started is not None and transaction.started_at is None:
        transaction = replace(transaction, started_at=started.at, started_timed_by=started.timed_by)
    if started is not None and transaction.meter_start_mwh is None:
        transaction = replace(transaction, meter_start_mwh=started.meter_start_mwh)
    if event.activity is None or state.activity in ABOVE_ALL:
        return replace(state, transaction=transaction, told_at=event.at, in_sight=True)
    return replace(
        state,
        transaction=transaction,
        told_at=event.at,
        in_sight=True,
        activity=event.activity,
        guessed=False,
        gone=False,
    )


def _ended(state: EvseState, event: TransactionEnded) -> EvseState:
    if event.transaction_id in state.ended:
        return state  # told once more
    # A station that has lost our answer ends what runs under a number of its own; only one can run.
    transaction = state.running or StationTransaction(id=event.transaction_id, offline=event.offline)
    transaction = replace(
        transaction,
        ended_at=event.at,
        ended_timed_by=event.timed_by,
        meter_stop_mwh=event.meter_stop_mwh,
        reason=event.reason,
        token=transaction.token or event.token,
        offline=transaction.offline or event.offline,
    )
    left = event.left or state.quiet or event.reason == _UNPLUGGED
    return replace(
        state,
        transaction=transaction,
        told_at=event.at,
        ended=tuple(dict.fromkeys((transaction.id, event.transaction_id, *state.ended)))[:_MOST_ENDED],
        activity=_after_end(state, left=left),
        in_sight=True,
        quiet=False,
        guessed=False,
        gone=event.reason == _UNPLUGGED,
        meter=stopped(state.meter, event.meter_stop_mwh, event.at),
        metered=state.metered or event.meter_stop_mwh is not None,
    )


def _after_end(state: EvseState, *, left: bool) -> Activity | None:
    if state.activity in ABOVE_ALL:
        return state.activity
    if left:
        return Activity.AVAILABLE
    return Activity.FINISHING if state.connected else state.activity
