"""The one thread that writes, with a bounded queue, group commit and a hold for backups."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
import logging
import threading
import time
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from .errors import (
    LedgerBusyError,
    LedgerClosedError,
    LedgerDamagedError,
    LedgerError,
    LedgerUnwritableError,
    translated,
)

_LOGGER = logging.getLogger(__name__)

#: Writes that may wait; a house writes about one per EVSE in ten seconds.
QUEUE_LIMIT = 2_000
#: A backup's hold ends by itself after this time, or when the queue is this full.
HOLD_LIMIT_S = 1_800.0
_HOLD_QUEUE_SHARE = 0.9
#: How many waiting writes share one COMMIT.
_BATCH_LIMIT = 64
#: A write that finds damage again and again is not what damages it.
_MOST_MENDS = 2
#: Waits between attempts while the database takes no writes.
_RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

type Write[T] = Callable[[Connection], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """How writes of one kind that wait beside each other are done in the same statements.

    `many` is given what each `asked` for, and returns what came of each, in their order; each
    has to mean the same as alone.
    """

    many: Callable[[Connection, Sequence[Any]], Sequence[Any]]
    asked: tuple[Any, ...]


@dataclass(slots=True, kw_only=True)
class _Job:
    work: Write[Any]
    future: Future[Any]
    # A patient write waits until the database takes it; another fails at once.
    patient: bool
    together: Together | None = None


type _Answer = tuple[Any, BaseException | None]


class Writer:
    """Runs writes one after the other in a thread of its own; each is one transaction.

    Several that wait share one COMMIT, each behind a savepoint; a future resolves only after
    the COMMIT that holds its write. `on_trouble` is called from the thread with the error
    when the database stops taking writes, and with None when it takes them again. `mend` gives
    a sound file in the place of a damaged one; what could not be written is written there.
    """

    def __init__(
        self,
        engine: Engine,
        connection: Connection,
        *,
        on_trouble: Callable[[LedgerError | None], None],
        mend: Callable[[LedgerDamagedError], tuple[Engine, Connection]],
        queue_limit: int = QUEUE_LIMIT,
        hold_limit_s: float = HOLD_LIMIT_S,
    ) -> None:
        self._engine = engine
        self._connection: Connection | None = connection
        self._on_trouble = on_trouble
        self._mend = mend
        self._queue_limit = queue_limit
        self._hold_limit_s = hold_limit_s
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._pause: Future[None] | None = None
        self._held_until: float | None = None
        self._closing = False
        self._trouble: LedgerError | None = None
        self.last_written_at: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="ev_sessions_ledger_writer", daemon=True)

    def start(self) -> None:
        """Start the thread; it takes over the connection."""
        self._thread.start()

    def submit[T](self, work: Write[T], *, patient: bool = True, together: Together | None = None) -> Future[T]:
        """Queue a write; a full queue or a closed ledger is the future's error, at once."""
        future: Future[T] = Future()
        with self._changed:
            if self._closing:
                future.set_exception(LedgerClosedError("the ledger is closed"))
            elif len(self._jobs) >= self._queue_limit:
                future.set_exception(LedgerBusyError(f"{self._queue_limit} writes are waiting already"))
            else:
                if patient:
                    # What happened has happened: nobody's time-out may take it back.
                    future.set_running_or_notify_cancel()
                self._jobs.append(_Job(work=work, future=future, patient=patient, together=together))
                self._changed.notify_all()
        return future

    def pause(self) -> Future[None]:
        """Finish what waits, move all of it into the database file, then hold writes in memory."""
        with self._changed:
            if self._closing:
                future: Future[None] = Future()
                future.set_exception(LedgerClosedError("the ledger is closed"))
                return future
            if self._pause is None:
                self._pause = Future()
                self._pause.set_running_or_notify_cancel()
                self._changed.notify_all()
            return self._pause

    def resume(self) -> bool:
        """Write again; return whether the hold lasted until now, so that the copy is whole."""
        with self._changed:
            whole = self._held_until is not None and time.monotonic() < self._held_until
            self._end_hold(LedgerError("the backup was over before its hold began"))
        return whole

    @property
    def waiting(self) -> int:
        """How many writes wait."""
        return len(self._jobs)

    def close(self, last_word: Write[None], timeout_s: float) -> None:
        """Write what waits and `last_word`, then end the thread; what cannot be written is its future's error."""
        with self._changed:
            if not self._closing:
                self._closing = True
                last = _Job(work=last_word, future=Future(), patient=True)
                last.future.set_running_or_notify_cancel()
                self._jobs.append(last)
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while True:
                batch = self._next_batch()
                if batch is None:
                    break
                if batch:
                    self._write_patiently(batch)
                else:
                    self._enter_hold()
        finally:
            self._disconnect()
            self._fail_rest()

    def _next_batch(self) -> list[_Job] | None:
        """Return jobs to write, none to enter a hold, None to end."""
        with self._changed:
            while True:
                self._look_after_hold()
                if self._held_until is None or self._closing:
                    if self._jobs:
                        return [self._jobs.popleft() for _ in range(min(len(self._jobs), _BATCH_LIMIT))]
                    if self._closing:
                        return None
                    if self._pause is not None and not self._pause.done():
                        return []
                wait_s = None if self._held_until is None else max(0.0, self._held_until - time.monotonic())
                self._changed.wait(wait_s)

    def _look_after_hold(self) -> None:
        if self._held_until is None:
            return
        late = time.monotonic() >= self._held_until
        full = len(self._jobs) >= self._queue_limit * _HOLD_QUEUE_SHARE
        if late or full:
            _LOGGER.warning("Writes to the ledger were held too long for the backup; its copy may not be whole")
        if late or full or self._closing:
            self._end_hold(LedgerClosedError("the ledger is closed"))

    def _end_hold(self, unheard: LedgerError) -> None:
        pause, self._pause, self._held_until = self._pause, None, None
        if pause is not None and not pause.done():
            pause.set_exception(unheard)
        self._changed.notify_all()

    def _enter_hold(self) -> None:
        error: BaseException | None = None
        try:
            connection = self._connected()
            if connection.dialect.name == "sqlite":
                _checkpoint(connection)
        except Exception as caught:  # noqa: BLE001 - whatever it is, the backup must hear of it
            self._disconnect()
            error = translated(caught)
        with self._changed:
            if self._pause is None:
                return
            if error is None:
                self._held_until = time.monotonic() + self._hold_limit_s
                self._pause.set_result(None)
            else:
                self._pause.set_exception(error)
                self._pause = None

    def _write_patiently(self, batch: list[_Job]) -> None:
        attempt = 0
        batch = [job for job in batch if job.patient or job.future.set_running_or_notify_cancel()]
        while batch:
            try:
                results = self._write(batch)
            except Exception as caught:  # noqa: BLE001 - the thread must live, and the callers must hear of it
                self._disconnect()
                if attempt < _MOST_MENDS and self._is_mended(caught):
                    attempt += 1
                    continue
                batch = self._sort_out(batch, caught)
                if batch and not self._wait_to_retry(attempt):
                    for job in batch:
                        job.future.set_exception(translated(caught))
                    return
                attempt += 1
            else:
                self.last_written_at = datetime.now(UTC)
                self._tell(None)
                for job, (value, error) in zip(batch, results, strict=True):
                    if error is None:
                        job.future.set_result(value)
                    else:
                        job.future.set_exception(error)
                return

    def _is_mended(self, error: BaseException) -> bool:
        """Return whether the error was damage, and there is a sound file now."""
        damage = translated(error)
        if not isinstance(damage, LedgerDamagedError):
            return False
        self._tell(damage)
        try:
            self._engine, self._connection = self._mend(damage)
        except Exception as caught:  # noqa: BLE001 - the thread must live; whoever wrote hears of the damage
            _LOGGER.error("The damaged ledger could not be mended: %s", translated(caught))  # noqa: TRY400 - its text tells all
            return False
        return True

    def _write(self, batch: list[_Job]) -> list[_Answer]:
        """Return value or error of each job, after the COMMIT that holds them all."""
        results: list[_Answer] = []
        connection = self._connected()
        with connection.begin():
            for jobs in _beside(batch):
                results.extend(_done_together(connection, jobs) or [_done(connection, job) for job in jobs])
        return results

    def _sort_out(self, batch: list[_Job], error: BaseException) -> list[_Job]:
        """Return the jobs to try again; the others get the error."""
        known = translated(error)
        trouble = isinstance(known, LedgerUnwritableError)
        if isinstance(known, LedgerError):
            self._tell(known)
        again = [job for job in batch if trouble and job.patient]
        for job in batch:
            if job not in again:
                job.future.set_exception(known)
        return again

    def _wait_to_retry(self, attempt: int) -> bool:
        """Wait before the next attempt; return False when the ledger closes meanwhile."""
        deadline = time.monotonic() + _RETRY_S[min(attempt, len(_RETRY_S) - 1)]
        with self._changed:
            while not self._closing:
                impatient = [job for job in self._jobs if not job.patient]
                for job in impatient:
                    self._jobs.remove(job)
                    if job.future.set_running_or_notify_cancel():
                        job.future.set_exception(self._trouble)
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    return True
                self._changed.wait(left_s)
        return False

    def _tell(self, trouble: LedgerError | None) -> None:
        """Say that trouble came or went: once each."""
        before, self._trouble = self._trouble, trouble
        if trouble is not None and before is None:
            _LOGGER.error("The ledger takes no writes: %s", trouble)
        elif trouble is None and before is not None:
            _LOGGER.warning("The ledger takes writes again; all that waited is written")
        else:
            return
        try:
            self._on_trouble(trouble)
        except Exception:
            # Whoever listens may be gone already; writing goes on.
            _LOGGER.exception("Nobody could be told that the ledger's trouble came or went")

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # A damaged file may not even let go of a transaction.
            with suppress(Exception):
                connection.close()

    def _fail_rest(self) -> None:
        with self._changed:
            self._closing = True
            jobs = list(self._jobs)
            self._jobs.clear()
            self._end_hold(LedgerClosedError("the ledger is closed"))
        for job in jobs:
            if job.patient or job.future.set_running_or_notify_cancel():
                job.future.set_exception(self._trouble or LedgerClosedError("the ledger is closed"))


