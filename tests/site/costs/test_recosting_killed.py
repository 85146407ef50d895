"""SIGKILL in the middle of costing again: what was done stays, the rest is taken up, and nothing is done twice."""

from collections.abc import Generator
import os
from pathlib import Path
import random
import signal
import subprocess
import sys

import pytest

from benchmarks.recosting_file import SITE_ID, make
from custom_components.ev_sessions.store import Ledger, SessionFilter

_SESSIONS = 24


@pytest.fixture
def workers() -> Generator[subprocess.Popen[str]]:
    """Start the process that brings up those who cost again."""
    command = [sys.executable, "-m", "tests.site.costs.recosting_child"]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[3], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def _run(workers: subprocess.Popen[str], path: Path, *, steps: int | None) -> int:
    """Let a process cost again; kill it after so many steps, or let it come to its end. Return the steps it took."""
    assert workers.stdin is not None
    assert workers.stdout is not None
    workers.stdin.write(f"{path}\n")
    workers.stdin.flush()
    pid = int(workers.stdout.readline().removeprefix("child "))
    taken = 0
    while (line := workers.stdout.readline()) == "step\n":
        taken += 1
        if taken == steps:
            os.kill(pid, signal.SIGKILL)
    assert line == "gone\n"
    return taken


def test_costing_again_goes_on_where_it_was_killed(tmp_path: Path, workers: subprocess.Popen[str]) -> None:
    path = tmp_path / "ledger.db"
    make(path, _SESSIONS)
    steps = random.Random().randrange(2, 9)
    # It may say one more before it is dead.
    told = _run(workers, path, steps=steps)
    assert told >= steps
    # What was said is not done again; the step in which it died may have been written and not said.
    assert _run(workers, path, steps=None) <= _SESSIONS // 2 - told + 1
    ledger = Ledger(str(path))
    ledger.open()
    try:
        total, sessions = ledger.sessions_page(SessionFilter(include_empty=True), limit=100).result(60)
        ids = [one.session.id for one in sessions]
        corrections = ledger.corrections_of(ids).result(60)
        lines = ledger.house_lines_of(ids).result(60)
        periods = ledger.periods_of(ids).result(60)
        kept = ledger.settings().result(60)
    finally:
        ledger.close()
    assert total == _SESSIONS
    # Each was corrected once, and none twice.
    assert {len(some) for some in corrections.values()} == {1}
    assert len(corrections) == _SESSIONS
    assert not kept.get(SITE_ID, {}).get("recosting")
    for stored in sessions:
        (house,) = stored.costings
        mine = sum(one.cost_nano or 0 for one in periods[stored.session.id])
        assert mine + sum(line.amount_nano for line in lines[stored.session.id]) == house.total_nano
