"""Steps that wait beside each other are written in the same statements, and leave what each alone would leave."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
import random
import sqlite3
import threading
from typing import Any

import pytest
from sqlalchemy import event

from custom_components.ev_sessions.core.sessions.session import Session, SessionEvent, SessionEventType
from custom_components.ev_sessions.store import (
    Checkpoint,
    Ledger,
    SessionChanges,
    StepRecord,
    TraceSample,
    UnknownRecordError,
)

from .builders import (
    NOON,
    QUARTER,
    WAIT_S,
    add_charger,
    add_session,
    add_site,
    make_periods,
    make_session,
    opened,
    step_of,
)

_BAYS = 8
_TABLES = (
    "session",
    "charging_period",
    "costing",
    "session_event",
    "register_checkpoint",
    "evse_snapshot",
    "trace_chunk",
    "runtime_setting",
    "audit",
)
#: What is new with each row, wherever it is written.
_OWN = {"audit": {"id", "old"}, "costing": {"id"}}


@contextmanager
def _waiting(ledger: Ledger) -> Iterator[None]:
    """Let all that is asked for in the block wait, and be written at once after it."""
    gate, begun = threading.Event(), threading.Event()

    def wait(_: object) -> None:
        begun.set()
        gate.wait(WAIT_S)

    ledger._write(wait, patient=True)
    assert begun.wait(WAIT_S)
    try:
        yield
    finally:
        gate.set()


@contextmanager
def _statements(ledger: Ledger) -> Iterator[list[str]]:
    """Collect the statements that the ledger writes by, but for those of its transactions."""
    assert ledger._writer is not None
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "SAVEPOINT" not in statement:
            seen.append(statement)

    engine = ledger._writer._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the tables that a step writes."""
    found = {}
    with closing(sqlite3.connect(path / "ev_sessions.db")) as connection:
        for table in _TABLES:
            cursor = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own names
            kept = [place for place, column in enumerate(cursor.description) if column[0] not in _OWN.get(table, ())]
            found[table] = [tuple(row[place] for place in kept) for row in cursor]
    return found


def _named_as(content: dict[str, list[tuple[Any, ...]]], names: dict[str, str]) -> dict[str, list[str]]:
    """Return all rows as texts, in an order of their own, with names for ids that each ledger makes anew."""
    found = {}
    for table, rows in content.items():
        texts = [repr(row) for row in rows]
        for id_, name in names.items():
            texts = [text.replace(id_, name) for text in texts]
        found[table] = sorted(texts)
    return found


def _grown(evse_id: str, session: Session, energies_mwh: tuple[int, ...], **more: Any) -> StepRecord:
    """Return a step that tells how a session goes on."""
    periods = make_periods(session.start, energies_mwh)
    return step_of(evse_id, make_session(session.start, periods, ended=False), periods, **more)


def _figures(at_s: int, mwh: int) -> dict[str, Any]:
    at = NOON + timedelta(seconds=at_s)
    return {
        "checkpoints": (Checkpoint(at=at, register_mwh=mwh, cleaned_mwh=mwh),),
        "snapshot": f'{{"seen": {mwh}}}',
    }


def _open(ledger: Ledger, bays: Sequence[str], dice: random.Random) -> list[Session]:
    """Return a session of each bay, one edited and one deleted by a person."""
    sessions = [
        add_session(ledger, bay, NOON + timedelta(seconds=place), (dice.randrange(1, 9) * 1000,), ended=place < 2)
        for place, bay in enumerate(bays)
    ]
    ledger.update_session(sessions[0].id, SessionChanges(start=NOON - QUARTER), at=NOON, who="somebody").result(WAIT_S)
    ledger.delete_session(sessions[1].id, at=NOON, who="somebody").result(WAIT_S)
    return sessions


