"""The threads that read: a long listing never delays a commit."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
import sqlite3
import threading

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from .errors import LedgerBusyError, LedgerClosedError, translated

#: Two: a check of the whole file leaves one for what people ask.
THREADS = 2
#: Queries that may wait.
QUEUE_LIMIT = 256


class Readers:
    """Runs queries, each in a read transaction of its own that sees one state of the ledger."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ev_sessions_ledger_reader")
        self._places = threading.BoundedSemaphore(QUEUE_LIMIT)
        self._active: set[sqlite3.Connection] = set()
        self._guard = threading.Lock()
        self._closed = False

    def submit[T](self, query: Callable[[Connection], T]) -> Future[T]:
        """Queue a query; a full queue or a closed ledger is the future's error, at once."""
        failed: Future[T] = Future()
        with self._guard:
            if self._closed:
                failed.set_exception(LedgerClosedError("the ledger is closed"))
                return failed
            if not self._places.acquire(blocking=False):
                failed.set_exception(LedgerBusyError(f"{QUEUE_LIMIT} queries are waiting already"))
                return failed
            future = self._threads.submit(self._run, query)
        # Also for one that was cancelled before its turn.
        future.add_done_callback(lambda _: self._places.release())
        return future

    def _run[T](self, query: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                driver = connection.connection.driver_connection
                self._enter(driver)
                try:
                    # The first statement begins the transaction, and there is nothing to commit.
                    return query(connection)
                finally:
                    self._leave(driver)
        except Exception as error:
            known = translated(error)
            if known is error:
                raise
            raise known from error

    def _enter(self, driver: object) -> None:
        with self._guard:
            if self._closed:
                raise LedgerClosedError("the ledger is closed")
            if isinstance(driver, sqlite3.Connection):
                self._active.add(driver)

    def _leave(self, driver: object) -> None:
        with self._guard:
            if isinstance(driver, sqlite3.Connection):
                self._active.discard(driver)

    def drain(self) -> None:
        """Let the queries that run and wait come to their end, take no more, and close all connections."""
        with self._guard:
            self._closed = True
        self._threads.shutdown()
        self._engine.dispose()

    def close(self) -> None:
        """End the queries that run, drop those that wait, close all connections."""
        with self._guard:
            self._closed = True
            for driver in self._active:
                driver.interrupt()
        self._threads.shutdown(cancel_futures=True)
        self._engine.dispose()
