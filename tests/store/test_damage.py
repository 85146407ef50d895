"""A damaged file is mended or set aside with its readable rows saved; never lost, never silent."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
import os
from pathlib import Path
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import pytest

from custom_components.ev_sessions.core.sessions.session import EndReason, Session
from custom_components.ev_sessions.store import (
    Costing,
    CostLine,
    Kind,
    Ledger,
    LedgerDamagedError,
    LedgerError,
    LedgerUnwritableError,
    OpenReport,
    Outcome,
    SessionFilter,
    check,
    opening,
    salvage,
)

from .builders import NOON, SITE_ID, WAIT_S, add_charger, add_session, add_site, imported, opened

SESSIONS = 400
PAGE = 4096


def _file(folder: Path) -> Path:
    return folder / "ev_sessions.db"


@pytest.fixture
def sessions(tmp_path: Path) -> list[Session]:
    """A closed ledger with some hundred sessions in the test's folder."""
    ledger = opened(tmp_path)
    add_site(ledger)
    evse_id = add_charger(ledger)
    given = [imported(row, evse_id, NOON + row * timedelta(days=1), (row + 1, 2, 3)) for row in range(SESSIONS)]
    ledger.import_sessions(given, who="ann", at=NOON).result(WAIT_S)
    ledger.close()
    return [one.session for one in given]


def _look(folder: Path, *, full_check: bool = True) -> tuple[OpenReport, list[Session]]:
    """Open the ledger and return what it says and has; all that it has must be sound."""
    ledger = Ledger(str(_file(folder)))
    report = ledger.open(full_check=full_check)
    try:
        _, page = ledger.sessions_page(SessionFilter(include_empty=True), limit=10_000).result(WAIT_S)
        ledger.periods_of([stored.session.id for stored in page]).result(WAIT_S)
        if report.set_aside is not None:
            (line,) = [one for one in ledger.audit_trail().result(WAIT_S) if one.action == "salvage"]
            assert line.new["rows"]["session"] + line.new["rebuilt"]["session"] == len(page)
        # It can be lived with: a write, an end in order, a start.
        add_site(ledger)
        told = len(ledger.audit_trail().result(WAIT_S))
        later = add_session(ledger, add_charger(ledger, "new"), NOON + timedelta(days=5_000, seconds=told))
        ledger.delete_session(later.id, who="ann", at=NOON).result(WAIT_S)
    finally:
        ledger.close()
    return report, [stored.session for stored in page]


def test_sound_file_is_left_as_it_is(tmp_path: Path, sessions: list[Session]) -> None:
    report, found = _look(tmp_path)
    assert (report.damage, report.set_aside, report.check.outcome) == (None, None, Outcome.PASSED)
    assert len(found) == len(sessions)


def _must_be_true(found: list[Session], sessions: list[Session]) -> None:
    """What was saved is as it was; what was told again from some of its periods claims no more than it had."""
    known = {one.id: one for one in sessions}
    for one in found:
        was = known[one.id]
        if one != was:
            assert one.end_reason is EndReason.UNKNOWN
            assert one.end is not None
            assert was.end is not None
            assert was.start <= one.start < one.end <= was.end
            assert one.energy_mwh <= was.energy_mwh
            assert one.connected_ms == (one.end - one.start) // timedelta(milliseconds=1)


def test_sessions_whose_page_is_gone_are_told_again_by_their_periods(tmp_path: Path, sessions: list[Session]) -> None:
    data = bytearray(_file(tmp_path).read_bytes())
    with closing(sqlite3.connect(_file(tmp_path))) as connection:
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))
    for name in ("session", "evse", "charger", "charger_attributes", "site"):
        place = (roots[name] - 1) * PAGE
        data[place : place + PAGE] = b"\xff" * PAGE
    _file(tmp_path).write_bytes(data)
    report, found = _look(tmp_path)
    assert report.rebuilt == {"site": 1, "charger": 0, "evse": 1, "session": SESSIONS}
    found.sort(key=lambda one: one.start)
    assert [replace(one, end_reason=EndReason.UNPLUGGED) for one in found] == sessions


