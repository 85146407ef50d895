"""Saving what is readable of a damaged SQLite file. Nothing here deletes a byte of it.

The new file is built beside the damaged one, then the damaged one is set aside under a name
with the time, then the new one takes its place; a power cut between any two steps is found
and finished (or done again) at the next start.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
import os
from pathlib import Path
import shutil
import sqlite3
from typing import Any

from sqlalchemy import Column, Table, column, event, table
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.types import Boolean, LargeBinary, String, TypeDecorator

from .audit import record
from .check import unequal
from .connect import engine_of
from .errors import LedgerUnwritableError, is_damage, is_trouble
from .migrations import bring_up_to_date
from .rebuild import rebuild, settle_references
from .schema import METADATA

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_CHUNK = 500
_LEAST_ROW_ID, _GREATEST_ROW_ID = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """What was saved: rows by table.

    `rebuilt` are rows that were lost, and told again from others; `lost_rows` were read,
    but were no sound rows any more.
    """

    set_aside: Path
    salvaged: Mapping[str, int]
    rebuilt: Mapping[str, int]
    lost_rows: int
    incomplete: tuple[str, ...]

    @property
    def rows(self) -> int:
        """All rows that were saved."""
        return sum(self.salvaged.values())


def adopt_finished(path: Path) -> None:
    """Finish what a power cut interrupted: the damaged file is set aside, the new one not yet in place."""
    finished = _beside(path, ".salvaged")
    if finished.exists():
        if path.exists():
            # The damaged file still stands there: it will be found damaged, and saved, again.
            _remove(finished)
        else:
            finished.rename(path)
            _sync_folder(path)
    _remove(_beside(path, ".salvaging"))
    _remove(_beside(path, ".reading"))


def salvage(path: Path, at: datetime) -> Salvage:
    """Build a new file from what is readable, set the damaged one aside, and put the new one there."""
    building, reading, finished = (_beside(path, suffix) for suffix in (".salvaging", ".reading", ".salvaged"))
    set_aside = _free_name(path, at)
    try:
        _remove(building)
        report = _build(path, reading, building, set_aside, at)
        building.rename(finished)
        _sync_folder(path)
        for suffix in ("-wal", "-shm", ""):
            part = _beside(path, suffix)
            if part.exists():
                part.rename(_beside(set_aside, suffix))
        _sync_folder(path)
        finished.rename(path)
        _sync_folder(path)
    except OSError as error:
        raise LedgerUnwritableError(f"the damaged ledger cannot be saved: {error}") from error
    finally:
        _remove(reading)
    return report


def _build(path: Path, reading: Path, building: Path, set_aside: Path, at: datetime) -> Salvage:
    engine = engine_of(URL.create("sqlite", database=str(building)), writes=True)
    # Rows may come before what they refer to, and without it; that is seen to when all are read.
    event.listen(engine, "connect", lambda driver, _: driver.execute("PRAGMA foreign_keys=OFF"))
    try:
        # Closed before the second, so that all of it is in the file: a file without a header borrows its.
        with engine.connect() as connection, connection.begin():
            bring_up_to_date(connection)
        _copy_file(path, reading, model=building)
        with engine.connect() as connection, connection.begin():
            salvaged, lost_rows = _copy_all(reading, connection)
            rebuilt = rebuild(connection, at)
            for name, count in settle_references(connection).items():
                salvaged[name] -= count
                lost_rows += count
            report = Salvage(
                set_aside=set_aside,
                salvaged=salvaged,
                rebuilt=rebuilt,
                lost_rows=lost_rows,
                incomplete=tuple(unequal(connection)),
            )
            record(
                connection,
                site_id=None,
                at=at,
                who="system",
                action="salvage",
                subject="ledger",
                subject_id="ledger",
                old={"set_aside": set_aside.name},
                new={
                    "rows": salvaged,
                    "rebuilt": rebuilt,
                    "lost_rows": lost_rows,
                    "incomplete": list(report.incomplete),
                },
            )
    finally:
        engine.dispose()
    return report


def _copy_file(path: Path, reading: Path, *, model: Path) -> None:
    """Copy the damaged file and its log: reading must not change them.

    Where the first bytes are not SQLite's, the copy gets those of `model`.
    """
    _remove(reading)
    shutil.copyfile(path, reading)
    log = _beside(path, "-wal")
    if log.exists():
        shutil.copyfile(log, _beside(reading, "-wal"))
    header = bytearray(model.read_bytes()[:_HEADER])
    page_size = int.from_bytes(header[16:18])
    pages = path.stat().st_size // page_size
    with reading.open("r+b") as file:
        # Half a page would be read as one that ends in zeros, and zeros are figures.
        file.truncate(pages * page_size)
        if file.read(len(_MAGIC)) == _MAGIC:
            return
        header[28:32] = pages.to_bytes(4)
        header[32:40] = bytes(8)  # no free pages
        header[92:96] = header[24:28]  # the number of pages is valid
        file.seek(0)
        file.write(header)


def _copy_all(reading: Path, target: Connection) -> tuple[dict[str, int], int]:
    """Copy every table's sound rows; return their numbers, and how many rows were not sound."""
    salvaged = {kept.name: 0 for kept in METADATA.sorted_tables}
    lost_rows = 0
    with closing(sqlite3.connect(reading, isolation_level=None)) as source:
        source.text_factory = lambda raw: raw.decode("utf-8", "replace")
        # Read on where the file is shorter than it says, or some of its schema is garbled.
        source.execute("PRAGMA writable_schema=ON")
        for kept in METADATA.sorted_tables:
            for rows in _chunks(source, kept):
                sound = [row for row in rows if _is_sound(kept, row)]
                added = _insert(target, kept, sound)
                salvaged[kept.name] += added
                lost_rows += len(rows) - added
    return salvaged, lost_rows


