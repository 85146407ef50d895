"""What can go wrong between the ledger and its database, in the words of who must act."""

import sqlite3

from sqlalchemy.exc import DBAPIError


class LedgerError(Exception):
    """Something is wrong with the ledger, or with what it was asked."""


class LedgerClosedError(LedgerError):
    """The ledger is not open (any more)."""


class LedgerBusyError(LedgerError):
    """The bounded queue is full: the database does not take writes as fast as they come."""


class LedgerUnwritableError(LedgerError):
    """The database takes no writes now: disk full, read-only, locked by another program, gone."""


class LedgerDamagedError(LedgerError):
    """The file is damaged. Opening it again repairs it, or sets it aside and saves what is readable."""


class LedgerTooNewError(LedgerError):
    """The file was written by a newer version of the integration; it is left alone."""


class NotALedgerError(LedgerError):
    """The file is a database of something else; it is left alone."""


class UnknownRecordError(LedgerError):
    """There is no such record in the ledger."""


class RefusedEditError(LedgerError):
    """An edit or import that would make the ledger untrue; `reason` is a word for translation."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


#: Result codes of SQLite that say the file's content is broken, and no passing trouble.
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

#: Result codes of SQLite that may pass by themselves, or when somebody makes room.
_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_PERM,
    }
)


def is_damage(error: BaseException) -> bool:
    """Return whether the error says that the file's content is broken."""
    # SQLite quotes what it cannot read, and that need not be text.
    return isinstance(error, UnicodeDecodeError) or _sqlite_code(error) in _DAMAGE


def is_trouble(error: BaseException) -> bool:
    """Return whether the error is about the place where the file lies, not about what was asked."""
    code = _sqlite_code(error)
    if code is not None:
        return code in _TROUBLE
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_interrupted(error: BaseException) -> bool:
    """Return whether a query was ended before its time: only closing the ledger does that."""
    return _sqlite_code(error) == sqlite3.SQLITE_INTERRUPT


def _sqlite_code(error: BaseException) -> int | None:
    original = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(original, sqlite3.Error):
        return None
    extended: int | None = getattr(original, "sqlite_errorcode", None)
    return None if extended is None else extended & 0xFF


def translated(error: BaseException) -> BaseException:
    """Return the ledger's own error for the database's, else the error itself.

    SQLite may roll a transaction back by itself; then what is raised last is that there was
    nothing to roll back, and the cause stands behind it.
    """
    cause: BaseException | None = error
    while cause is not None:
        if is_damage(cause):
            return LedgerDamagedError(_text(cause))
        if is_trouble(cause):
            return LedgerUnwritableError(_text(cause))
        if is_interrupted(cause):
            return LedgerClosedError("the ledger was closed meanwhile")
        cause = cause.__context__ if isinstance(cause, DBAPIError | sqlite3.Error) else None
    return error


def _text(error: BaseException) -> str:
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)
