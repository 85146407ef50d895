"""The sessions of one EVSE: readings go through the tracker into the ledger, and come back to be shown.

What opens, closes or changes a session is shown after its commit; other figures are shown at
once and committed within `BATCH_S`.
"""

import asyncio
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
import logging
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant, callback

from ...core.moment import Now
from ...core.reading import EvseReading
from ...core.sessions.session import ChargingPeriod, EndReason, Session, SessionEvent, SessionEventType, SessionStatus
from ...core.sessions.session_limit import LimitState, Progress, untold
from ...core.sessions.trace import TraceSample
from ...core.sessions.tracking import rewind
from ...core.sessions.tracking.step import Step, TrackerContext
from ...core.sessions.tracking.tracker import Tracker
from ...core.statistics.month import Month
from ...store import Ledger, Retelling, SessionOwner, SpanTotal, StepRecord, StoredSession
from ..ledger.known import Beginning
from ..ledger.settings import EvseSource
from ..prices.session_pricing import Pricing
from .batch import BATCH_S, Batch, Commits
from .live_sessions import LiveSessions
from .ownership import Ownership
from .shown import Happening, Shown, view_of_stored
from .stepwise import Stepwise
from .trace import SessionTrace
from .tracking import Lateness, Tracking
from .window import Window

_LOGGER = logging.getLogger(__name__)


