"""Connections to the database: the writer's and the readers'."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.pool import NullPool

#: How long a statement waits for another program that holds the file.
BUSY_TIMEOUT_S = 10.0

#: Pages kept in memory, in KiB (SQLite counts them as a negative cache size).
_CACHE_KIB = 8192


def ledger_url(where: str) -> URL:
    """Return the URL of a ledger that was given as URL or as a path of a file."""
    return make_url(where) if "://" in where else URL.create("sqlite", database=where)


def engine_of(url: URL, *, writes: bool) -> Engine:
    """Return an engine whose connections are for the one writer, or for reading only."""
    if url.get_backend_name() != "sqlite":
        # A consistent page and total, and nothing that blocks the writer.
        options: dict[str, Any] = {} if writes else {"isolation_level": "REPEATABLE READ"}
        return create_engine(url, poolclass=NullPool, **options)
    # Made in one thread and handed over to another, never used by two at once.
    hand_over = {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    engine = create_engine(url, poolclass=NullPool, connect_args=hand_over)
    event.listen(engine, "connect", _set_up_writer if writes else _set_up_reader)
    event.listen(engine, "begin", _begin_writing if writes else _begin_reading)
    return engine


def _set_up(connection: sqlite3.Connection) -> None:
    # Python's own transaction handling leaves table changes outside of transactions; BEGIN is ours.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    connection.execute("PRAGMA temp_store=MEMORY")


def _set_up_writer(connection: sqlite3.Connection, _record: object) -> None:
    _set_up(connection)
    connection.execute("PRAGMA journal_mode=WAL")
    # Every commit is on the disk before it is answered.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA journal_size_limit=16777216")


def _set_up_reader(connection: sqlite3.Connection, _record: object) -> None:
    _set_up(connection)
    connection.execute("PRAGMA query_only=ON")


def _begin_writing(connection: Connection) -> None:
    # The write lock at once: a transaction that reads first could find itself unable to write.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
