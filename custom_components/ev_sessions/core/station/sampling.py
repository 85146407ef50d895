"""What a sample of its meter tells of an EVSE."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from ..reading import Activity
from .events import Metered, SignedValue
from .evse_state import ABOVE_ALL, EvseState
from .meter import sampled
from .transaction import MOST_SIGNED, StationTransaction

#: Why a sample was taken.
BEGIN: Final = "Transaction.Begin"
#: A car that draws less is not charging.
_CHARGING_W: Final = 100.0
_CHARGING_A: Final = 1.0


def metered(state: EvseState, event: Metered) -> EvseState:
    """Return the state with a sample."""
    sample = event.sample
    transaction, told_at, in_sight = _of_transaction(state, event)
    draw_told = sample.power_w is not None or sample.currents_a is not None
    meter = state.meter
    if sample.register_mwh is not None:
        meter = sampled(meter, sample.register_mwh, event.at)
    state = replace(
        state,
        transaction=transaction,
        told_at=told_at,
        in_sight=in_sight,
        meter=meter,
        metered=state.metered or sample.register_mwh is not None or draw_told,
        power_w=sample.power_w if draw_told else state.power_w,
        currents_a=sample.currents_a if draw_told else state.currents_a,
        drawn_at=event.at if draw_told else state.drawn_at,
        offered_a=_offered_a(state, event),
        soc_percent=state.soc_percent if sample.soc_percent is None else sample.soc_percent,
    )
    if sample.signed:
        state = _with_signed(state, sample.signed)
    return _guessed(state)


def _of_transaction(state: EvseState, event: Metered) -> tuple[StationTransaction | None, datetime | None, bool]:
    """Return what a sample says of its transaction: that, when it was told of last, and whether it is in sight."""
    transaction_id, running = event.transaction_id, state.running
    known = state.transaction, state.told_at, state.in_sight
    if transaction_id is None or transaction_id in state.ended:
        return known
    if running is None or running.id != transaction_id:
        return known  # another system's, or one of long ago: the meter is this EVSE's all the same
    if running.meter_start_mwh is None and event.context == BEGIN:
        running = replace(running, meter_start_mwh=event.sample.register_mwh)
    return running, event.at, state.in_sight or state.connected


def _offered_a(state: EvseState, event: Metered) -> float | None:
    sample = event.sample
    if sample.offered_a is not None:
        return sample.offered_a
    if sample.offered_w is None or sample.voltages_v is None:
        return state.offered_a
    lines = len(sample.currents_a or state.currents_a or sample.voltages_v)
    voltage_v = sample.voltages_v[0]
    return sample.offered_w / (voltage_v * lines) if voltage_v > 0 else state.offered_a


def _with_signed(state: EvseState, signed: tuple[SignedValue, ...]) -> EvseState:
    """Return the state with a transaction's signed values: the first stays, of the others the newest."""
    transaction = state.transaction
    if transaction is None:
        return state
    kept = tuple(dict.fromkeys((*transaction.signed, *signed)))
    if len(kept) > MOST_SIGNED:
        kept = (kept[0], *kept[1 - MOST_SIGNED :])
    return replace(state, transaction=replace(transaction, signed=kept))


def _guessed(state: EvseState) -> EvseState:
    """Return the state with the activity that the meter shows, where the station tells none in a transaction."""
    if not state.guessed or state.running is None or state.activity in ABOVE_ALL:
        return state
    if state.power_w is None and state.currents_a is None:
        return state
    draws = (state.power_w or 0.0) >= _CHARGING_W or max(state.currents_a or (0.0,)) >= _CHARGING_A
    if draws:
        return replace(state, activity=Activity.CHARGING)
    return replace(state, activity=Activity.SUSPENDED_EV) if state.activity is Activity.CHARGING else state