def test_lost_payer_or_costing_takes_no_session_with_it(tmp_path: Path, sessions: list[Session]) -> None:
    ledger = opened(tmp_path)
    payer = ledger.put_version(
        Kind.PAYER,
        site_id=SITE_ID,
        subentry_id="payer",
        name="Work",
        time_zone="Europe/Berlin",
        data={},
        valid_from=NOON,
    ).result(WAIT_S)
    ledger.update_session(sessions[7].id, {"payer_id": payer.thing_id}, who="ann", at=NOON).result(WAIT_S)
    fee = CostLine(start=NOON, end=NOON, component="FLAT", quantity=Decimal(1), unit="session", amount_nano=5)
    cost = Costing(session_id=sessions[7].id, currency="EUR", total_nano=5, costed_at=NOON, lines=(fee,))
    ledger.commit_prices([], [cost], NOON).result(WAIT_S)
    ledger.close()
    with closing(sqlite3.connect(_file(tmp_path))) as connection:
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))
    with _file(tmp_path).open("r+b") as file:
        for name in ("payer_version", "costing"):
            file.seek((roots[name] - 1) * PAGE)
            file.write(b"\xff" * PAGE)
    report, found = _look(tmp_path)
    assert sorted(found, key=lambda one: one.start) == sessions
    # The line of a costing that is gone says nothing any more.
    assert (report.salvaged["costing_line"], report.lost_rows) == (0, 1)


@pytest.mark.parametrize("garbage", [b"\0" * 100, b"<html>" * 16 + b"....", bytes(range(100))])
def test_file_with_a_garbled_beginning_gives_all_its_sessions_back(
    tmp_path: Path, sessions: list[Session], garbage: bytes
) -> None:
    with _file(tmp_path).open("r+b") as file:
        file.write(garbage)
    damaged = _file(tmp_path).read_bytes()
    report, found = _look(tmp_path)
    assert sorted(found, key=lambda one: one.start) == sessions
    assert report.set_aside is not None
    assert Path(report.set_aside).read_bytes() == damaged
    assert report.salvaged["charging_period"] == 3 * SESSIONS
    assert (report.lost_rows, report.incomplete) == (0, ())


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_file_that_ends_early_is_set_aside_and_what_is_left_is_saved(
    tmp_path: Path, sessions: list[Session], share: float
) -> None:
    size = int(_file(tmp_path).stat().st_size * share)
    os.truncate(_file(tmp_path), size)
    report, found = _look(tmp_path, full_check=False)
    if size == 0:
        # Nothing to tell it from a new one by.
        assert report.created
        return
    assert report.damage is not None
    assert report.set_aside is not None
    assert Path(report.set_aside).stat().st_size == size
    _must_be_true(found, sessions)
    # Sessions lie before their periods: with most of the file most of them are there.
    assert len(found) >= SESSIONS // 2 or share < 0.9


def test_whole_garbage_is_set_aside_and_a_new_ledger_begun(tmp_path: Path) -> None:
    dice = random.Random(7)
    garbage = dice.randbytes(50_000)
    _file(tmp_path).write_bytes(garbage)
    report, found = _look(tmp_path)
    assert found == []
    assert report.set_aside is not None
    assert Path(report.set_aside).read_bytes() == garbage


@pytest.mark.parametrize("seed", range(8))
def test_overwritten_pages_cost_what_lay_there_and_no_more(tmp_path: Path, sessions: list[Session], seed: int) -> None:
    dice = random.Random(seed)
    path = _file(tmp_path)
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        for page in dice.sample(range(2, pages), 2):
            file.seek(page * PAGE)
            file.write(dice.randbytes(PAGE))
    damaged = path.read_bytes()
    report, found = _look(tmp_path)
    assert report.damage is not None
    assert report.set_aside is not None
    assert Path(report.set_aside).read_bytes() == damaged
    _must_be_true(found, sessions)
    # Sessions whose periods are not all there any more are named.
    assert set(report.incomplete) <= {one.id for one in found}


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bits_are_survived_whatever_they_hit(tmp_path: Path, sessions: list[Session], seed: int) -> None:
    dice = random.Random(100 + seed)
    path = _file(tmp_path)
    damaged = bytearray(path.read_bytes())
    for _ in range(40):
        damaged[dice.randrange(100, len(damaged))] ^= 1 << dice.randrange(8)
    path.write_bytes(damaged)
    try:
        report, _ = _look(tmp_path)
    except LedgerError as refused:
        # Only a revision that is not ours any more may keep it shut, and then the file is as it was.
        assert "revision" in str(refused)  # noqa: PT017
        assert path.read_bytes() == damaged
        return
    if report.set_aside is not None:
        assert Path(report.set_aside).read_bytes() == damaged


def _damage_index(connection: sqlite3.Connection, name: str) -> None:
    """Empty an index behind SQLite's back."""
    connection.execute("PRAGMA writable_schema=ON")
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    connection.execute("PRAGMA writable_schema=OFF")
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    connection.close()
    with Path(path).open("r+b") as file:
        file.seek((root - 1) * PAGE)
        # An index leaf without any cell.
        file.write(bytes([10, 0, 0, 0, 0, 0x10, 0, 0]))