class SessionRecorder:
    """Follows the sessions of one EVSE.

    `measured` is what the EVSE shows at an instant, with its cleaned register, and `limits`
    are those of its sessions, `pricing` is by what they are priced.
    `changed` is told that `shown` is another, `retold` when the ledger has sessions that were told late.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        evse_id: str,
        zone: ZoneInfo,
        pricing: Pricing,
        context: Callable[[], TrackerContext],
        measured: Callable[[datetime, int | None], TraceSample],
        limits: Callable[[], LimitState],
        changed: Callable[[], None],
        happened: Callable[[Happening], None],
        retold: Callable[[], None],
        finish: Callable[[tuple[str, ...]], None],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._evse_id = evse_id
        self._currency = pricing.currency
        self._sessions = LiveSessions(zone=zone, pricing=pricing, limits=limits)
        self._context = context
        self._limits = limits
        self._measured = measured
        self._trace = SessionTrace()
        self._retold = retold
        self._finish = finish
        self._batch = Batch()
        self.ownership = Ownership(
            self._sessions,
            batch=lambda: self._batch,
            commit=lambda now: self._commit(now, urgent=False),
            show=self._show,
        )
        self._commits = Commits(hass, ledger, evse_id=evse_id, kept=self._show, happened=happened)
        self._window = Window(
            self._sessions,
            register_mwh=lambda: self.register_mwh,
            is_held_back=lambda: self._is_held_back,
            changed=changed,
        )
        #: What is told late and is not all taken yet.
        self.late = Stepwise()

    @callback
    def async_begin(self, known: Beginning, now: Now, *, source: EvseSource, source_before: EvseSource | None) -> None:
        """Go on where the ledger stops; an unreadable snapshot is told and begun anew.

        An EVSE that is read from something else than before goes on with its session.
        """
        self._sessions.begin(known, now)
        self._tracking = Tracking(self._evse_id, self._context, now)
        step = self._tracking.begin(known.snapshot, known.before_gap, now, source=source, before=source_before)
        self._take(step, now)
        if known.snapshot is None:
            # So that what is recorded in the dark can be told from here, before anything has happened.
            self._batch.since_s = now.monotonic_s
        if self._sessions.priced_before:
            # What flowed before is not to be priced by the tariff of now.
            self._async_tariff_changed(now)

    @property
    def register_mwh(self) -> int | None:
        """The cleaned register, that keeps rising through resets."""
        return self._tracking.tracker.energy_register_mwh

    def rests(self, now: Now) -> bool:
        """Tell whether time alone changes nothing: no session may still change, nothing waits, the month goes on."""
        known = self.tracker
        lasts = known.current is not None or known.doubt is not None or bool(known.ended)
        return not lasts and self._batch.is_empty and not self.late.is_busy and self._sessions.month.holds(now.utc)

    @property
    def tracker(self) -> Tracker:
        """The state of the tracker."""
        return self._tracking.tracker

    @callback
    def async_reading(self, reading: EvseReading, now: Now) -> float:
        """Take a reading; return after how many seconds `async_tick` is due."""
        self.late.async_settle()
        return self._take(self._tracking.reading(reading, now), now)

    @callback
    def async_tick(self, now: Now) -> None:
        """Let time pass without a reading. It does so by itself where something is told late just now."""
        if not self.late.is_busy:
            self._take(self._tracking.tick(now), now)

    @callback
    def async_retold(self, readings: tuple[EvseReading, ...], now: Now) -> None:
        """Take what a charger tells late, step by step: all since the first of these readings is replaced by them."""
        self.late.async_begin(self._tell_late(rewind.retell, readings, now))

    @callback
    def async_late(self, readings: tuple[EvseReading, ...], now: Now) -> None:
        """Take readings, step by step, that are older than what was heard since, which stays."""
        self.late.async_begin(self._tell_late(rewind.insert, readings, now))

    @callback
    def async_past(self, readings: tuple[EvseReading, ...], now: Now) -> None:
        """Take what a charger tells, step by step, of a whole charge of long ago; what followed stays."""
        self.late.async_begin(self._tell_late(rewind.tell_past, readings, now))

    def is_late(self, reading: EvseReading) -> bool:
        """Tell whether a reading is for `async_late`."""
        self.late.async_settle()
        return self._tracking.is_late(reading)

    def _tell_late(self, way: Lateness, readings: tuple[EvseReading, ...], now: Now) -> Generator[None]:
        self._take(self._tracking.tick(now), now)
        retold = yield from self._tracking.tell_late(way, readings, now)
        given = self._sessions.given(retold.retracted)
        self._sessions.take_back(retold)
        for session in retold.sessions:
            self._take_session(session)
        self.ownership.async_hand_over(given, retold, now)
        self._take_periods(retold.periods)
        limits = self._limits()
        retelling = Retelling(since=retold.since, retracted=retold.retracted, kept=retold.kept, past=retold.past)
        self._batch.tell_again(retelling, untold(limits, retold.events), now)
        self._batch.add(Step(checkpoints=retold.checkpoints), now)
        news = (*untold(limits, retold.news), *self._final_costs(now))
        self._batch.events.extend(news)
        for session in retold.sessions:
            self._sessions.show_ended(session.id)
        changed = bool(news or retold.retracted or retold.past)
        if changed or self._batch.is_due(now):
            self._commit(now, urgent=changed)
        if changed or any(session.status is SessionStatus.ENDED for session in retold.sessions):
            self._hass.async_create_task(self._async_show_retold(), f"EVSE {self._evse_id} retold", eager_start=True)
        self._forget_settled()
        self._show()

    async def _async_show_retold(self) -> None:
        """Let the last session and the month be what the ledger has, once it has what was told again."""
        if (commit := self._commits.unanswered) is not None:
            await asyncio.wait([asyncio.wrap_future(commit)], timeout=BATCH_S)
        self._retold()

    @callback
    def _async_tariff_changed(self, now: Now) -> None:
        """Close the open period: from now on energy is priced by another tariff."""
        self.late.async_settle()
        self._take(self._tracking.cut(now), now)

    @callback
    def async_repriced(self, session_id: str, periods: list[ChargingPeriod]) -> None:
        """Take over prices that became known later and stand in the ledger by now."""
        if self._sessions.reprice(session_id, periods):
            self._show()

    @callback
    def async_look_anew(self, now: Now) -> None:
        """Reckon what is still in memory by all that is known now of prices of the past."""
        if anew := tuple(self._sessions.look_anew()):
            self._batch.put_periods(anew)
            self._batch.wait_from(now)
        self._show()

    @callback
    def async_cost_final(self, stored: StoredSession, now: Now) -> None:
        """Tell that the cost of a session that had settled long before is final by now."""
        if self._sessions.is_told_with_a_step(stored.session.id):
            return
        event = SessionEvent(type=SessionEventType.COST_FINAL, at=now.utc, session_id=stored.session.id)
        record = StepRecord(evse_id=self._evse_id, at=now.utc, events=(event,))
        self._commits.async_tell_once_kept(
            self._ledger.commit_step(record), [Happening(event=event, session=view_of_stored(stored))]
        )

    @callback
    def async_limit_reached(self, reason: EndReason, now: Now) -> None:
        """Tell that the session has reached a limit, by which it is complete."""
        progress = self.progress
        if progress is None:
            return
        for kind in (SessionEventType.LIMIT_REACHED, SessionEventType.COMPLETED):
            self._batch.events.append(
                SessionEvent(type=kind, at=now.utc, session_id=progress.session_id, reason=reason.value)
            )
        self._commit(now, urgent=True)

    @callback
    def async_authorised(self, now: Now) -> None:
        """Tell that a card or an app let the car charge that is there: once in a session."""
        live = self._sessions.going
        if live is None or live.authorised:
            return
        live.authorised = True
        self._batch.events.append(
            SessionEvent(type=SessionEventType.AUTHORISED, at=now.utc, session_id=live.session.id)
        )
        self._commit(now, urgent=True)

    @callback
    def async_split(self, reason: EndReason, owner: SessionOwner, now: Now, *, final: bool) -> Session | None:
        """Begin another session, which is its `owner`'s, with the car that stays plugged in; None where that cannot be.

        Both are in one commit, and so is whose they are. `final`: the register has told all that was used so far.
        """
        self.late.async_settle()
        before, live = self.tracker.current, self._sessions.going
        codes: frozenset[str] = frozenset() if live is None else live.codes
        step = self._tracking.split(reason, now, final=final)
        begun = self.tracker.current
        if begun is None or before is None or begun.id == before.id:
            self._take(step, now)
            return None
        if reason is not EndReason.SPLIT:
            codes = frozenset()
        self._batch.owners[begun.id] = replace(owner, session_id=begun.id)
        self.ownership.async_promise(begun.id, codes)
        self._take(step, now)
        self.ownership.async_share(begun.id, codes, now)
        self.ownership.async_set_owner(begun.id, owner.payer_id, owner.vehicle_id, now)
        return begun

    @property
    def progress(self) -> Progress | None:
        """How far the session has come that goes on, whether it is shown already or not; None without one."""
        return self._sessions.progress

    @property
    def month(self) -> Month:
        """The running month as it is counted here."""
        return self._sessions.month

    @callback
    def async_set_month(self, total: SpanTotal | None, month: Month, before: Month) -> None:
        """Take over the month's totals as the ledger had them when the count here was `before`."""
        self._sessions.set_month(total, month, before)
        self._show()

    def set_last_session(self, stored: StoredSession | None) -> None:
        """Take over the last session as the ledger has it, after a correction."""
        self._sessions.set_last(stored)
        self._show()

    @callback
    def async_deleted(self, session_id: str) -> None:
        """Show nothing more of a session that a person deleted."""
        self._sessions.delete(session_id)

    @callback
    def async_keep_all(self, now: Now) -> None:
        """Write again all that is known of sessions that may still change; they are whole current values."""
        self.late.async_settle()
        for live in self._sessions.worth_keeping(self._tracking.waiting):
            self._batch.sessions[live.session.id] = live.session
            self._batch.put_periods((live.session.id, period) for period in live.periods.values())
        self._batch.wait_from(now)
        self._commit(now, urgent=False)

    @callback
    def async_flush(self, now: Now) -> Future[Any] | None:
        """Commit what waits; return the last commit that is not answered, or None where there is none."""
        self.late.async_settle()
        self._commit(now, urgent=False)
        return self._commits.unanswered

    def _take(self, step: Step, now: Now) -> float:
        if step.redated:
            # What waits was dated by the old clock, and is moved with the rest.
            self._commit(now, urgent=False, snapshot=False)
            self._trace.begin_anew()
        self._sessions.let_pass(now)
        for session in step.sessions:
            self._take_session(session)
        self._take_periods(step.periods)
        for session in step.sessions:
            self._sessions.show_ended(session.id)
        if (going := self._sessions.going) is not None:
            self._trace.take(going.session.id, self._measured(now.utc, self.register_mwh), self._batch.traces)
        events = [*untold(self._limits(), step.events), *self._final_costs(now)]
        self._batch.events.extend(events)
        self._batch.add(step, now)
        if step.urgent or events or self._batch.is_due(now):
            self._commit(now, urgent=step.urgent or bool(events))
        self._forget_settled()
        self._show()
        return step.check_again_s

    def _final_costs(self, now: Now) -> list[SessionEvent]:
        """Return an event for each cost that is final; those that wait for the ledger are asked for."""
        if waiting := self._sessions.waiting_for_ledger():
            self._finish(waiting)
        return self._sessions.final_costs(now)

    def _take_periods(self, periods: Iterable[tuple[str, ChargingPeriod]]) -> None:
        self._batch.put_periods(self._sessions.take_periods(periods))

    def _take_session(self, session: Session) -> None:
        self._batch.sessions[session.id] = self._sessions.take_session(session)

    def _commit(self, now: Now, *, urgent: bool, snapshot: bool = True) -> None:
        batch = self._batch
        if batch.is_empty:
            return
        self._batch = Batch()
        costings = self._sessions.costings(batch.sessions, now.utc)
        state = self._tracking.tracker.to_json() if snapshot else None
        commit = self._commits.async_commit(
            batch.record(
                self._evse_id,
                now,
                currency=self._currency,
                snapshot=state,
                before_gap=self._tracking.before_gap,
                costings=costings,
            )
        )
        if commit is None:
            # Nothing of it was taken: it goes on growing, and is offered again.
            self._batch = batch
            batch.since_s = now.monotonic_s
            return
        if urgent or batch.events:
            self._commits.async_tell_once_kept(
                commit,
                [Happening(event=event, session=self._sessions.view(event.session_id)) for event in batch.events],
            )

    def _forget_settled(self) -> None:
        waiting = self._batch.session_ids | self._tracking.waiting | self._tracking.memory.session_ids
        self._sessions.forget_settled(waiting)

    @property
    def _is_held_back(self) -> bool:
        """Whether what happened last is not kept yet, and so not to be seen."""
        return self._commits.is_awaited or bool(self._batch.events)

    def _show(self) -> None:
        self._window.async_changed()

    @property
    def shown(self) -> Shown | None:
        """What is shown of the sessions, made when somebody looks; None until they have begun."""
        return self._window.shown

    @property
    def has_begun(self) -> bool:
        """Whether there is anything to show."""
        return self._window.has_begun

    @property
    def to_show(self) -> tuple[str, SessionStatus] | None:
        """The session that is to be shown, and where it stands."""
        return self._window.to_show
