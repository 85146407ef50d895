"""What a charger opens and closes: OCPP transactions, and the sessions that they are part of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ..id_token import IdToken
from .session import EndReason

#: A transaction whose end nobody told of is looked for in the sessions of its first hour.
_OPEN_SPAN: Final = timedelta(hours=1)
#: Stations tell whole seconds, and their clocks' drift is known no closer: what was over within the second in which a
#: car was seen may be told to have been before it.
TOLD_WITHIN: Final = timedelta(seconds=2)


class TimedBy(StrEnum):
    """Whose clock an instant is by."""

    STATION = "station"
    CORRECTED = "corrected"  # the station's, less its known drift
    ARRIVAL = "arrival"  # ours, when the message came
    GUESSED = "guessed"  # nobody's: it follows from what else was told


#: How far an instant by each can be trusted, best first.
_TRUST: Final = tuple(TimedBy)


def least_trusted(*timed_by: TimedBy | None) -> TimedBy | None:
    """Return by whose clock what is timed by several of them can be said to be; None where none is known."""
    return max((one for one in timed_by if one is not None), key=_TRUST.index, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transaction as far as it is known; `station_transaction_id` is its name on the wire."""

    station_transaction_id: str
    start: datetime
    end: datetime | None = None
    meter_start_mwh: int | None = None
    meter_end_mwh: int | None = None
    timed_by: TimedBy = TimedBy.STATION
    stop_reason: str | None = None  # in the words of the wire
    token: IdToken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSpan:
    """When a session was; without an end it goes on."""

    session_id: str
    start: datetime
    end: datetime | None = None


def session_of(start: datetime, end: datetime | None, sessions: Iterable[SessionSpan]) -> str | None:
    """Return the session that a transaction is part of: the one that it shares most time with.

    Where it shares none with any, that is the nearest, if it is as near as instants can be told.
    """
    until = start + _OPEN_SPAN if end is None else max(start, end)
    best, best_shared = None, -TOLD_WITHIN
    for session in sessions:
        shared = min(until, session.end or until) - max(start, session.start)
        if shared > best_shared:
            best, best_shared = session.session_id, shared
    return best


#: What a stop says of the session, where that tells more than that the car went (OCPP 1.6 Reason, 2.x ReasonEnumType).
_END_REASONS: Final = {
    "Remote": EndReason.REMOTE,
    "Local": EndReason.LOCAL,
    "DeAuthorized": EndReason.DEAUTHORISED,
    "PowerLoss": EndReason.POWER_LOSS,
    "EVDisconnected": EndReason.UNPLUGGED,
    "EnergyLimitReached": EndReason.LIMIT_ENERGY,
    "TimeLimitReached": EndReason.LIMIT_TIME,
    "SOCLimitReached": EndReason.LIMIT_SOC,
    "GroundFault": EndReason.FAULT,
    "OvercurrentFault": EndReason.FAULT,
    "EmergencyStop": EndReason.FAULT,
}


def end_reason_of(stop_reason: str | None) -> EndReason | None:
    """Return why a session ended whose last transaction was stopped so; None where that says nothing of it."""
    return None if stop_reason is None else _END_REASONS.get(stop_reason)
