"""Is the file whole? SQLite's own checks, and the ledger's: what must always hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
import re
import sqlite3
import time

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from .errors import LedgerDamagedError, is_damage
from .schema import charging_period, session

#: Findings of SQLite that are about an index only: it can be built again from its table.
#: Pages that nothing refers to are what a broken index leaves.
_INDEX_ONLY = re.compile(r"missing from index|wrong # of entries in index|non-unique entry in index|never used")

#: How many of SQLite's virtual steps pass between two looks at the clock.
_LOOK_EVERY = 1_000


class Outcome(StrEnum):
    """How a check of the file ended."""

    PASSED = "passed"
    CUT_SHORT = "cut_short"  # its time was over; nothing was found until then
    INDEX = "index"  # only indexes are wrong
    DAMAGED = "damaged"
    INCONSISTENT = "inconsistent"  # the file is whole, but what must always hold does not
    NOT_APPLICABLE = "not_applicable"  # a database server looks after itself


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found; `findings` in SQLite's words, and the ledger's."""

    outcome: Outcome
    findings: tuple[str, ...] = ()


def quick_check(connection: Connection, *, budget_s: float | None) -> CheckReport:
    """Look whether every page hangs together, for as long as the budget lasts (None: to the end)."""
    return _sqlite_check(connection, "PRAGMA quick_check(20)", budget_s)


def full_check(connection: Connection) -> CheckReport:
    """Look at every page, index and reference, and whether all periods sum to their sessions."""
    report = _sqlite_check(connection, "PRAGMA integrity_check(20)", None)
    if report.outcome not in {Outcome.PASSED, Outcome.NOT_APPLICABLE}:
        return report
    findings = [*_dangling(connection), *(f"session {one}: periods do not sum to it" for one in unequal(connection))]
    return CheckReport(outcome=Outcome.INCONSISTENT if findings else report.outcome, findings=tuple(findings))


def rebuild_indexes(connection: Connection) -> None:
    """Build all indexes again from their tables, in a file without unused pages."""
    driver = _driver(connection)
    if driver is not None:
        driver.execute("REINDEX")
        driver.execute("VACUUM")


def check_length(connection: Connection, path: Path) -> None:
    """Raise LedgerDamagedError where the file is shorter than it says; only the log may have the rest."""
    driver = _driver(connection)
    log = path.with_name(f"{path.name}-wal")
    if driver is None or (log.exists() and log.stat().st_size):
        return
    (pages,), (size,) = (driver.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    if path.stat().st_size < pages * size:
        raise LedgerDamagedError(f"the file ends after {path.stat().st_size} of {pages * size} bytes")


def unequal(connection: Connection, limit: int = 1_000) -> list[str]:
    """Return the ids of sessions whose periods do not sum to them."""
    sums = (
        select(charging_period.c.session_id, func.sum(charging_period.c.energy_mwh).label("energy_mwh"))
        .group_by(charging_period.c.session_id)
        .subquery()
    )
    query = (
        select(session.c.id)
        .outerjoin_from(session, sums, sums.c.session_id == session.c.id)
        .where(session.c.energy_mwh != func.coalesce(sums.c.energy_mwh, 0))
        .order_by(session.c.id)
        .limit(limit)
    )
    return list(connection.scalars(query))


def _dangling(connection: Connection) -> Iterable[str]:
    driver = _driver(connection)
    if driver is None:
        return ()
    rows = driver.execute("PRAGMA foreign_key_check").fetchmany(20)
    return [f"{table} row {row_id}: {parent} is missing" for table, row_id, parent, _ in rows]


def _sqlite_check(connection: Connection, pragma: str, budget_s: float | None) -> CheckReport:
    driver = _driver(connection)
    if driver is None:
        return CheckReport(outcome=Outcome.NOT_APPLICABLE)
    if budget_s is not None:
        deadline = time.monotonic() + budget_s
        driver.set_progress_handler(lambda: int(time.monotonic() > deadline), _LOOK_EVERY)
    try:
        findings = tuple(str(row[0]) for row in driver.execute(pragma).fetchall() if row[0] != "ok")
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_INTERRUPT and budget_s is not None:
            return CheckReport(outcome=Outcome.CUT_SHORT)
        if is_damage(error):
            return CheckReport(outcome=Outcome.DAMAGED, findings=(str(error),))
        raise
    finally:
        driver.set_progress_handler(None, 0)
    if not findings:
        return CheckReport(outcome=Outcome.PASSED)
    only_indexes = all(_INDEX_ONLY.search(finding) for finding in findings)
    return CheckReport(outcome=Outcome.INDEX if only_indexes else Outcome.DAMAGED, findings=findings)


def _driver(connection: Connection) -> sqlite3.Connection | None:
    driver = connection.connection.driver_connection
    return driver if isinstance(driver, sqlite3.Connection) else None
