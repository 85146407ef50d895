"""What was told and is not so is taken back in the commit that tells what is so."""

from dataclasses import replace

from custom_components.ev_sessions.core.sessions.session import SessionEvent, SessionEventType
from custom_components.ev_sessions.store import (
    Ledger,
    Outcome,
    Retelling,
    SessionFilter,
    StepRecord,
    TraceSample,
    TransactionChange,
)

from .builders import NOON, QUARTER, WAIT_S, add_session, costing, make_periods, make_session, priced, step_of

ALL = SessionFilter(include_empty=True)


def event(kind: SessionEventType, session_id: str, after: int = 0) -> SessionEvent:
    return SessionEvent(type=kind, at=NOON + after * QUARTER, session_id=session_id)


def test_session_is_retracted_and_its_transaction_finds_the_one_that_was(ledger: Ledger, garage: str) -> None:
    ghost = add_session(ledger, garage)
    told = TransactionChange(evse_id=garage, station_transaction_id="7", start=NOON + QUARTER, end=NOON + 2 * QUARTER)
    assert ledger.put_transaction(told).result(WAIT_S).session_id == ghost.id
    events = (event(SessionEventType.CONNECTED, ghost.id), event(SessionEventType.COST_FINAL, ghost.id, 3))
    ledger.commit_step(StepRecord(evse_id=garage, at=NOON, events=events)).result(WAIT_S)
    periods = make_periods(NOON + QUARTER, (5_000_000,))
    true = replace(make_session(NOON + QUARTER, periods), id="true")
    step = replace(
        step_of(garage, true, ()),
        periods=priced(true, periods),
        costings=(costing(true, periods),),
        events=(event(SessionEventType.CONNECTED, true.id, 1),),
        retelling=Retelling(since=NOON, retracted=(ghost.id, "never written"), kept={true.id: 1}),
    )
    assert ledger.commit_step(step).result(WAIT_S) == ()
    (_, (found,)) = ledger.sessions_page(ALL).result(WAIT_S)
    assert found.session.id == true.id
    assert [len(one) for one in ledger.transactions_of((true.id, ghost.id)).result(WAIT_S).values()] == [1]
    assert ledger.events_of(ghost.id).result(WAIT_S) == ()
    (line,) = ledger.audit_trail(subject_id=ghost.id).result(WAIT_S)
    assert (line.who, line.action, line.old["energy_mwh"], line.new) == ("system", "retracted", 6_500_000, None)
    assert ledger.take_stale([garage]).result(WAIT_S) == {garage: NOON}
    assert ledger.check().result(WAIT_S).outcome is Outcome.PASSED


def test_session_that_became_shorter_loses_the_periods_it_never_had(ledger: Ledger, garage: str) -> None:
    before = add_session(ledger, garage)
    events = (event(SessionEventType.CONNECTED, before.id), event(SessionEventType.DISCONNECTED, before.id, 3))
    ledger.commit_step(StepRecord(evse_id=garage, at=NOON, events=events)).result(WAIT_S)
    periods = make_periods(NOON, (2_750_000,))
    shorter = make_session(NOON, periods)
    step = replace(
        step_of(garage, shorter, periods),
        events=(event(SessionEventType.DISCONNECTED, before.id, 1),),
        retelling=Retelling(since=NOON + QUARTER, kept={before.id: 1}),
    )
    ledger.commit_step(step).result(WAIT_S)
    (_, (found,)) = ledger.sessions_page(ALL).result(WAIT_S)
    assert found.session == shorter
    assert len(ledger.periods_of((before.id,)).result(WAIT_S)[before.id]) == 1
    told = ledger.events_of(before.id).result(WAIT_S)
    assert [(one.type, one.at) for one in told] == [
        (SessionEventType.CONNECTED, NOON),
        (SessionEventType.DISCONNECTED, NOON + QUARTER),
    ]
    (line,) = ledger.audit_trail(subject_id=before.id).result(WAIT_S)
    assert (line.action, line.old["energy_mwh"], line.new["energy_mwh"]) == ("retold", 6_500_000, 2_750_000)
    # The same once more is nothing new.
    ledger.commit_step(step).result(WAIT_S)
    assert len(ledger.audit_trail(subject_id=before.id).result(WAIT_S)) == 1


def test_what_a_person_moved_stays_where_he_put_it(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage)
    ledger.update_session(session.id, {"end": NOON + 5 * QUARTER}, who="ann", at=NOON).result(WAIT_S)
    step = StepRecord(evse_id=garage, at=NOON, retelling=Retelling(since=NOON, retracted=(session.id,), kept={}))
    assert ledger.commit_step(step).result(WAIT_S) == (session.id,)
    (_, (found,)) = ledger.sessions_page(ALL).result(WAIT_S)
    assert found.session.end == NOON + 5 * QUARTER


def test_past_session_is_taken_only_where_none_is_known(ledger: Ledger, garage: str) -> None:
    add_session(ledger, garage)
    for start, taken in ((NOON + 2 * QUARTER, False), (NOON + 3 * QUARTER, True)):
        periods = make_periods(start, (1_000_000,))
        past = make_session(start, periods)
        step = replace(
            step_of(garage, past, periods, events=(event(SessionEventType.CONNECTED, past.id),)),
            retelling=Retelling(since=start, kept={past.id: 1}, past=(past.id,)),
        )
        assert ledger.commit_step(step).result(WAIT_S) == (() if taken else (past.id,))
        assert bool(ledger.events_of(past.id).result(WAIT_S)) is taken


def test_trace_of_a_session_that_never_was_takes_no_step_with_it(ledger: Ledger, garage: str) -> None:
    sample = TraceSample(at=NOON, register_mwh=1, power_w=None, grid_power_w=None, limit_a=None)
    step = StepRecord(evse_id=garage, at=NOON, traces=(("nobody", (sample,)),), snapshot="{}")
    assert ledger.commit_step(step).result(WAIT_S) == ()
    assert ledger.snapshots().result(WAIT_S)[garage].state == "{}"


def test_two_retellings_that_wait_for_the_disk_are_one() -> None:
    first = Retelling(since=NOON + QUARTER, retracted=("a",), kept={"b": 3, "c": 1}, past=("p",))
    second = Retelling(since=NOON, retracted=("c",), kept={"a": 2, "b": 4}, past=("q",))
    assert second.after(None) is second
    both = second.after(first)
    assert (both.since, both.retracted, both.kept) == (NOON, ("c",), {"a": 2, "b": 4})
    assert sorted(both.past) == ["p", "q"]
