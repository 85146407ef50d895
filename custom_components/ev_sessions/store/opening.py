"""Opening the ledger: migrations, the check of the file, and what is done when it is damaged."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
import logging
from pathlib import Path
import time

from sqlalchemy import Engine, delete, select
from sqlalchemy.engine import URL, Connection

from .check import CheckReport, Outcome, check_length, full_check, quick_check, rebuild_indexes
from .connect import engine_of
from .errors import LedgerDamagedError, translated
from .migrations import bring_up_to_date, revision_of
from .salvage import Salvage, adopt_finished, salvage
from .schema import ledger_state
from .upsert import upsert

_LOGGER = logging.getLogger(__name__)

#: After an orderly end a look suffices (a house's file is checked wholly in less); what is left is
#: for the background. After a crash it may take longer.
CHECK_AFTER_CLOSE_S = 0.01
CHECK_AFTER_CRASH_S = 5.0

_CLOSED, _SUSPECT = "closed_clean", "suspect"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReport:
    """What opening found and did.

    `set_aside` is where the damaged file lies now; `salvaged` the rows that were read from
    it, by table, `rebuilt` those that were told again from others. `incomplete` are sessions
    that lost some of their periods by that.
    """

    created: bool
    revision_before: str | None
    revision: str
    closed_clean: bool
    check: CheckReport
    reindexed: bool = False
    damage: str | None = None
    set_aside: str | None = None
    salvaged: Mapping[str, int] = field(default_factory=dict)
    rebuilt: Mapping[str, int] = field(default_factory=dict)
    lost_rows: int = 0
    incomplete: tuple[str, ...] = ()
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The writer's engine and its open connection."""

    engine: Engine
    connection: Connection
    report: OpenReport


def open_ledger(url: URL, *, full: bool = False) -> Opened:
    """Open the ledger, and make, migrate or mend it where needed.

    Raises LedgerUnwritableError, LedgerTooNewError or NotALedgerError, and then has left the
    file alone.
    """
    begin = time.monotonic()
    path = file_of(url)
    if path is not None:
        adopt_finished(path)
    try:
        opened = _open_once(url, path, full=full)
    except LedgerDamagedError as damage:
        if path is None:
            raise
        _LOGGER.warning("The ledger %s is damaged: %s", path, damage)
        rescue = salvage(path, datetime.now(UTC))
        opened = _open_once(url, path, full=True)
        opened = replace(opened, report=_with_rescue(opened.report, damage, rescue))
        _LOGGER.warning("The damaged ledger lies at %s; %d rows of it were saved", rescue.set_aside, rescue.rows)
    return replace(opened, report=replace(opened.report, took_s=time.monotonic() - begin))


def file_of(url: URL) -> Path | None:
    """Return the file of a SQLite ledger, None for a database server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _with_rescue(report: OpenReport, damage: LedgerDamagedError, rescue: Salvage) -> OpenReport:
    return replace(
        report,
        damage=str(damage),
        set_aside=str(rescue.set_aside),
        salvaged=rescue.salvaged,
        rebuilt=rescue.rebuilt,
        lost_rows=rescue.lost_rows,
        incomplete=rescue.incomplete,
    )


def _open_once(url: URL, path: Path | None, *, full: bool) -> Opened:
    created = path is None or not path.exists() or not path.stat().st_size
    engine = engine_of(url, writes=True)
    connection: Connection | None = None
    try:
        connection = engine.connect()
        with connection.begin():
            before = revision_of(connection)
            marks = set() if before is None else _marks(connection)
        if path is not None:
            check_length(connection, path)
        closed_clean = _CLOSED in marks
        # Before the first write: a damaged file is set aside as it was found.
        # Where there are no tables yet there is nothing of ours to look at wholly.
        whole = before is not None and (full or _SUSPECT in marks)
        check, reindexed = _check(connection, closed_clean=closed_clean, full=whole)
        with connection.begin():
            revision = bring_up_to_date(connection)
            _take_marks(connection)
    except BaseException as error:
        if connection is not None:
            # A damaged file may not even let go of a transaction.
            with suppress(Exception):
                connection.close()
        engine.dispose()
        known = translated(error)
        if known is error:
            raise
        raise known from error
    report = OpenReport(
        created=created if path is not None else before is None,
        revision_before=before,
        revision=revision,
        closed_clean=closed_clean or before is None,
        check=check,
        reindexed=reindexed,
    )
    return Opened(engine=engine, connection=connection, report=report)


def _marks(connection: Connection) -> set[str]:
    """Return what the last run left word of."""
    return set(connection.scalars(select(ledger_state.c.name)))


def _take_marks(connection: Connection) -> None:
    """Let this run count as a crash until it ends in order."""
    connection.execute(delete(ledger_state).where(ledger_state.c.name.in_((_CLOSED, _SUSPECT))))


def put_mark(connection: Connection, *, suspect: bool) -> None:
    """Leave word that the run ended in order; a suspect file is looked at wholly when it is opened next."""
    upsert(connection, ledger_state, [{"name": _SUSPECT if suspect else _CLOSED, "value": True}])


def _check(connection: Connection, *, closed_clean: bool, full: bool) -> tuple[CheckReport, bool]:
    """Return what the check found, and whether indexes were built again; damage is raised."""
    if full:
        check = _full_check(connection)
    else:
        check = quick_check(connection, budget_s=CHECK_AFTER_CLOSE_S if closed_clean else CHECK_AFTER_CRASH_S)
    reindexed = check.outcome is Outcome.INDEX
    if reindexed:
        _LOGGER.warning("Indexes of the ledger are built again: %s", "; ".join(check.findings[:3]))
        rebuild_indexes(connection)
        check = _full_check(connection)
    if check.outcome in {Outcome.DAMAGED, Outcome.INDEX}:
        raise LedgerDamagedError("; ".join(check.findings[:5]))
    return check, reindexed


def _full_check(connection: Connection) -> CheckReport:
    try:
        return full_check(connection)
    finally:
        # It reads, and so holds the one place of the writer.
        connection.rollback()