type _Row = dict[str, Any]


def _chunks(source: sqlite3.Connection, kept: Table) -> Iterator[list[_Row]]:
    """Return a table's rows by their place in the file, around the places that cannot be read."""
    present = [row[1] for row in _read(source, f"PRAGMA table_info({kept.name})") or ()]
    names = [one.name for one in kept.columns if one.name in present]
    if not names:
        return
    columns = ", ".join(f'"{name}"' for name in names)
    statement = f'SELECT rowid, {columns} FROM "{kept.name}" WHERE rowid >= :first ORDER BY rowid LIMIT :many'  # noqa: S608 - names of ours
    first: int | None = _LEAST_ROW_ID
    while first is not None:
        rows = _read(source, statement, first=first, many=_CHUNK)
        if rows is None:
            rows = _read(source, statement, first=first, many=1)
        if rows is None:
            first = _next_readable(source, statement, first)
            continue
        if not rows:
            return
        yield [dict(zip(names, row[1:], strict=True)) for row in rows]
        first = rows[-1][0] + 1


def _read(source: sqlite3.Connection, statement: str, **parameters: int) -> list[tuple[Any, ...]] | None:
    """Return the rows of a statement, None where they cannot be read for damage."""
    try:
        return source.execute(statement, parameters).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if is_damage(error) or is_trouble(error):
            return None
        raise


def _next_readable(source: sqlite3.Connection, statement: str, bad: int) -> int | None:
    """Return the first place after a bad one from which a row can be read, None where there is none.

    Steps that double find a readable place beyond the damage, halving finds its edge.
    """
    bad, step = max(bad, 0), 1
    while _read(source, statement, first=bad + step, many=1) is None:
        step *= 2
        if bad + step > _GREATEST_ROW_ID:
            return None
    good = bad + step
    bad += step // 2
    while good - bad > 1:
        middle = (good + bad) // 2
        if _read(source, statement, first=middle, many=1) is None:
            bad = middle
        else:
            good = middle
    return good


def _is_sound(kept: Table, row: _Row) -> bool:
    """Return whether every value is of its column's kind, and can be read as what it means."""
    return all(_fits(one, row[one.name]) for one in kept.columns if one.name in row)


def _fits(one: Column[Any], value: Any) -> bool:
    if value is None:
        return bool(one.nullable)
    meaning = one.type
    plain = meaning.impl_instance if isinstance(meaning, TypeDecorator) else meaning
    wanted = bytes if isinstance(plain, LargeBinary) else str if isinstance(plain, String) else int
    if not isinstance(value, wanted):
        return False
    if isinstance(plain, Boolean) and value not in {0, 1}:
        return False
    if isinstance(meaning, TypeDecorator):
        try:
            meaning.process_result_value(value, sqlite.dialect())
        except ValueError, ArithmeticError:
            return False
    return True


def _insert(target: Connection, kept: Table, rows: list[_Row]) -> int:
    """Write rows as they are; of two with one key the first counts. Return how many were new."""
    if not rows:
        return 0
    bare = table(kept.name, *(column(name) for name in rows[0]))
    done = target.execute(sqlite.insert(bare).on_conflict_do_nothing(), rows)
    return done.rowcount


def _free_name(path: Path, at: datetime) -> Path:
    """Return where the damaged file goes: its name, and when it was found."""
    found = _beside(path, f".damaged-{at:%Y-%m-%dT%H-%M-%S}")
    number = 1
    while found.exists():
        number += 1
        found = _beside(path, f".damaged-{at:%Y-%m-%dT%H-%M-%S}-{number}")
    return found


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        _beside(path, suffix).unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    """Put the folder's names on the disk, where the system can."""
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