def test_index_that_forgot_its_rows_is_built_again(tmp_path: Path, sessions: list[Session]) -> None:
    _damage_index(sqlite3.connect(_file(tmp_path)), "ix_session_unpriced")
    report, found = _look(tmp_path)
    assert (report.reindexed, report.set_aside) == (True, None)
    assert len(found) == len(sessions)
    assert _look(tmp_path)[0].reindexed is False


def test_what_was_in_the_log_only_is_saved_too(tmp_path: Path, sessions: list[Session]) -> None:
    ledger = opened(tmp_path)
    evse_id = add_charger(ledger)
    late = add_session(ledger, evse_id, NOON - timedelta(days=1))
    # The state of the disk at a power cut, with the first page of the file lost in it.
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for suffix in ("", "-wal"):
        data = _file(tmp_path).with_name(f"ev_sessions.db{suffix}").read_bytes()
        _file(crashed).with_name(f"ev_sessions.db{suffix}").write_bytes(data)
    ledger.close()
    # A page of old sessions, and nothing that the log has.
    place = _file(crashed).read_bytes().index(sessions[200].id.encode())
    with _file(crashed).open("r+b") as file:
        file.seek(place // PAGE * PAGE)
        file.write(b"\xff" * PAGE)
    report, found = _look(crashed)
    assert report.damage is not None
    assert late in found


@pytest.mark.parametrize("step", range(1, 5))
def test_power_cut_while_saving_is_made_good_at_the_next_start(
    tmp_path: Path, sessions: list[Session], step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _file(tmp_path).open("r+b") as file:
        file.write(b"\0" * 100)
    renames: list[Path] = []
    rename: Callable[[Path, Path], Path] = Path.rename

    def cut(source: Path, target: Path) -> Path:
        renames.append(target)
        if len(renames) == step:
            raise KeyboardInterrupt
        return rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut)
        if step < 4:
            with pytest.raises(KeyboardInterrupt):
                _look(tmp_path)
        else:
            # There are three renames: the new file, the damaged one, the new one to its place.
            _look(tmp_path)
    _, found = _look(tmp_path)
    assert sorted(found, key=lambda one: one.start) == sessions
    aside = [path for path in tmp_path.iterdir() if ".damaged-" in path.name]
    assert len(aside) == 1
    assert aside[0].read_bytes()[:100] == b"\0" * 100
    assert {path.name for path in tmp_path.iterdir()} == {"ev_sessions.db", aside[0].name}


def test_second_damage_within_a_second_gets_a_name_of_its_own(tmp_path: Path) -> None:
    for text in (b"first " * 50, b"second" * 50):
        _file(tmp_path).write_bytes(text)
        salvage.salvage(_file(tmp_path), NOON)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "ev_sessions.db",
        "ev_sessions.db.damaged-2026-11-19T12-00-00",
        "ev_sessions.db.damaged-2026-11-19T12-00-00-2",
    ]


