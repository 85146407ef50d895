"""The sessions of one EVSE that go on or may still change: what each is, what it costs, what counts in the month."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from math import inf
from zoneinfo import ZoneInfo

from ...core.costing.cost import CostTally
from ...core.moment import Now
from ...core.sessions.session import ChargingPeriod, Session, SessionEvent, SessionEventType, SessionStatus
from ...core.sessions.session_limit import LimitState, Progress, end_reason
from ...core.sessions.tracking.rewind import Retold
from ...core.statistics.month import Month, month_of
from ...store import Costing, SpanTotal, StoredSession
from ..ledger.known import Beginning
from ..prices.cost_lines import kept
from ..prices.repricing import bill_record, costing_record
from ..prices.session_pricing import Pricing
from ..view import SessionView
from .session_live import Live
from .shown import Shown, counts, month_from, month_view, view_of, view_of_stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The codes of a session, and what its voucher is worth."""

    session: Session
    codes: frozenset[str]
    voucher: Decimal

    def shared_s(self, other: Session) -> float:
        """Return for how many seconds another session is told to have been there as well; below 0: for none."""
        ends = [end for end in (self.session.end, other.end) if end is not None]
        start = max(self.session.start, other.start)
        return inf if not ends else (min(ends) - start).total_seconds()


class LiveSessions:
    """What is held of them in memory; `limits` are those of the sessions."""

    def __init__(self, *, zone: ZoneInfo, pricing: Pricing, limits: Callable[[], LimitState]) -> None:
        self._zone = zone
        self._pricing = pricing
        self._limits = limits
        self._live: dict[str, Live] = {}
        self._last: SessionView | None = None

    def begin(self, known: Beginning, now: Now) -> None:
        """Go on with what the ledger has."""
        self._month = month_from(known.month, month_of(now.utc, self._zone))
        self._last = None if known.last_session is None else view_of_stored(known.last_session)
        for stored in known.open_sessions:
            self._live[stored.session.id] = Live.of(
                stored,
                known.periods.get(stored.session.id, ()),
                known.lines.get(stored.session.id, ()),
                pricing=self._pricing,
                month_before_mwh=known.month_before_mwh.get(stored.session.id, 0),
                month=self._month,
            )

    def __contains__(self, session_id: str) -> bool:
        """Tell whether a session may still change."""
        return session_id in self._live

    def session(self, session_id: str) -> Session:
        """Return a session that may still change, as it is now."""
        return self._live[session_id].session

    def live(self, session_id: str) -> Live | None:
        """Return what is held of a session; None where it can change no more."""
        return self._live.get(session_id)

    @property
    def priced_before(self) -> bool:
        """Whether any of them has a price by another tariff than that of now."""
        return any(live.priced_before for live in self._live.values())

    @property
    def going(self) -> Live | None:
        """The session that goes on."""
        going = [live for live in self._live.values() if live.session.status is not SessionStatus.ENDED]
        return going[-1] if going else None

    @property
    def progress(self) -> Progress | None:
        """How far the session has come that goes on; None without one."""
        live = self.going
        if live is None:
            return None
        cost = None if live.tally.cost is None else live.tally.cost.amount
        session = live.session
        return Progress(
            session_id=session.id, energy_mwh=session.energy_mwh, cost=cost, connected_ms=session.connected_ms
        )

    # What the tracker tells

    def let_pass(self, now: Now) -> None:
        """Begin a new month where there is one."""
        if not self._month.holds(now.utc):
            self._month = month_of(now.utc, self._zone)

    def take_session(self, session: Session) -> Session:
        """Take a session as it is now; return it with the reason of its end that only its limit knows."""
        live = self._live.get(session.id)
        if live is None:
            live = self._live[session.id] = Live(
                session=session,
                tally=CostTally(self._pricing.currency),
                running=self._pricing.running(session.start),
            )
        if session.status is SessionStatus.ENDED:
            # The tracker sees the car go; why it went without more, only its limit knows.
            live.limit = live.limit or end_reason(self._limits(), session.id)
            session = session if live.limit is None else replace(session, end_reason=live.limit)
        live.session = session
        if not live.counted and counts(session) and self._month.holds(session.start):
            live.counted = True
            self._month = self._month.with_session()
        return session

    def take_periods(self, periods: Iterable[tuple[str, ChargingPeriod]]) -> Iterator[tuple[str, ChargingPeriod]]:
        """Take periods as they are now; yield them with their price, and others whose price changes by that."""
        reckoned: dict[str, Live] = {}
        billed: dict[str, Live] = {}
        for session_id, period in periods:
            live = self._live.get(session_id)
            if live is None:
                # Deleted by a person, and unknown since a restart.
                continue
            live.put(period)
            billed[session_id] = live
            if live.running is not None:
                live.waits_for_trace = live.asked_for = False
                reckoned[session_id] = live
                continue
            priced = self._priced(live, period)
            self._month = live.count(priced, self._month)
            yield session_id, priced
        for live in billed.values():
            live.reckon_bill()
        for session_id, live in reckoned.items():
            yield from ((session_id, period) for period in self._reckon(live))

    def _reckon(self, live: Live) -> Iterator[ChargingPeriod]:
        for period, month in live.reckon(self._pricing, self._month):
            self._month = month
            yield period
        self._month = live.count_fees(self._month)

    def _priced(self, live: Live, period: ChargingPeriod) -> ChargingPeriod:
        before = live.price_kept(period)
        if before is None:
            return self._pricing.price(period)
        return replace(period, price_per_kwh=before.price_per_kwh, price_basis=before.price_basis)

    def take_back(self, retold: Retold) -> None:
        """Forget what was told and is not so."""
        for session_id in retold.retracted:
            if (live := self._live.pop(session_id, None)) is not None:
                self._month = live.take_back(0, self._month)
        for session in retold.sessions:
            if (live := self._live.get(session.id)) is not None:
                self._month = live.take_back(session.period_count, self._month)

    def given(self, session_ids: Iterable[str]) -> list[Given]:
        """Return what sessions were given."""
        mine = (self._live.get(session_id) for session_id in session_ids)
        return [
            Given(session=live.session, codes=live.codes, voucher=live.voucher) for live in mine if live is not None
        ]

    def waiting_for_ledger(self) -> tuple[str, ...]:
        """Return the sessions that have settled and whose last word on cost or bill is the ledger's, each once."""
        waiting = []
        for live in self._live.values():
            if live.session.settled and not live.asked_for:
                live.asked_for = True
                live.waits_for_trace = self._pricing.asks_the_ledger
                if live.waits_for_trace or live.payer_id is not None:
                    waiting.append(live.session.id)
        return tuple(waiting)

    def is_told_with_a_step(self, session_id: str) -> bool:
        """Tell whether the event that its cost is final comes by itself; else it is told from now on."""
        live = self._live.get(session_id)
        if live is None or not live.waits_for_trace:
            # One that was told already is told anew: it was corrected.
            return live is not None and not live.told_final
        live.final, told, live.told_final = True, live.told_final, True
        return told

    def look_anew(self) -> Iterator[tuple[str, ChargingPeriod]]:
        """Reckon all by the prices that are known now; yield the periods whose price is another."""
        for session_id, live in self._live.items():
            if live.waits_for_trace:
                continue
            before = dict(live.periods)
            live.look_anew(self._pricing)
            live.reckon_bill()
            if live.running is not None:
                yield from ((session_id, one) for one in self._reckon(live) if before[one.index] != one)

    def final_costs(self, now: Now) -> list[SessionEvent]:
        """Return an event for each session whose cost can change no more by itself."""
        events = []
        for live in self._live.values():
            if live.waits_for_trace:
                continue
            if live.session.settled and not live.final and live.tally.unpriced_mwh == 0:
                live.final = True
                if live.told_final:
                    continue
                live.told_final = True
                events.append(SessionEvent(type=SessionEventType.COST_FINAL, at=now.utc, session_id=live.session.id))
        return events

    def forget_settled(self, waiting: set[str]) -> None:
        """Forget what can change no more; a coarse register, or a late record, may still add to `waiting`."""
        for session_id, live in list(self._live.items()):
            # What has no price by now is priced from the ledger when the price comes.
            if live.session.status is SessionStatus.ENDED and live.session.settled and session_id not in waiting:
                del self._live[session_id]

    # What people and the ledger change

    def reprice(self, session_id: str, periods: Iterable[ChargingPeriod]) -> bool:
        """Take over prices that became known later; return whether the session is held here."""
        live = self._live.get(session_id)
        if live is None:
            return False
        if live.running is None or live.waits_for_trace:
            for period in periods:
                self._month = live.count(period, self._month)
        self.show_ended(session_id)
        return True

    def set_owner(
        self, session_id: str, payer_id: str | None, vehicle_id: str | None
    ) -> tuple[ChargingPeriod, ...] | None:
        """Bill a session of a vehicle to a payer, or nobody; return what periods change, None where it is no news."""
        live = self._live.get(session_id)
        if live is None or (live.payer_id, live.vehicle_id) == (payer_id, vehicle_id):
            return None
        live.payer_id, live.vehicle_id = payer_id, vehicle_id
        known = replace(self._pricing.known(live.session.start), payer=payer_id, vehicle=vehicle_id)
        live.bill_to(self._pricing.billings().of(payer_id, vehicle_id), known)
        live.give_house(self._pricing)
        return self._reckoned_anew(live)

    def give(self, session_id: str, codes: frozenset[str], voucher: Decimal) -> tuple[ChargingPeriod, ...] | None:
        """Give a session codes and a voucher; return the periods that change, None where it is no news."""
        live = self._live.get(session_id)
        if live is None or (live.codes, live.voucher) == (codes, voucher):
            return None
        live.give(codes, voucher, self._pricing)
        return self._reckoned_anew(live)

    def _reckoned_anew(self, live: Live) -> tuple[ChargingPeriod, ...]:
        before = dict(live.periods)
        return tuple(one for one in self._reckon(live) if before[one.index] != one)

    def delete(self, session_id: str) -> None:
        """Show nothing more of a session that a person deleted."""
        live = self._live.get(session_id)
        if live is not None:
            live.deleted = True

    def worth_keeping(self, waiting: set[str]) -> Iterator[Live]:
        """Yield those of which the ledger may not have the last word."""
        for session_id, live in self._live.items():
            if not live.deleted and not (live.session.settled and session_id not in waiting):
                yield live

    def costings(self, session_ids: Iterable[str], at: datetime) -> tuple[Costing, ...]:
        """Return what sessions cost, as the ledger keeps it."""
        mine = [self._live[session_id] for session_id in session_ids]
        bills = [
            bill_record(live.session.id, live.session.energy_mwh, live.billing, live.billed, at)
            for live in mine
            if live.billing is not None and live.billed is not None
        ]
        return (*(self._costing(live, at) for live in mine), *bills)

    def _costing(self, live: Live, at: datetime) -> Costing:
        record = costing_record(live.session.id, live.tally, at, self._pricing.version_id, final=live.final)
        return record if live.running is None else replace(record, lines=tuple(map(kept, live.lines)))

    # What is shown

    def show_ended(self, session_id: str) -> None:
        """Let a session be the last one, where none that ended began later."""
        live = self._live[session_id]
        session = live.session
        if session.status is not SessionStatus.ENDED or not counts(session) or live.deleted:
            return
        if self._last is None or session.id == self._last.id or session.start >= self._last.start:
            self._last = view_of(session, live.tally, live.billed)

    def set_last(self, stored: StoredSession | None) -> None:
        """Take over the last session as the ledger has it."""
        self._last = None if stored is None else view_of_stored(stored)

    @property
    def month(self) -> Month:
        """The running month as it is counted here."""
        return self._month

    def set_month(self, total: SpanTotal | None, month: Month, before: Month) -> None:
        """Take over the month's totals as the ledger had them when the count here was `before`."""
        known = month_from(total, month)
        if self._month.start == before.start == month.start:
            self._month = known.with_growth(before, self._month)

    def view(self, session_id: str | None) -> SessionView | None:
        """Return a session as it is shown."""
        live = None if session_id is None else self._live.get(session_id)
        return None if live is None else view_of(live.session, live.tally, live.billed)

    def shown(self, register_mwh: int | None) -> Shown:
        """Return what is shown of all of them."""
        going = self.going
        return Shown(
            session=None if going is None else view_of(going.session, going.tally, going.billed),
            last_session=self._last,
            month=month_view(self._month),
            register_mwh=register_mwh,
        )