def _beside(batch: list[_Job]) -> Iterator[list[_Job]]:
    """Yield the jobs in their order: those that can be done together side by side, each other alone."""
    for _, jobs in groupby(enumerate(batch), lambda one: one[0] if one[1].together is None else one[1].together.many):
        yield [job for _, job in jobs]


def _done_together(connection: Connection, jobs: list[_Job]) -> list[_Answer]:
    """Return what came of jobs of one kind; nothing where one of them failed, so that each has to be done alone."""
    together = [job.together for job in jobs if job.together is not None]
    if len(together) < 2:
        return []
    try:
        with connection.begin_nested():
            values = together[0].many(connection, [one.asked for one in together])
    except Exception as error:  # noqa: BLE001 - whose it is shows when each is done alone
        _raise_trouble(error)
        return []
    return [(value, None) for value in values]


def _done(connection: Connection, job: _Job) -> _Answer:
    try:
        with connection.begin_nested():
            return job.work(connection), None
    except Exception as error:  # noqa: BLE001 - whatever it is, who asked for it must hear of it
        _raise_trouble(error)
        return None, error


def _raise_trouble(error: Exception) -> None:
    """Raise what is the database's own trouble, and so everybody's: nothing of the batch is written."""
    if translated(error) is not error or isinstance(error, LedgerDamagedError):
        raise error


def _checkpoint(connection: Connection) -> None:
    """Move all of the write-ahead log into the file, and empty the log."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise LedgerClosedError("no connection")
    busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise LedgerUnwritableError("a reader kept the write-ahead log busy")
