"""A tracker while it is worked on: time passes, pieces close, energy is handed out.

What lies here is bookkeeping that keeps three sums exact whatever happens: the energies
of all sessions and of the time in between are the energy that the register told of, the
periods of a session are its energy, and its durations are its connected time.
"""

from dataclasses import replace
from typing import Final

from ...moment import instant_of
from ...reading import Activity, SuspendedBy
from ..durations import lasted
from ..session import (
    ChargingPeriod,
    Quality,
    Session,
    SessionEvent,
    SessionEventType,
)
from .claims import claimants
from .cuts import cuts_us
from .piece import (
    NOT_MEASURED,
    UJ_PER_MWH,
    Piece,
    divided,
    lasting,
    shared_out,
    weighed,
    with_solar,
)
from .register import COARSE_MWH, Increment, RegisterState
from .solar import grid_uj, seen
from .step import Note, NoteKey, Redating, RegisterCheckpoint, TrackerContext
from .tracked import Tracker

#: More closed pieces than these do not wait for a register that stands still: of those in which a car drew, and of all.
MOST_PENDING: Final = 400
MOST_IDLE: Final = 32


class Draft:
    """The mutable twin of a tracker during one call, and what the call has to tell."""

    def __init__(self, tracker: Tracker, context: TrackerContext) -> None:
        self.context = context
        self.at_us = tracker.at_us
        self.mono_ms = tracker.mono_ms
        self.skew_us = tracker.skew_us
        self.reading = tracker.reading
        self.presence = tracker.presence
        self.has_status = tracker.has_status
        self.power_mw = tracker.power_mw
        self.grid_mw = tracker.grid_mw
        self.alignment = tracker.alignment
        self.register = tracker.register
        self.counter = tracker.counter
        self.counter_mwh = tracker.counter_mwh
        self.sampled_us = tracker.sampled_us
        self.open = tracker.open
        self.pending = list(tracker.pending)
        self.doubt = tracker.doubt
        self.gap = tracker.gap
        self.current = tracker.current
        self.ended = list(tracker.ended)
        self.carry_uj = tracker.carry_uj
        self.outside_mwh = tracker.outside_mwh
        self.unclaimed_mwh = tracker.unclaimed_mwh
        self.unclaimed_us = tracker.unclaimed_us
        self.fault = tracker.fault
        self.charged = tracker.charged
        self.completed = tracker.completed
        self.boot_id = context.boot_id
        self.sessions: dict[str, Session] = {}
        self.periods: dict[tuple[str, int], ChargingPeriod] = {}
        self.events: list[SessionEvent] = []
        self.checkpoints: list[RegisterCheckpoint] = []
        self.redated: list[Redating] = []
        self.notes: list[Note] = []
        self.urgent = False

    def tracker(self) -> Tracker:
        """Return the state as it is now."""
        return Tracker(
            at_us=self.at_us,
            mono_ms=self.mono_ms,
            skew_us=self.skew_us,
            reading=self.reading,
            presence=self.presence,
            has_status=self.has_status,
            power_mw=self.power_mw,
            grid_mw=self.grid_mw,
            alignment=self.alignment,
            register=self.register,
            counter=self.counter,
            counter_mwh=self.counter_mwh,
            sampled_us=self.sampled_us,
            open=self.open,
            pending=tuple(self.pending),
            doubt=self.doubt,
            gap=self.gap,
            current=self.current,
            ended=tuple(self.ended),
            carry_uj=self.carry_uj,
            outside_mwh=self.outside_mwh,
            unclaimed_mwh=self.unclaimed_mwh,
            unclaimed_us=self.unclaimed_us,
            fault=self.fault,
            charged=self.charged,
            completed=self.completed,
            boot_id=self.boot_id,
        )

    # Time

    def pass_to(self, to_us: int) -> None:
        """Let time pass; a period of a session is cut at each quarter hour."""
        if self.current is not None and self.gap is None and self.doubt is None:
            self._cut_where_the_price_changed()
            for cut_us in cuts_us(self.open.start_us, to_us + 1, self.context):
                self._last(cut_us)
                self.renew(cut_us, self.open.activity, self.open.suspended_by)
        self._last(to_us)

    def _cut_where_the_price_changed(self) -> None:
        """Cut the open piece where a price that was heard of late changed, in proportion to time."""
        for cut_us in cuts_us(self.open.start_us, self.open.end_us, self.context):
            before, after = divided(self.open, cut_us)
            self.open = before
            self.close()
            self.open = replace(after, index=before.index + 1, solar_mwh=None)

    def _last(self, to_us: int) -> None:
        """Let the piece that lasts go on, at the power that is held."""
        ms = (to_us - self.at_us) // 1000
        if ms <= 0:
            return
        self.at_us = to_us
        if self.gap is not None and not self.gap.observed:
            self.gap = replace(self.gap, piece=lasting(self.gap.piece, to_us, None, None))
        elif self.doubt is not None:
            self.doubt = self._drawn(self._lasting(self.doubt, to_us), ms)
        else:
            self.open = self._drawn(self._lasting(self.open, to_us), ms)
            if self.current is not None:
                self.current = lasted(self.current, self.open.activity, ms)

    def _lasting(self, piece: Piece, to_us: int) -> Piece:
        """Return a piece after time went by, with what came from the grid where the meter tells."""
        power_mw, grid_mw = self._power_mw(), self.grid_mw
        if power_mw is None or grid_mw is None:
            return lasting(piece, to_us, power_mw, None)
        self.alignment = seen(self.alignment, piece.end_us, power_mw, grid_mw)
        return lasting(piece, to_us, power_mw, grid_uj(self.alignment, piece.end_us, to_us))

    def _power_mw(self) -> int | None:
        """Return the held power; where the charger says that no car is there, none can draw."""
        away = self.has_status and self.presence.connected is False
        return 0 if away and (self.current is None or self.doubt is not None) else self.power_mw

    def _drawn(self, piece: Piece, ms: int) -> Piece:
        """Without any counter, integrate the power; the rest of a mWh is carried on."""
        if self.source is not None:
            return piece
        energy_mwh, self.carry_uj = divmod(self.carry_uj + (self._power_mw() or 0) * ms, UJ_PER_MWH)
        return self._earned(piece, energy_mwh, Quality.INTEGRATED)

    # Pieces

    @property
    def source(self) -> RegisterState | None:
        """The counter that energy comes from: the total, else the charger's session counter."""
        return self.register or self.counter

    def renew(
        self,
        at_us: int,
        activity: Activity,
        suspended_by: SuspendedBy | None,
        *,
        unseen: bool = False,
    ) -> None:
        """Close the session's open piece and open the next at an instant; one that came to nothing is used again."""
        index = self.open.index
        if not self.open.empty:
            self.close()
            index += 1
        self.open = Piece(
            start_us=at_us,
            end_us=at_us,
            session_id=self.open.session_id,
            index=index,
            activity=activity,
            suspended_by=suspended_by,
            unseen=unseen,
            quality=Quality.ESTIMATED if unseen else Quality.MEASURED,
        )

    def close(self) -> None:
        """Put the open piece among those that a later register sample may add to."""
        piece = self.told(self.open)
        if piece.elapsed_ms:
            self.pending.append(piece)
        if len(self.pending) > MOST_IDLE:
            idle = next((place for place, part in enumerate(self.pending) if not self.draws(part)), None)
            if idle is not None:
                del self.pending[idle]
            del self.pending[:-MOST_PENDING]

    def told(self, piece: Piece) -> Piece:
        """Return a session's piece with its solar energy, having told of the period that it is."""
        session_id, before = piece.session_id, piece.solar_mwh
        if session_id is None or piece.empty:
            return piece
        piece = with_solar(piece)
        session = self.session_of(session_id)
        solar_mwh = session.solar_mwh
        if piece.solar_mwh is not None or before is not None:
            solar_mwh = (solar_mwh or 0) + (piece.solar_mwh or 0) - (before or 0)
        peak_w = session.peak_power_w
        if piece.greatest_mw is not None and (peak_w is None or piece.greatest_mw > peak_w * 1000):
            peak_w = piece.greatest_mw / 1000
        if solar_mwh != session.solar_mwh or peak_w != session.peak_power_w or piece.index >= session.period_count:
            count = max(session.period_count, piece.index + 1)
            self.put_session(replace(session, solar_mwh=solar_mwh, peak_power_w=peak_w, period_count=count))
        self.periods[session_id, piece.index] = piece.period()
        return piece

    def _earned(self, piece: Piece, energy_mwh: int, quality: Quality) -> Piece:
        """Let energy fall into a piece, and so to whom it belongs."""
        if energy_mwh:
            self.book(piece.session_id, energy_mwh, energy_mwh if quality in NOT_MEASURED else 0)
        return weighed(piece, energy_mwh, quality)

    def book(self, session_id: str | None, energy_mwh: int, estimated_mwh: int) -> None:
        """Count energy for a session, or for nobody."""
        if session_id is None:
            self.outside_mwh += energy_mwh
            return
        session = self.session_of(session_id)
        self.put_session(
            replace(
                session,
                energy_mwh=session.energy_mwh + energy_mwh,
                estimated_mwh=session.estimated_mwh + estimated_mwh,
            )
        )

    def spread(self, increment: Increment | None, *, final: bool = False) -> None:
        """Hand an increment, if there is one, out over the pieces of its span; their weights are used up.

        Where the register stood still, weights stay as long as a step may still be due: the
        steps are coarse, or a car was drawing, and the source shows its register late. Not
        so where it is `final`: all that comes later belongs to what comes later.
        """
        if increment is None:
            return
        lately = [piece for piece in (self.open, self.doubt) if piece is not None]
        span = (*self.pending, *(piece for piece in lately if piece.start_us < increment.end_us))
        span = span or (self.open,)
        if increment.energy_mwh == 0 and not final and self._may_be_due(span):
            return
        span = claimants(span, increment, self.source, self.draws)
        parts = shared_out(span, increment.energy_mwh)
        if increment.energy_mwh:
            self.unclaimed_us = increment.end_us
            self.unclaimed_mwh = sum(part for piece, part in zip(span, parts, strict=True) if piece.session_id is None)
        spread_out = increment.coarse and sum(1 for part in parts if part) > 1
        after = []
        for piece, part in zip(span, parts, strict=True):
            quality = Quality.SPREAD if spread_out and not self.context.recovered else self._seen
            if increment.estimated or piece.unseen:
                quality = Quality.ESTIMATED
            after.append(self._earned(piece, part, quality))
        for piece in after[: len(self.pending)]:
            self.told(piece)
        lately = after[len(self.pending) :]
        if lately:
            self.open = lately[0]
        if len(lately) > 1:
            self.doubt = lately[1]
        self.pending.clear()

    def _may_be_due(self, span: tuple[Piece, ...]) -> bool:
        source = self.source
        return (source is not None and source.coarse) or any(self.draws(piece) for piece in span)

    def draws(self, piece: Piece) -> bool:
        """Tell whether a car was drawing since the register last told something."""
        above_uj = int(self.context.start_above_w * 1000) * piece.covered_ms
        return piece.charging_ms > piece.covered_ms or piece.pending_uj > above_uj

    # Sessions

    def session_of(self, session_id: str) -> Session:
        """Return a session that is open, or has ended and may still change."""
        if self.current is not None and self.current.id == session_id:
            return self.current
        return next(session for session in self.ended if session.id == session_id)

    def put_session(self, session: Session) -> None:
        """Keep a changed session, and tell of it."""
        if self.current is not None and self.current.id == session.id:
            self.current = session
            return
        self.ended = [session if other.id == session.id else other for other in self.ended]
        self.sessions[session.id] = session

    def claim_unclaimed(self, *, within_us: int, most_mwh: int) -> int:
        """Take back from nobody, and return, what the register told of just now; more than `most_mwh` stays."""
        energy_mwh = self.unclaimed_mwh
        if self.coarse or energy_mwh > most_mwh or not 0 <= self.at_us - self.unclaimed_us <= within_us:
            return 0
        self.book(None, -energy_mwh, 0)
        self.unclaimed_mwh = 0
        return energy_mwh

    def earn(self, energy_mwh: int) -> None:
        """Let measured energy fall into the open piece."""
        self.open = self._earned(self.open, energy_mwh, self._seen)

    @property
    def _seen(self) -> Quality:
        """How energy is known that a reading told of."""
        return Quality.RECOVERED if self.context.recovered else Quality.MEASURED

    # What there is to tell

    def tell(self, kind: SessionEventType, at_us: int, reason: str | None = None) -> None:
        """Tell of an event of the open session, if there is one."""
        session_id = None if self.current is None else self.current.id
        self.events.append(SessionEvent(type=kind, at=instant_of(at_us), session_id=session_id, reason=reason))
        self.urgent = True

    def note(self, key: NoteKey, session_id: str | None = None, **figures: int) -> None:
        """Leave a line for the audit trail."""
        if session_id is None and self.current is not None:
            session_id = self.current.id
        self.notes.append(Note(key=key, at=instant_of(self.at_us), session_id=session_id, figures=figures))

    @property
    def coarse(self) -> bool:
        """Whether the steps of the register are known to be coarse: later ones may add to an ended session."""
        return self.source is not None and self.source.step_mwh >= COARSE_MWH
