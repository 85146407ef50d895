"""One EVSE under test: a clock to turn, readings to give, and a ledger that keeps what the tracker tells."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.ev_sessions.core.moment import Now, us_of
from custom_components.ev_sessions.core.quarter import next_quarter_us
from custom_components.ev_sessions.core.reading import Activity, EvseReading, State
from custom_components.ev_sessions.core.sessions.session import (
    ChargingPeriod,
    EndReason,
    Session,
    SessionEvent,
    SessionEventType,
    SessionStatus,
)
from custom_components.ev_sessions.core.sessions.tracking.step import Note, NoteKey
from custom_components.ev_sessions.core.sessions.tracking.tracker import (
    Step,
    Tracker,
    TrackerContext,
    advance,
    begin,
    cut,
    resume,
    shown,
    split,
    tick,
)

KWH = 1_000_000
BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)

AVAILABLE = Activity.AVAILABLE
PREPARING = Activity.PREPARING
CHARGING = Activity.CHARGING
FULL = Activity.SUSPENDED_EV
HELD_BACK = Activity.SUSPENDED_EVSE


def kwh(energy_kwh: float) -> int:
    """Return mWh."""
    return round(energy_kwh * KWH)


class Rig:
    """An EVSE whose tracker is driven by hand."""

    def __init__(self, *, start: datetime = TEN, zone: ZoneInfo = BERLIN, **settings: Any) -> None:
        self.now = Now(utc=start, monotonic_s=1_000.0)
        self.context = TrackerContext(
            zone=zone, max_power_kw=settings.pop("max_power_kw", 11.0), new_id=self._new_id, **settings
        )
        self.sessions: dict[str, Session] = {}
        self.periods: dict[str, dict[int, ChargingPeriod]] = {}
        self.events: list[SessionEvent] = []
        self.notes: list[Note] = []
        self.steps: list[Step] = []
        self.step = Step()
        self.count = 0
        self.tracker = begin(self.now)

    def _new_id(self, start: datetime) -> str:
        assert start.tzinfo is not None
        self.count += 1
        return f"session-{self.count}"

    # Turning the world

    def wait(self, seconds: float) -> Rig:
        """Let time pass without telling the tracker."""
        self.now = self.now.later(seconds)
        return self

    def read(self, after_s: float = 0, **fields: Any) -> Step:
        """Give a reading `after_s` seconds later; a register comes with its own instant."""
        self.wait(after_s)
        fields.setdefault("at", self.now.utc)
        if fields.get("register_mwh") is not None:
            fields.setdefault("register_at", fields["at"])
        return self._keep(advance(self.tracker, EvseReading(**fields), self.now, self.context))

    def show_small_steps(self, **fields: Any) -> None:
        """Let the register show, with no car there, that its steps are small; it arrives at 100 kWh."""
        for used_kwh in (0, 0.001, 0.003):
            self.read(60, activity=AVAILABLE, register_mwh=kwh(99.997 + used_kwh), power_w=0.0, **fields)

    def silence(self, after_s: float = 0) -> Step:
        """Give a reading that says nothing at all."""
        return self.read(after_s)

    def tick(self, after_s: float = 0) -> Step:
        """Let the tracker see that time has passed."""
        self.wait(after_s)
        return self._keep(tick(self.tracker, self.now, self.context))

    def cut(self, after_s: float = 0) -> Step:
        """Let the price change."""
        self.wait(after_s)
        return self._keep(cut(self.tracker, self.now, self.context))

    def split(self, after_s: float = 0, reason: EndReason = EndReason.TOKEN_CHANGED, *, final: bool = False) -> Step:
        """Let another card charge from now on."""
        self.wait(after_s)
        return self._keep(split(self.tracker, self.now, self.context, reason, final=final))

    def restart(self, down_s: float, *, snapshot: str | None = None, rebooted: bool = False) -> Step:
        """Stop without a word, and start from a snapshot, the last where none is given."""
        text = snapshot or self.tracker.to_json()
        self.wait(down_s)
        if rebooted:
            self.now = Now(utc=self.now.utc, monotonic_s=20.0)
        return self._keep(resume(Tracker.from_json(text), self.now, self.context))

    def set_clock(self, by_s: float) -> Rig:
        """Set the wall clock, not the monotonic one."""
        self.now = Now(utc=self.now.utc + timedelta(seconds=by_s), monotonic_s=self.now.monotonic_s)
        return self

    def _keep(self, answer: tuple[Tracker, Step]) -> Step:
        self.tracker, self.step = answer
        step = self.step
        for moved in step.redated:
            by = timedelta(milliseconds=moved.shift_ms)
            for index, period in self.periods.get(moved.session_id, {}).items():
                if index < moved.before_index:
                    moved_period = replace(period, start=period.start + by, end=period.end + by)
                    self.periods[moved.session_id][index] = moved_period
        for session in step.sessions:
            self.sessions[session.id] = session
        for session_id, period in step.periods:
            self.periods.setdefault(session_id, {})[period.index] = period
        self.events += step.events
        self.notes += step.notes
        self.steps.append(step)
        return step

    # Looking

    @property
    def session(self) -> Session:
        """The only session of the story."""
        (session,) = self.sessions.values()
        return session

    def status(self) -> SessionStatus:
        """The status of the only session."""
        return self.session.status

    @property
    def last(self) -> Session:
        """The newest session."""
        return list(self.sessions.values())[-1]

    def periods_of(self, session: Session) -> list[ChargingPeriod]:
        """Return a session's periods in their order."""
        return [period for _, period in sorted(self.periods.get(session.id, {}).items())]

    @property
    def told(self) -> list[SessionEventType]:
        """The types of all events, in their order."""
        return [event.type for event in self.events]

    @property
    def noted(self) -> list[NoteKey]:
        """The keys of all notes, in their order."""
        return [note.key for note in self.notes]

    def check(self, *, energy_mwh: int | None = None, cut_exactly: bool = True) -> None:
        """Check what must hold at any instant."""
        for session in self.sessions.values():
            periods = self.periods_of(session)
            assert [period.index for period in periods] == list(range(len(periods)))
            assert len(periods) == session.period_count
            assert sum(period.energy_mwh for period in periods) == session.energy_mwh
            assert sum(period.estimated_mwh for period in periods) == session.estimated_mwh
            solar = [period.solar_mwh for period in periods if period.solar_mwh is not None]
            assert session.solar_mwh == (sum(solar) if solar else None)
            parts = session.waiting_ms + session.charging_ms + session.paused_ms + session.idle_ms
            assert parts == session.connected_ms
            for period in periods:
                assert period.duration_ms == (period.end - period.start) / timedelta(milliseconds=1)
                if cut_exactly:
                    assert us_of(period.end) <= next_quarter_us(us_of(period.start), self.context.zone)
                    assert self.context.price_cuts(period.start, period.end) == ()
            for one, other in pairwise(periods):
                assert one.end == other.start
            if periods and session.status is not SessionStatus.HELD:
                assert periods[0].start == session.start
                assert sum(period.duration_ms for period in periods) == session.connected_ms
            if session.end is not None:
                assert session.status is SessionStatus.ENDED
                assert session.connected_ms == (session.end - session.start) / timedelta(milliseconds=1)
        if energy_mwh is not None:
            counted = sum(session.energy_mwh for session in self.sessions.values())
            assert counted + self.tracker.outside_mwh == energy_mwh
        assert Tracker.from_json(self.tracker.to_json()) == self.tracker


