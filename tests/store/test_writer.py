"""Writes are on the disk before they are answered, wait in bounded number, and say trouble once."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
import gc
import logging
from pathlib import Path
import sqlite3
import subprocess
import sys
import threading
import time
import warnings

import pytest
from sqlalchemy import Engine, event

from custom_components.ev_sessions.store import (
    Ledger,
    LedgerBusyError,
    LedgerClosedError,
    LedgerError,
    LedgerUnwritableError,
    SessionFilter,
    connect,
    readers,
    writer,
)

from .builders import NOON, WAIT_S, add_charger, add_session, add_site, opened


def _count(path: Path, table: str) -> int:
    """Return the number of rows that another program sees."""
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own names
    return int(count)


def _settings(ledger: Ledger, numbers: range) -> list[Future[None]]:
    return [ledger.put_setting("evse", str(number), number, NOON) for number in numbers]


def test_write_is_in_the_file_when_it_is_answered(ledger: Ledger, tmp_path: Path) -> None:
    seen: list[int] = []
    done = threading.Event()
    future = ledger.put_setting("evse", "limit", 16, NOON)

    def look(_: Future[None]) -> None:
        seen.append(_count(tmp_path / "ev_sessions.db", "runtime_setting"))
        done.set()

    future.add_done_callback(look)
    assert done.wait(WAIT_S)
    assert seen == [1]
    assert ledger.settings("evse").result(WAIT_S) == {"evse": {"limit": 16}}


def test_writes_keep_their_order(ledger: Ledger) -> None:
    futures = [ledger.put_setting("evse", "limit", number, NOON) for number in range(200)]
    for future in futures:
        future.result(WAIT_S)
    assert ledger.settings().result(WAIT_S)["evse"]["limit"] == 199
    ledger.put_setting("evse", "limit", None, NOON).result(WAIT_S)
    assert ledger.settings().result(WAIT_S) == {}


def test_queue_that_is_full_says_so_at_once(tmp_path: Path) -> None:
    ledger = opened(tmp_path, queue_limit=10)
    try:
        ledger.pause_for_backup().result(WAIT_S)
        futures = _settings(ledger, range(8))
        assert ledger.waiting_writes == 8
        assert not any(future.done() for future in futures)
        assert ledger.resume_after_backup()
        for future in futures:
            future.result(WAIT_S)
        gate = threading.Event()
        blocked = ledger._write(lambda _: gate.wait(WAIT_S), patient=True)
        time.sleep(0.1)
        futures = _settings(ledger, range(15))
        refused = [future for future in futures if future.done()]
        assert len(refused) == 5
        assert all(isinstance(future.exception(), LedgerBusyError) for future in refused)
        gate.set()
        assert blocked.result(WAIT_S)
    finally:
        ledger.close()


def test_write_that_nobody_waits_for_any_more_is_done_all_the_same(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    try:
        ledger.pause_for_backup().result(WAIT_S)
        happened = ledger.put_setting("evse", "limit", 16, NOON)
        asked = ledger.delete_session("nothing", who="ann", at=NOON)
        assert not happened.cancel()
        assert asked.cancel()
        ledger.resume_after_backup()
        happened.result(WAIT_S)
        assert ledger.settings().result(WAIT_S) == {"evse": {"limit": 16}}
    finally:
        ledger.close()


def test_backup_finds_everything_in_one_file_that_stands_still(ledger: Ledger, garage: str, tmp_path: Path) -> None:
    session = add_session(ledger, garage)
    ledger.pause_for_backup().result(WAIT_S)
    late = ledger.put_setting("evse", "limit", 16, NOON)
    copy = tmp_path / "backup" / "ev_sessions.db"
    copy.parent.mkdir()
    copy.write_bytes((tmp_path / "ev_sessions.db").read_bytes())
    assert (tmp_path / "ev_sessions.db-wal").stat().st_size == 0
    assert ledger.sessions_page(SessionFilter()).result(WAIT_S)[0] == 1
    assert not late.done()
    assert ledger.resume_after_backup()
    late.result(WAIT_S)
    restored = Ledger(str(copy))
    assert restored.open().damage is None
    assert restored.sessions_page(SessionFilter()).result(WAIT_S)[1][0].session == session
    restored.close()


@pytest.mark.parametrize("why", ["too late", "too full"])
def test_hold_of_a_backup_ends_by_itself_and_the_copy_is_not_called_whole(tmp_path: Path, why: str) -> None:
    ledger = opened(tmp_path, hold_limit_s=0.2 if why == "too late" else 60.0, queue_limit=20)
    try:
        ledger.pause_for_backup().result(WAIT_S)
        for future in _settings(ledger, range(1 if why == "too late" else 18)):
            future.result(WAIT_S)
        assert not ledger.resume_after_backup()
    finally:
        ledger.close()


def test_backup_that_a_reader_stands_in_the_way_of_is_told_and_writing_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_S", 0.05)
    ledger = opened(tmp_path)
    try:
        add_site(ledger)
        with closing(sqlite3.connect(tmp_path / "ev_sessions.db", isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM site").fetchall()
            ledger.put_setting("evse", "limit", 1, NOON).result(WAIT_S)
            with pytest.raises(LedgerUnwritableError):
                ledger.pause_for_backup().result(WAIT_S)
            ledger.put_setting("evse", "limit", 2, NOON).result(WAIT_S)
            assert not ledger.resume_after_backup()
            other.execute("COMMIT")
        ledger.pause_for_backup().result(WAIT_S)
        assert ledger.resume_after_backup()
    finally:
        ledger.close()


def test_closing_in_a_backup_writes_what_was_held(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.pause_for_backup().result(WAIT_S)
    futures = _settings(ledger, range(5))
    ledger.close()
    assert all(future.exception(WAIT_S) is None for future in futures)
    assert _count(tmp_path / "ev_sessions.db", "runtime_setting") == 5


def test_too_many_queries_are_refused_at_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    waiting = [ledger._read(lambda _: gate.wait(WAIT_S)) for _ in range(readers.QUEUE_LIMIT)]
    assert isinstance(ledger.sites().exception(0), LedgerBusyError)
    gate.set()
    assert all(future.result(WAIT_S) for future in waiting)
    assert len(ledger.sites().result(WAIT_S)) == 1


def test_second_backup_holds_again_after_the_first(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.pause_for_backup().result(WAIT_S)
        assert ledger.resume_after_backup()
    assert not ledger.resume_after_backup()


def test_pause_that_was_over_before_it_began_is_told(ledger: Ledger) -> None:
    gate = threading.Event()
    ledger._write(lambda _: gate.wait(WAIT_S), patient=True)
    pause = ledger.pause_for_backup()
    assert not ledger.resume_after_backup()
    gate.set()
    assert isinstance(pause.exception(WAIT_S), LedgerError)
    ledger.put_setting("evse", "limit", 1, NOON).result(WAIT_S)


@contextmanager
def _full_disk(pages: int) -> Iterator[None]:
    """Let no database of this process grow beyond so many pages."""

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_full_disk_is_told_once_and_what_waited_is_written_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "_RETRY_S", (0.05,))
    ledger = opened(tmp_path)
    add_site(ledger)
    session = add_session(ledger, add_charger(ledger))
    ledger.close()
    pages = (tmp_path / "ev_sessions.db").stat().st_size // 4096
    told: list[LedgerError | None] = []
    ledger = Ledger(str(tmp_path / "ev_sessions.db"), on_trouble=told.append)
    try:
        with _full_disk(pages + 2), caplog.at_level(logging.WARNING, writer.__name__):
            ledger.open()
            futures = [ledger.put_setting("evse", str(number), "x" * 5_000, NOON) for number in range(20)]
            deadline = time.monotonic() + WAIT_S
            while not told and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.3)
            asked = ledger.update_session(session.id, {"note": "y" * 9_000}, who="ann", at=NOON)
            with pytest.raises(LedgerUnwritableError, match="full"):
                asked.result(WAIT_S)
            # Reading goes on.
            assert ledger.sessions_page(SessionFilter()).result(WAIT_S)[0] == 1
            assert len(told) == 1
            assert isinstance(told[0], LedgerUnwritableError)
        for future in futures:
            future.result(WAIT_S)
        assert len(ledger.settings().result(WAIT_S)["evse"]) == 20
    finally:
        ledger.close()
    assert told[1:] == [None]
    assert caplog.text.count("takes no writes") == 1
    assert caplog.text.count("takes writes again") == 1


def test_file_that_another_program_holds_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr(writer, "_RETRY_S", (0.05,))
    told: list[LedgerError | None] = []

    def tell(error: LedgerError | None) -> None:
        told.append(error)
        # As it is when Home Assistant's loop has ended: the writer must not end of it.
        raise RuntimeError("the event loop is closed")

    ledger = opened(tmp_path, on_trouble=tell)
    try:
        with closing(sqlite3.connect(tmp_path / "ev_sessions.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            future = ledger.put_setting("evse", "limit", 16, NOON)
            time.sleep(0.5)
            assert not future.done()
            other.execute("COMMIT")
            future.result(WAIT_S)
    finally:
        ledger.close()
    assert [type(one) for one in told] == [LedgerUnwritableError, type(None)]


def test_closing_in_trouble_ends_soon_and_tells_whose_write_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_S", 0.05)
    ledger = opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / "ev_sessions.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        futures = _settings(ledger, range(5))
        time.sleep(0.2)
        begin = time.monotonic()
        ledger.close()
        assert time.monotonic() - begin < 5
        assert all(isinstance(future.exception(WAIT_S), LedgerUnwritableError) for future in futures)
        other.execute("COMMIT")
    assert not _ledger_threads()


def _ledger_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ev_sessions_ledger")]


def test_closing_writes_what_waits_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        ledger = opened(tmp_path)
        assert _ledger_threads()
        futures = _settings(ledger, range(300))
        read = ledger.sites()
        ledger.close()
        ledger.close()
        assert all(future.exception(WAIT_S) is None for future in futures)
        assert read.cancelled() or read.done()
        assert not _ledger_threads()
        assert [path.name for path in tmp_path.iterdir()] == ["ev_sessions.db"]
        gc.collect()
    for closed in (ledger.put_setting("evse", "limit", 1, NOON), ledger.sites(), ledger.pause_for_backup()):
        assert isinstance(closed.exception(WAIT_S), LedgerClosedError)
    assert not ledger.resume_after_backup()


def test_closing_ends_a_query_that_takes_long(ledger: Ledger) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    future = ledger._read(lambda connection: connection.exec_driver_sql(endless).scalar())
    time.sleep(0.2)
    begin = time.monotonic()
    ledger.close()
    assert time.monotonic() - begin < 5
    assert isinstance(future.exception(WAIT_S), LedgerClosedError)


def test_long_query_does_not_delay_a_write(ledger: Ledger) -> None:
    gate = threading.Event()
    slow = ledger._read(lambda connection: (connection.exec_driver_sql("SELECT 1 FROM site"), gate.wait(WAIT_S))[1])
    for future in _settings(ledger, range(50)):
        future.result(WAIT_S)
    assert not slow.done()
    gate.set()
    assert slow.result(WAIT_S)


def test_reader_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(LedgerUnwritableError):
        ledger._read(lambda connection: connection.exec_driver_sql("DELETE FROM site")).result(WAIT_S)


def test_open_ledger_is_not_opened_again(ledger: Ledger) -> None:
    with pytest.raises(LedgerError):
        ledger.open()


_SECOND = """
import sys
from pathlib import Path
from tests.store.builders import NOON, opened
ledger = opened(Path(sys.argv[1]))
futures = [ledger.put_setting(sys.argv[2], str(number), number, NOON) for number in range(200)]
for future in futures:
    future.result(60)
ledger.close()
"""


def test_two_processes_write_to_one_ledger_and_nothing_is_lost(tmp_path: Path) -> None:
    opened(tmp_path).close()
    root = Path(__file__).parents[2]
    children = [
        subprocess.Popen([sys.executable, "-c", _SECOND, str(tmp_path), name], cwd=root) for name in ("one", "two")
    ]
    assert [child.wait(90) for child in children] == [0, 0]
    ledger = opened(tmp_path)
    found = ledger.settings().result(WAIT_S)
    ledger.close()
    assert {owner: len(values) for owner, values in found.items()} == {"one": 200, "two": 200}
