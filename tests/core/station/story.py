"""A station whose events are told by hand, in any order, and the sessions that come of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.reading import Activity, EvseReading
from custom_components.ev_sessions.core.sessions.session import Session
from custom_components.ev_sessions.core.sessions.tracking.tracker import TrackerContext, advance, begin, tick
from custom_components.ev_sessions.core.station.events import (
    CameOnline,
    Metered,
    MeterSample,
    StationEvent,
    StatusTold,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    WentOffline,
)
from custom_components.ev_sessions.core.station.evse_state import EvseState
from custom_components.ev_sessions.core.station.log import EvseLog, Told
from custom_components.ev_sessions.core.station.station_log import StationLog, begin as begin_log, tell
from custom_components.ev_sessions.core.station.transaction import ChangeKind, StationTransaction

KWH = 1_000_000
WH = 1_000
TEN = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
TAG = IdToken(value="04A1B2C3")


def at(seconds: float) -> datetime:
    """Return the instant so many seconds into the story."""
    return TEN + timedelta(seconds=seconds)


def _event[E: StationEvent](kind: type[E], seconds: float, fields: dict[str, Any]) -> E:
    fields.setdefault("arrived_at", at(fields.pop("arrived", seconds)))
    fields.setdefault("evse", 1)
    return kind(at=at(seconds), **fields)


def status(seconds: float, activity: Activity, **fields: Any) -> StatusTold:
    """A connector's status, so many seconds into the story."""
    return _event(StatusTold, seconds, {"activity": activity, **fields})


def started(seconds: float, transaction_id: str = "1", **fields: Any) -> TransactionStarted:
    """A transaction of 1.6 begins: it charges, where nothing else is told."""
    fields.setdefault("implied", Activity.CHARGING)
    return _event(TransactionStarted, seconds, {"transaction_id": transaction_id, "token": TAG, **fields})


def updated(seconds: float, transaction_id: str = "1", **fields: Any) -> TransactionUpdated:
    return _event(TransactionUpdated, seconds, {"transaction_id": transaction_id, **fields})


def ended(seconds: float, transaction_id: str = "1", **fields: Any) -> TransactionEnded:
    return _event(TransactionEnded, seconds, {"transaction_id": transaction_id, **fields})


def metered(seconds: float, energy_kwh: float | None = None, **fields: Any) -> Metered:
    """A sample: its register in kWh, its power in kW."""
    power_kw = fields.pop("power_kw", None)
    sample = MeterSample(
        register_mwh=None if energy_kwh is None else round(energy_kwh * KWH),
        power_w=None if power_kw is None else power_kw * 1000,
        **{name: fields.pop(name) for name in ("currents_a", "signed", "offered_a") if name in fields},
    )
    return _event(Metered, seconds, {"sample": sample, **fields})


def came_online(seconds: float) -> CameOnline:
    return _event(CameOnline, seconds, {"evse": None})


def went_offline(seconds: float) -> WentOffline:
    return _event(WentOffline, seconds, {"evse": None})


class Story:
    """A station with its EVSEs, and all that it was believed to have told."""

    def __init__(self, evses: int = 1, *, max_power_kw: float = 11.0) -> None:
        self.log: StationLog = begin_log(dict.fromkeys(range(1, evses + 1), EvseState()))
        self.max_power_kw = max_power_kw
        self.readings: dict[int, list[EvseReading]] = {}
        self.past: dict[int, list[EvseReading]] = {}
        self.transactions: dict[tuple[int, str], StationTransaction] = {}
        self.told: Mapping[int, Told] = {}
        self.retold = 0

    def tell(self, *events: StationEvent) -> Story:
        """Tell events, each in a message of its own."""
        for event in events:
            self.message(event)
        return self

    def message(self, *events: StationEvent) -> Story:
        """Tell the events of one message."""
        self.log, self.told = tell(self.log, events)
        for evse, told in self.told.items():
            readings = self.readings.setdefault(evse, [])
            if told.retold:
                self.retold += 1
                readings[:] = [reading for reading in readings if reading.at < told.retold[0].at]
            readings += (*told.retold, *told.readings)
            self.past.setdefault(evse, []).extend(told.past)
            assert [reading.at for reading in readings] == sorted(reading.at for reading in readings)
            for change in told.changes:
                key = evse, change.transaction.id
                if change.kind is ChangeKind.RETRACTED:
                    self.transactions.pop(key)
                else:
                    assert change.transaction.is_open or change.kind is not ChangeKind.OPENED
                    self.transactions[key] = change.transaction
        return self

    def restart(self) -> Story:
        """Lose everything but what is kept."""
        states = {evse: EvseState.from_json(log.state.to_json()) for evse, log in self.log.evses.items()}
        assert states == {evse: log.state for evse, log in self.log.evses.items()}
        self.log = begin_log(states)
        assert not any(log.state.in_sight for log in self.log.evses.values())
        return self

    def evse(self, evse: int = 1) -> EvseLog:
        return self.log.evses[evse]

    def last(self, evse: int = 1) -> EvseReading:
        return self.readings[evse][-1]

    def transaction(self, evse: int = 1) -> StationTransaction:
        """The only transaction of an EVSE."""
        (transaction,) = (its for (where, _), its in self.transactions.items() if where == evse)
        return transaction

    def sessions(self, evse: int = 1, *, until: float = 86_400.0) -> list[Session]:
        """Return what the tracker makes of all readings, a while after the last."""
        return tracked(self.readings.get(evse, []), until=at(until), max_power_kw=self.max_power_kw)

    def session(self, evse: int = 1, *, until: float = 86_400.0) -> Session:
        """Return the only session."""
        (session,) = self.sessions(evse, until=until)
        return session


def tracked(readings: list[EvseReading], *, until: datetime, max_power_kw: float = 11.0) -> list[Session]:
    """Return the sessions of readings, those that are open as they are at an instant."""
    sessions: dict[str, Session] = {}
    context = TrackerContext(
        zone=ZoneInfo("Europe/Berlin"), max_power_kw=max_power_kw, new_id=lambda start: f"at {start.isoformat()}"
    )
    if not readings:
        return []
    first = readings[0].at - timedelta(seconds=1)

    def now(instant: datetime) -> Now:
        return Now(utc=instant, monotonic_s=1000 + (instant - first).total_seconds())

    tracker = begin(now(first))
    for reading in readings:
        tracker, step = advance(tracker, reading, now(reading.at), context)
        sessions |= {session.id: session for session in step.sessions}
    for instant in (readings[-1].at + timedelta(seconds=30), max(until, readings[-1].at + timedelta(hours=3))):
        tracker, step = tick(tracker, now(instant), context)
        sessions |= {session.id: session for session in step.sessions}
    return [replace(session, id="") for session in sessions.values()]