def charging(**settings: Any) -> Rig:
    """Return a rig in which a car has charged 1.1 kWh in six minutes at 11 kW."""
    rig = Rig(**settings)
    rig.read(activity=AVAILABLE, register_mwh=kwh(99.998), power_w=0.0, session_energy_mwh=0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0, session_energy_mwh=0)
    rig.read(60, activity=CHARGING, register_mwh=kwh(100), power_w=11_000.0, session_energy_mwh=0)
    rig.read(360, activity=CHARGING, register_mwh=kwh(101.1), power_w=11_000.0, session_energy_mwh=kwh(1.1))
    return rig


def empty(**settings: Any) -> Rig:
    """Return a rig without a car."""
    rig = Rig(**settings)
    rig.read(activity=AVAILABLE, register_mwh=kwh(99.998), power_w=0.0, session_energy_mwh=0)
    rig.read(60, activity=AVAILABLE, register_mwh=kwh(100), power_w=0.0, session_energy_mwh=0)
    return rig


#: What `charging` and `empty` used before there was a car.
OUTSIDE = kwh(0.002)


__all__ = [
    "AVAILABLE",
    "BERLIN",
    "CHARGING",
    "FULL",
    "HELD_BACK",
    "KWH",
    "OUTSIDE",
    "PREPARING",
    "TEN",
    "Activity",
    "Rig",
    "State",
    "charging",
    "empty",
    "kwh",
    "shown",
]
