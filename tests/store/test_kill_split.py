"""SIGKILL around the instant at which another card splits a session loses neither session, card nor energy."""

from collections.abc import Iterator
from itertools import pairwise
import os
from pathlib import Path
import random
import signal
import subprocess
import sys
import time

from custom_components.ev_sessions.core.sessions.attribution import FoundBy
from custom_components.ev_sessions.core.sessions.session import EndReason
from custom_components.ev_sessions.core.sessions.tracking.tracker import Tracker
from custom_components.ev_sessions.store import Order, SessionFilter
from tests.store.splitting_child import FIRST_MWH, STEP_MWH

from .builders import WAIT_S, opened

KILLS = 3


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line.rstrip("\n")


def _charge_until_killed(process: subprocess.Popen[str], folder: Path, after_s: int, dice: random.Random) -> int:
    """Return what the register showed with the last reading that was said to be kept."""
    assert process.stdin is not None
    process.stdin.write(f"{after_s} {folder}\n")
    process.stdin.flush()
    lines = _lines(process)
    pid = int(next(lines).removeprefix("child "))
    kept, wanted = FIRST_MWH, dice.randrange(2, 12)
    try:
        for _ in range(wanted):
            kept = int(next(lines).removeprefix("done "))
        time.sleep(dice.uniform(0, 0.006))
    finally:
        os.kill(pid, signal.SIGKILL)
    return max([kept, *(int(line.removeprefix("done ")) for line in iter(lines.__next__, "gone"))])


def test_killed_around_a_split_both_sessions_meet_and_are_whose_they_are(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    dice = random.Random(seed)
    command = [sys.executable, "-m", "tests.store.splitting_child"]
    kept, after_s = FIRST_MWH, 0
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        for _ in range(KILLS):
            kept = _charge_until_killed(process, tmp_path, after_s, dice)
            after_s = (kept - FIRST_MWH) // STEP_MWH * 10 + dice.choice((10, 300))
            _look(tmp_path, kept)


def _look(folder: Path, kept: int) -> None:
    ledger = opened(folder)
    try:
        wanted = SessionFilter(include_empty=True)
        _, page = ledger.sessions_page(wanted, order=Order.OLDEST, limit=1_000).result(WAIT_S)
        (snapshot,) = ledger.snapshots().result(WAIT_S).values()
    finally:
        ledger.close()
    tracker = Tracker.from_json(snapshot.state)
    assert tracker.register is not None
    # Whatever was said to be kept is there, and all of it is in a session: the car was never gone.
    assert tracker.register.total_mwh >= kept
    gap = 0 if tracker.gap is None or tracker.gap.increment is None else tracker.gap.increment.energy_mwh
    told = sum(one.session.energy_mwh for one in page) + tracker.outside_mwh + gap
    assert told == tracker.register.total_mwh - (FIRST_MWH + STEP_MWH)
    for before, after in pairwise(page):
        assert before.session.end_reason is EndReason.TOKEN_CHANGED
        assert before.session.end == after.session.start
        assert before.session.register_end_mwh in {None, after.session.register_start_mwh}
        # The card stands in the transaction in which its session began.
        assert after.id_token_id is not None
        assert after.payer_by is FoundBy.TOKEN