def test_damage_that_the_background_finds_is_told_and_mended_at_once(
    tmp_path: Path, sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'audit'").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        file.write(b"\xff" * PAGE)
    _let_the_first_look_be_cut_short(monkeypatch)
    told: list[LedgerError | None] = []
    mended: list[OpenReport] = []
    ledger = Ledger(str(path), on_trouble=told.append, on_mended=mended.append)
    assert ledger.open().check.outcome is Outcome.CUT_SHORT
    deadline = time.monotonic() + WAIT_S
    while len(told) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    total, _ = ledger.sessions_page(SessionFilter(include_empty=True)).result(WAIT_S)
    ledger.close()
    assert [type(one) for one in told] == [LedgerDamagedError, type(None)]
    assert [one.set_aside is not None for one in mended] == [True]
    assert total == len(sessions)
    report, found = _look(tmp_path, full_check=False)
    assert report.damage is None
    assert len(found) == len(sessions)


def _let_the_first_look_be_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is with a file of hundreds of megabytes."""
    monkeypatch.setattr(opening, "CHECK_AFTER_CLOSE_S", -1.0)
    monkeypatch.setattr(check, "_LOOK_EVERY", 1)


def test_write_into_damage_is_written_when_the_file_is_mended(
    tmp_path: Path, sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'runtime_setting'"
        (root,) = connection.execute(query).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        file.write(b"\xff" * PAGE)
    _let_the_first_look_be_cut_short(monkeypatch)
    told: list[LedgerError | None] = []
    ledger = Ledger(str(path), on_trouble=told.append)
    ledger.open()
    ledger.put_setting("evse", "limit", 1, NOON).result(WAIT_S)
    assert ledger.settings().result(WAIT_S) == {"evse": {"limit": 1}}
    total, _ = ledger.sessions_page(SessionFilter(include_empty=True)).result(WAIT_S)
    assert total == len(sessions)
    ledger.close()
    assert [type(one) for one in told] == [LedgerDamagedError, type(None)]


def test_damage_that_cannot_be_mended_is_the_error_of_who_writes(
    tmp_path: Path, sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Looked at to the end before it is damaged: nobody may come upon the damage before those who ask below.
    monkeypatch.setattr(opening, "CHECK_AFTER_CLOSE_S", 30.0)
    ledger = opened(tmp_path)
    ledger.pause_for_backup().result(WAIT_S)
    ledger.resume_after_backup()

    def full(_path: Path, _at: datetime) -> salvage.Salvage:
        raise LedgerUnwritableError("the disk is full")

    monkeypatch.setattr(opening, "salvage", full)
    size = _file(tmp_path).stat().st_size
    with _file(tmp_path).open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xff" * (size - PAGE))
    with pytest.raises(LedgerDamagedError):
        ledger.snapshots().result(WAIT_S)
    asked = ledger.sessions_page(SessionFilter())
    assert isinstance(asked.exception(WAIT_S), LedgerDamagedError)
    monkeypatch.undo()
    # Whoever comes upon it next has it mended.
    deadline = time.monotonic() + WAIT_S
    while ledger.snapshots().exception(WAIT_S) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    ledger.put_setting("evse", "limit", 1, NOON).result(WAIT_S)
    assert ledger.settings().result(WAIT_S) == {"evse": {"limit": 1}}
    ledger.close()


def test_emptied_file_is_begun_anew_however_wholly_it_is_looked_at(tmp_path: Path, sessions: list[Session]) -> None:
    _file(tmp_path).write_bytes(b"")
    report, found = _look(tmp_path, full_check=True)
    assert report.created
    assert (len(sessions), found) == (SESSIONS, [])


def test_full_check_names_sessions_that_do_not_add_up(tmp_path: Path, sessions: list[Session]) -> None:
    with closing(sqlite3.connect(_file(tmp_path))) as connection:
        connection.execute("UPDATE charging_period SET energy_mwh = 7 WHERE session_id = ?", (sessions[3].id,))
        connection.execute("DELETE FROM session WHERE id = ?", (sessions[5].id,))
        connection.commit()
    ledger = opened(tmp_path)
    report = ledger.check().result(WAIT_S)
    ledger.close()
    assert report.outcome is Outcome.INCONSISTENT
    assert any(sessions[3].id in finding for finding in report.findings)
    assert any(finding.startswith("charging_period row") for finding in report.findings)


_AS_NOBODY = """
import os, sys
from pathlib import Path
from tests.store.builders import opened
from custom_components.ev_sessions.store import LedgerUnwritableError
if os.getuid() == 0:
    os.setuid(65534)
try:
    opened(Path(sys.argv[1]))
except LedgerUnwritableError as error:
    print("refused:", error)
"""


def test_read_only_file_is_told_clearly_and_not_taken_for_damaged(tmp_path: Path, sessions: list[Session]) -> None:
    # Not below pytest's own folder: each run of pytest that starts meanwhile closes that one to others again.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.path.realpath(name))
        shutil.copyfile(_file(tmp_path), _file(folder))
        _must_refuse(folder)


def _must_refuse(folder: Path) -> None:
    before = _file(folder).read_bytes()
    _file(folder).chmod(0o444)
    opened_folders = [path for path in (folder, *folder.parents) if path.stat().st_uid == os.getuid()]
    modes = {path: path.stat().st_mode for path in opened_folders}
    try:
        for path in opened_folders:
            path.chmod(0o555 if path == folder else modes[path] | 0o111)
        done = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(folder)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert done.stdout.startswith("refused:"), done.stderr
    assert _file(folder).read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["ev_sessions.db"]


def test_no_room_to_save_leaves_the_damaged_file_where_it_is(
    tmp_path: Path, sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    with _file(tmp_path).open("r+b") as file:
        file.write(b"\0" * 100)
    damaged = _file(tmp_path).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfile", full)
        with pytest.raises(LedgerUnwritableError, match="No space"):
            opened(tmp_path)
    assert _file(tmp_path).read_bytes() == damaged
    _, found = _look(tmp_path)
    assert len(found) == len(sessions)