def _steps(bays: Sequence[str], sessions: Sequence[Session], dice: random.Random) -> list[StepRecord]:
    """Return what all bays tell in a moment: most that it goes on, some that it ends or begins, some twice."""
    found: list[StepRecord] = []
    for place, (bay, session) in enumerate(zip(bays, sessions, strict=True)):
        energies = tuple(dice.randrange(1000, 9000) for _ in range(dice.randrange(1, 4)))
        step = _grown(bay, session, energies, **_figures(place, sum(energies)))
        if dice.random() < 0.5:
            samples = (TraceSample(at=session.start, register_mwh=sum(energies)),)
            step = replace(step, traces=((session.id, samples),))
        if dice.random() < 0.3:
            plugged = SessionEvent(type=SessionEventType.PAUSED, at=NOON, session_id=session.id)
            step = replace(step, events=(plugged,))
        found.append(step)
        kind = dice.randrange(4)
        if kind == 0:
            found.append(_grown(bay, session, (*energies, 500), **_figures(place + 100, 7)))
        elif kind == 1:
            periods = make_periods(session.start, energies)
            found.append(step_of(bay, make_session(session.start, periods), periods))
        elif kind == 2:
            later = make_session(session.start + timedelta(days=1), (), ended=False)
            found.append(_grown(bay, later, (1000,)))
    dice.shuffle(found)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_what_waits_together_leaves_what_each_would_leave_alone(tmp_path: Path, seed: int) -> None:
    contents: list[dict[str, list[str]]] = []
    answers: list[list[tuple[str, ...]]] = []
    for together in (False, True):
        folder = tmp_path / str(together)
        folder.mkdir()
        dice = random.Random(seed)
        ledger = opened(folder)
        try:
            add_site(ledger)
            bays = [add_charger(ledger, f"bay{place}") for place in range(_BAYS)]
            # Which ids they have is another question.
            names = {bay: f"bay{place}" for place, bay in enumerate(bays)}
            sessions = _open(ledger, bays, dice)
            steps = _steps(bays, sessions, dice)
            if together:
                with _waiting(ledger):
                    futures = [ledger.commit_step(step) for step in steps]
                answers.append([future.result(WAIT_S) for future in futures])
            else:
                answers.append([ledger.commit_step(step).result(WAIT_S) for step in steps])
        finally:
            ledger.close()
        contents.append(_named_as(_content(folder), names))
    assert answers[0] == answers[1]
    for table in _TABLES:
        assert contents[0][table] == contents[1][table]


def test_fifty_that_go_on_take_no_more_statements_than_five(ledger: Ledger) -> None:
    counts = {}
    for count in (5, 50):
        bays = [add_charger(ledger, f"{count}-{place}") for place in range(count)]
        sessions = [
            add_session(ledger, bay, NOON + timedelta(days=count, seconds=place), (1000,), ended=False)
            for place, bay in enumerate(bays)
        ]
        with _statements(ledger) as seen, _waiting(ledger):
            futures: list[Future[Any]] = [
                ledger.commit_step(_grown(bay, one, (2000,), **_figures(0, 2000)))
                for bay, one in zip(bays, sessions, strict=True)
            ]
        with _statements(ledger) as more:
            assert [future.result(WAIT_S) for future in futures] == [()] * count
        counts[count] = len(seen) + len(more)
    assert counts[5] == counts[50] <= 12, counts


def test_one_that_fails_takes_none_of_the_others_with_it(ledger: Ledger, garage: str) -> None:
    session = add_session(ledger, garage, ended=False)
    with _waiting(ledger):
        good = ledger.commit_step(_grown(garage, session, (5000,)))
        bad = ledger.commit_step(StepRecord(evse_id="nobody's", at=NOON, snapshot="{}"))
    assert good.result(WAIT_S) == ()
    with pytest.raises(UnknownRecordError):
        bad.result(WAIT_S)
    (periods,) = ledger.periods_of([session.id]).result(WAIT_S).values()
    assert [one.period.energy_mwh for one in periods] == [5000, 2_750_000, 1_000_000]


def test_settings_that_wait_together_are_written_and_removed_in_their_order(ledger: Ledger) -> None:
    with _waiting(ledger):
        futures = [ledger.put_setting(f"evse{number % 3}", "limit", number, NOON) for number in range(9)]
        futures.append(ledger.put_setting("evse1", "limit", None, NOON))
        futures.append(ledger.put_setting("evse2", "limit", 32, NOON))
    for future in futures:
        future.result(WAIT_S)
    assert ledger.settings().result(WAIT_S) == {"evse0": {"limit": 6}, "evse2": {"limit": 32}}
