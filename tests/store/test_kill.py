"""SIGKILL at any instant, in the middle of a commit too, loses nothing that was acknowledged."""

from collections.abc import Generator, Iterator
import os
from pathlib import Path
import random
import signal
import subprocess
import sys
import time

import pytest

from custom_components.ev_sessions.core.sessions.session import SessionStatus
from custom_components.ev_sessions.store import Ledger, OpenReport, Order, Outcome, SessionFilter

from .builders import NOON, WAIT_S, add_charger, add_site, make_periods, make_session, opened, step_of

KILLS = 8


@pytest.fixture
def writers() -> Generator[subprocess.Popen[str]]:
    """Start the process that brings up those who write."""
    command = [sys.executable, "-m", "tests.store.writing_child"]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


def _write_until_killed(
    writers: subprocess.Popen[str], folder: Path, first: int, dice: random.Random
) -> list[tuple[str, int, int]]:
    """Return what a child said before it was killed, at a random instant after a random write began."""
    assert writers.stdin is not None
    writers.stdin.write(f"{first} {folder}\n")
    writers.stdin.flush()
    lines = _lines(writers)
    pid = int(next(lines).removeprefix("child "))
    said: list[tuple[str, int, int]] = []
    try:
        wanted = dice.randrange(1, 25)
        while sum(word == "begin" for word, _, _ in said) < wanted:
            said.append(_said(next(lines)))
        time.sleep(dice.uniform(0, 0.008))
    finally:
        os.kill(pid, signal.SIGKILL)
    # What it said before it died counts as well.
    return said + [_said(line) for line in iter(lines.__next__, "gone")]


def _lines(writers: subprocess.Popen[str]) -> Iterator[str]:
    assert writers.stdout is not None
    for line in writers.stdout:
        yield line.rstrip("\n")


def _said(line: str) -> tuple[str, int, int]:
    word, number, count = line.split()
    return word, int(number), int(count)


def test_killed_process_leaves_every_acknowledged_step(tmp_path: Path, writers: subprocess.Popen[str]) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    dice = random.Random(seed)
    acknowledged: set[tuple[int, int]] = set()
    begun: set[tuple[int, int]] = set()
    interrupted = 0
    first = 0
    for _ in range(KILLS):
        for word, number, count in _write_until_killed(writers, tmp_path, first, dice):
            (begun if word == "begin" else acknowledged).add((number, count))
        interrupted += len(begun - acknowledged) > 0
        report = _look(tmp_path, acknowledged, begun)
        assert not report.closed_clean
        first = max(number for number, _ in begun) + 1
    assert interrupted, "no kill hit a write; the instants are badly chosen"


def _look(folder: Path, acknowledged: set[tuple[int, int]], begun: set[tuple[int, int]]) -> OpenReport:
    """Open what a killed process left, hold it against what was said, and return what opening found."""
    ledger = Ledger(str(folder / "ev_sessions.db"))
    report = ledger.open(full_check=True)
    try:
        assert report.damage is None
        assert report.check.outcome is Outcome.PASSED
        _, page = ledger.sessions_page(SessionFilter(include_empty=True), order=Order.OLDEST, limit=10_000).result(
            WAIT_S
        )
        periods = ledger.periods_of([stored.session.id for stored in page]).result(WAIT_S)
        found: set[tuple[int, int]] = set()
        for stored in page:
            mine = [one.period for one in periods[stored.session.id]]
            number = mine[0].energy_mwh - 1
            # A step is there wholly or not at all: session, periods, cost.
            assert stored.session.period_count == len(mine)
            assert stored.session.energy_mwh == sum(one.energy_mwh for one in mine)
            assert stored.session.status is (SessionStatus.ENDED if len(mine) == 3 else SessionStatus.OPEN)
            assert len(stored.costings) == 1
            found |= {(number, count) for count in range(1, len(mine) + 1)}
        assert acknowledged <= found <= begun
        states = [one.state for one in ledger.snapshots().result(WAIT_S).values()]
        assert states == [f"{number} {count}" for number, count in sorted(found)[-1:]]
        # The next run starts from what it finds; a session that stayed open is what it was.
        assert len(ledger.open_sessions().result(WAIT_S)) == sum(
            (number, 3) not in found for number in {number for number, _ in found}
        )
    finally:
        _crash(ledger)
    return report


def _crash(ledger: Ledger) -> None:
    """Close, but as a crash would leave it: without the word that all was in order."""
    ledger._write(lambda _: None, patient=True).result(WAIT_S)
    writer = ledger._writer
    assert writer is not None
    assert ledger._readers is not None
    ledger._readers.close()
    writer.close(lambda _: None, WAIT_S)
    ledger._writer = ledger._readers = None


def test_look_at_the_ledger_sees_a_step_that_is_missing(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    add_site(ledger)
    evse_id = add_charger(ledger)
    periods = make_periods(NOON, (1, 2))
    step = step_of(evse_id, make_session(NOON, periods, ended=False), periods, snapshot="0 2")
    ledger.commit_step(step).result(WAIT_S)
    ledger.close()
    steps = {(0, 1), (0, 2)}
    _look(tmp_path, steps, steps)
    with pytest.raises(AssertionError):
        _look(tmp_path, steps | {(0, 3)}, steps | {(0, 3)})
    with pytest.raises(AssertionError):
        _look(tmp_path, set(), {(0, 1)})
